import { describe, expect, it } from '@jest/globals';
import { type ListedJob, isBehind } from '../../../../src/activities/domino/jobs/newest-jobs.js';

const startMs = Date.parse('2026-11-29T12:00:00Z');
const before = '2026-11-29T11:00:00Z';
const earlier = '2026-11-29T10:00:00Z';
const after = '2026-11-29T13:00:00Z';

const job = (number: number, submissionTime: string | null): ListedJob => ({
  ...{ id: `j${number}`, number, runCommand: 'python train.py', dominoStats: [] },
  ...{ status: { executionStatus: 'Succeeded' }, stageTimes: { submissionTime } },
});

describe('a page of jobs', () => {
  it.each([
    ['older ones, the newest first', [job(3, before), job(2, before)], true],
    ['one that is as old', [job(3, after), job(2, before)], false],
    ['one that does not tell its time', [job(3, before), job(2, null)], false],
    ['older ones, the oldest first', [job(2, before), job(3, before)], false],
    ['older ones without numbers, the newest first', [job(0, before), job(0, earlier)], true],
    ['older ones without numbers, the oldest first', [job(0, earlier), job(0, before)], false],
    ['older ones in no order of time', [job(3, before), job(1, before), job(2, before)], false],
  ])('of %s says whether newer ones can be behind it', (_, page, expected) => {
    expect(isBehind(page, startMs)).toBe(expected);
  });
});
