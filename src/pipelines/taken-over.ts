/** What an attempt knows at the beginning of its history: of earlier attempts, and of its own legs before. */
import type { Continuation, Json, RunStart } from '../run/steps.js';

/** The same as of an attempt before: outputs of what has ended, and generations. */
export function continuationOf({
  continuation,
  leg,
}: Pick<RunStart<unknown>, 'continuation' | 'leg'>): Continuation | undefined {
  if (leg === undefined) return continuation;
  const { steps, generations } = leg.steps;
  const ended = steps.flatMap(({ name, items, state }): [string, Json][] => {
    const output = items === undefined && 'output' in state ? state.output : undefined;
    return output === undefined ? [] : [[name, output]];
  });
  return {
    ...continuation,
    outputs: { ...continuation?.outputs, ...Object.fromEntries(ended) },
    generations,
  };
}
