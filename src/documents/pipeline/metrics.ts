/** Which metrics a document names, and of which steps: a job is waited for until those are there that are named of it. */
import { readCondition, readMetricName } from '../../run/retraining/condition.js';
import { experimentRunStat } from '../../run/retraining/metrics.js';
import type { Json } from '../../run/steps.js';
import { isTemplate } from '../../pipelines/document/templates.js';
import type { Reference } from './expression-check.js';
import type { CheckedStep } from './step-check.js';

/** The metrics that gates, comparisons and choices name. */
export const metricsOf = (checked: readonly CheckedStep[]): string[] => [
  ...new Set(checked.flatMap(({ checked: { values } }) => namedIn(values))),
];

function namedIn({ conditions, by, metric }: Readonly<Record<string, Json>>): string[] {
  const texts = Array.isArray(conditions) ? conditions : [conditions];
  const metrics = texts.flatMap((text: Json | undefined) => (typeof text === 'string' ? metricOf(text) : []));
  const names = [by, metric].flatMap((text) => {
    const read = typeof text === 'string' ? readMetricName(text) : null;
    return read?.ok === true ? [read.value] : [];
  });
  return [...metrics, ...names];
}

/** The metric of a condition; where only its expressions say which, the condition itself. */
function metricOf(condition: string): string[] {
  const [stated = ''] = condition.split('${{');
  const isWritten = !isTemplate(condition);
  const read = readCondition(isWritten ? condition : `${stated}0`); // an expression behind the operator names none
  if (read.ok) return [read.value.metric];
  return isWritten ? [] : [condition];
}

/** By step: those that are named of it, by whoever reads it, the outputs of the pipeline included. */
export function metricsByStep(
  checked: readonly CheckedStep[],
  outputs: readonly Reference[],
): ReadonlyMap<string, readonly string[]> {
  const byStep = new Map<string, Set<string>>();
  const rootsOf = (name: string): readonly string[] => {
    const choice = checked.find(({ step }) => step.name === name && step.kind?.short === 'choose');
    return choice === undefined
      ? [name]
      : [...new Set(choice.references.map((one) => one.name))].flatMap(rootsOf);
  };
  const note = (name: string, metrics: readonly string[]): void => {
    for (const root of rootsOf(name)) byStep.set(root, new Set([...(byStep.get(root) ?? []), ...metrics]));
  };
  for (const {
    step,
    references,
    checked: { values },
  } of checked) {
    const named = namedIn(values);
    for (const reference of references) {
      if (reference.path[step.path.length] === 'with') note(reference.name, named);
      note(reference.name, readBy(reference));
    }
    // What is registered is the model of an MLflow run.
    if (step.kind?.short === 'register') for (const { name } of references) note(name, [experimentRunStat]);
  }
  for (const reference of outputs) note(reference.name, readBy(reference));
  return new Map(
    [...byStep].flatMap(([name, metrics]) => (metrics.size === 0 ? [] : [[name, [...metrics]]])),
  );
}

/** What may be missing is not waited for. Where it is not said which is read, the first that a training writes is. */
function readBy({ said, how }: Reference): string[] {
  if (how !== 'needs') return [];
  const metric = /\.metrics(?:\.(\w+)|\[["'](.+?)["']\])$/.exec(said);
  const one = metric?.[1] ?? metric?.[2];
  if (one !== undefined) return [one];
  return /\.(?:metrics|items|experimentRunId)\b/.test(said) ? [experimentRunStat] : [];
}
