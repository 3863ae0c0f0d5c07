/** The order of the steps of a pipeline: which may start now, and which start only after which. */
import type { PipelineStep } from '../steps/define.js';

/** Steps by name, each after those that it needs and reads. A name that is none of them has ended. */
export type Graph = Readonly<Record<string, Pick<PipelineStep, 'needs' | 'reads' | 'holdsBack'>>>;

/** How far a run has come, by the names of its steps. */
interface Reached {
  readonly begun: ReadonlySet<string>;
  readonly ended: ReadonlySet<string>;
}

/**
 * The steps that may start now, in the order of the pipeline: what each needs and reads has ended, and so has every step
 * in front of it that holds back what comes after it.
 */
export function startable(graph: Graph, { begun, ended }: Reached): string[] {
  const steps = Object.entries(graph);
  const holding = steps.findIndex(([name, { holdsBack }]) => holdsBack === true && !ended.has(name));
  const reached = holding < 0 ? steps : steps.slice(0, holding + 1);
  return reached.flatMap(([name, { needs, reads }]) =>
    !begun.has(name) &&
    [...needs, ...reads].every((other) => !Object.hasOwn(graph, other) || ended.has(other))
      ? [name]
      : [],
  );
}

/** By step: all those that have ended before it starts, in the order of the pipeline. */
export function earlierSteps(graph: Graph): ReadonlyMap<string, ReadonlySet<string>> {
  const earlier = new Map<string, ReadonlySet<string>>();
  const holding: string[] = [];
  for (const [name, { needs, reads, holdsBack }] of Object.entries(graph)) {
    const all = new Set(
      [...needs, ...reads, ...holding].flatMap((other) => [other, ...(earlier.get(other) ?? [])]),
    );
    earlier.set(name, new Set([...earlier.keys()].filter((other) => all.has(other))));
    if (holdsBack === true) holding.push(name);
  }
  return earlier;
}

/** All those that start only after a step has ended. */
export function laterSteps(graph: Graph, step: string): Set<string> {
  const earlier = earlierSteps(graph);
  return new Set([...earlier].flatMap(([name, before]) => (before.has(step) ? [name] : [])));
}

/** The steps that an input asks for: the others have ended before anything begins. */
export const askedSteps = <S extends Pick<PipelineStep, 'isAsked'>>(
  steps: Readonly<Record<string, S>>,
  input: Parameters<PipelineStep['isAsked']>[0],
): Readonly<Record<string, S>> =>
  Object.fromEntries(Object.entries(steps).filter(([, step]) => step.isAsked(input)));
