/** A pipeline of steps that do some work: each sends one effect, and waits for it with another. */
import type { Json } from '../../src/run/steps.js';
import type { Effect, Undoing, Undone } from '../../src/run/undoing/effect.js';
import {
  type Pipeline,
  type Place,
  type Placing,
  definePipeline,
  defineStep,
} from '../../src/steps/define.js';
import type { Doubt } from '../../src/run/undoing/effect.js';

type WorkCalls = {
  ensureWork(of: Effect & { readonly name: string }): Promise<Doubt & { readonly id: string }>;
  awaitWork(of: { readonly id: string }): Promise<Work>;
  stopJobs(undoing: Undoing): Promise<Undone>;
};
export type Work = { readonly jobId: string; readonly value: number };
type WorkSpec = { readonly name: string };

export const work = defineStep<WorkSpec, Work, WorkCalls>({
  kind: 'toy.work',
  holds: { jobId: 'an id', value: 'a number' },
  repeats: ['JOB_FAILED', 'TIMED_OUT'],
  running: () => ({ undo: 'stopJobs' }),
  lasting: ({ jobId: id }) => ({ target: { undo: 'stopJobs' }, made: { id } }),
  fault: ({ value }, spec) => (spec !== undefined && value < 0 ? 'its value is below zero' : null),
  ends: ({ value }) => (value === 0 ? { outcome: 'nothing', conclusion: 'there is nothing to do' } : null),
  refersTo: ({ jobId: id }) => [{ kind: 'job', id }],
  perform: async (step, { name }) => {
    const { effect, effects } = step;
    const answered = step.undo('running', { undo: 'stopJobs' });
    const made = await effects.ensureWork({ ...effect, name });
    answered({ id: made.id }, made);
    step.waiting(`work ${made.id} to end`, { kind: 'job', id: made.id });
    return effects.awaitWork({ id: made.id });
  },
});

/** Its input: the steps that it leaves out, and whether it cleans up. */
export type ToyInput = { readonly without?: readonly string[]; readonly cleanup?: boolean };
type Outputs = Readonly<Record<string, Work>>;
export type ToyPlacing = Omit<Placing<ToyInput, Outputs, WorkSpec, string>, 'with'>;

/** Each step by its name, with what it needs, and how else it is placed. */
export const toyPipeline = (
  steps: Readonly<Record<string, ToyPlacing>>,
  more: Partial<Pipeline> & { readonly atEnd?: Readonly<Record<string, ToyPlacing>> } = {},
): Pipeline => {
  const { atEnd, ...facts } = more;
  const placed = (of: Readonly<Record<string, ToyPlacing>>) => (place: Place<ToyInput, Outputs>) =>
    Object.fromEntries(
      Object.entries(of).map(([name, placing]) => [
        name,
        place(work, {
          if: ({ without = [] }) => !without.includes(name),
          ...placing,
          with: ({ without = [] }) => (without.includes(name) ? null : { name }),
        }),
      ]),
    );
  return {
    ...definePipeline<ToyInput, Outputs, Json>({
      ...{ name: 'toy', workflow: 'toy', overlap: 'skip', preflights: () => [] },
      steps: placed(steps),
      ...(atEnd && { last: { withinMs: 60_000, steps: placed(atEnd) } }),
      result: (_, outputs, ending) => ({
        ending: ending?.outcome ?? null,
        values: Object.fromEntries(
          Object.entries(outputs).map(([name, output]) => [name, output?.value ?? null]),
        ),
      }),
    }),
    ...facts,
  };
};
