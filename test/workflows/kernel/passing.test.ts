/** Which steps are passed over, in a new run and in one that has begun before that was so. */
import { afterEach, expect, it, jest } from '@jest/globals';
import type { PipelineStep } from '../../../src/steps/define.js';
import type { Passed } from '../../../src/steps/ends.js';
import { passOver } from '../../../src/workflows/kernel/passing.js';
import { Inside } from '../inside.js';

afterEach(() => {
  jest.useRealTimers();
});

const passing = async (passed: Passed | null, isReplaying = false): Promise<Passed | null> => {
  const step = { passes: () => passed } as unknown as PipelineStep; // all that is asked of it
  let outcome: Passed | null = null;
  await new Inside({}, { isReplaying }).call(() => {
    outcome = passOver(step, {}, {}, {});
  });
  return outcome;
};

it('a step is passed over as its pipeline says, and so is an approval of what is not deployed', async () => {
  expect(await passing(null)).toBeNull();
  expect(await passing({ reason: 'not in the input' })).toEqual({ reason: 'not in the input' });
  const unasked: Passed = { reason: 'nothing is deployed', isReleased: true, isUnasked: true };
  expect(await passing(unasked)).toEqual(unasked);
});

it('a run whose history says that somebody was asked goes on asking', async () => {
  expect(await passing({ reason: 'nothing is deployed', isUnasked: true }, true)).toBeNull();
  expect(await passing({ reason: 'not in the input' }, true)).toEqual({ reason: 'not in the input' });
});
