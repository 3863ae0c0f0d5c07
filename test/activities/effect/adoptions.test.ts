/** Whose it is what a run finds under a name: what another run has made, that one may undo. */
import { expect, it } from '@jest/globals';
import { isOfAnotherRun } from '../../../src/activities/effect/adoptions.js';
import { markerOf } from '../../../src/activities/effect/attempt.js';

const origin = { runId: 'build.x', firstAttemptId: 'a', step: 'environment', generation: 2 };
const other = { ...origin, runId: 'build.xy' };
const isOther = (description: string | null | undefined) => isOfAnotherRun({ origin }, description);

it('what another run has made is told by its marker, and by no word of the run itself', () => {
  expect(isOther(`(Longhaul, ${other.runId}) ${markerOf(other)}`)).toBe(true);
  expect(isOther(`Made by Longhaul for ${other.runId}. ${markerOf(other)} [base:abc]`)).toBe(true);
  // Of an earlier generation, and of another step of the run.
  expect(isOther(markerOf({ ...origin, generation: 1 }))).toBe(false);
  const later = markerOf({ ...origin, step: 'later' });
  expect(isOther(`(Longhaul, ${origin.runId}) ${later}`)).toBe(false);
  expect(isOther(`Made by Longhaul for ${origin.runId}. ${later} [base:abc]`)).toBe(false);
});

it('what a person has made is nobody else’s to undo', () => {
  for (const description of ['for all of us', '', null, undefined]) expect(isOther(description)).toBe(false);
});
