import { describe, expect, it } from '@jest/globals';
import { jobPhase } from '../../../src/activities/domino/statuses.js';
import { domino } from '../../../src/contract/domino/index.js';
import { referenceDialect } from '../../../src/platform/domino/reference-dialect.js';

const answered = (body: object): unknown => referenceDialect.answer?.('jobs.get', body);

/** The phase of a job as the older spelling tells it. */
const phaseOf = (told: object) => {
  const body = { id: 'j', number: 1, commandToRun: 'train', createdAt: '2026-11-29T04:00:00Z', ...told };
  const { status } = domino.jobs.get.response.parse(answered(body)).job;
  return jobPhase(status.executionStatus, status.isCompleted);
};

const endedAt = '2026-11-29T05:00:00Z';

describe('a job of the reference dialect, which does not say whether it is completed,', () => {
  it.each([
    ['Running', undefined, 'waiting'],
    ['Running', null, 'waiting'],
    ['Succeeded', endedAt, 'succeeded'],
    ['Succeeded', undefined, 'succeeded'],
    ['Failed', endedAt, 'failed'],
    ['Faulty', endedAt, 'broken'],
  ])('that is %s, and has ended at %s, is %s', (status, at, phase) => {
    expect(phaseOf({ status, endedAt: at })).toBe(phase);
  });

  it('is completed from the time on at which it has ended, whatever its status is called', () => {
    const body = { id: 'j', number: 1, commandToRun: 'train', status: 'TimedOut' };
    const isCompleted = (more: object) =>
      domino.jobs.get.response.parse(answered({ ...body, ...more })).job.status.isCompleted;
    expect(isCompleted({ endedAt })).toBe(true);
    expect(isCompleted({ endedAt: null })).toBeUndefined();
    expect(isCompleted({ endedAt, isCompleted: false })).toBe(false);
  });
});
