import { describe, expect, it } from '@jest/globals';
import {
  buildPhase,
  jobPhase,
  servingPhase,
  snapshotPhase,
} from '../../../src/activities/domino/statuses.js';

describe('jobPhase', () => {
  it.each([
    'Queued',
    'Scheduled',
    'Pending',
    'Preparing',
    'Building',
    'Pulling',
    'Running',
    'Serving',
    'StopRequested',
    'StopAndDiscardRequested',
    'Stopping',
    'Finishing',
  ])('waits for a job that is %s', (status) => {
    expect(jobPhase(status, false)).toBe('waiting');
    expect(jobPhase(status, undefined)).toBe('waiting');
  });

  it('ends when the platform says completed, and tells the four ends apart', () => {
    expect(jobPhase('Succeeded', true)).toBe('succeeded');
    expect(jobPhase('Failed', true)).toBe('failed');
    expect(jobPhase('Error', true)).toBe('broken');
    expect(jobPhase('Stopped', true)).toBe('stopped');
  });

  it('waits on while an end is shown but the job is not completed', () => {
    expect(jobPhase('Succeeded', false)).toBe('waiting');
    expect(jobPhase('Failed', false)).toBe('waiting');
  });

  it('goes by the status where completion is not said', () => {
    expect(jobPhase('Succeeded', undefined)).toBe('succeeded');
    expect(jobPhase('Faulty', undefined)).toBe('waiting');
    expect(jobPhase('Faulty', true)).toBe('broken');
  });

  it('takes an unlisted status for neither success nor failure', () => {
    expect(jobPhase('Hibernating', false)).toBe('waiting');
    expect(jobPhase('Hibernating', undefined)).toBe('unknown');
    expect(jobPhase('Hibernating', true)).toBe('unknown');
  });
});

describe('buildPhase', () => {
  it.each<[string | null | undefined, string]>([
    [undefined, 'waiting'],
    [null, 'waiting'],
    ['queued', 'waiting'],
    ['Starting', 'waiting'],
    ['pulling', 'waiting'],
    ['BUILDING', 'waiting'],
    ['pushing', 'waiting'],
    ['Succeeded', 'succeeded'],
    ['failed', 'failed'],
    ['Killed', 'stopped'],
    ['superseded', 'unknown'],
  ])('reads %j as %s', (status, phase) => {
    expect(buildPhase(status)).toBe(phase);
  });
});

describe('servingPhase', () => {
  it.each<[string, boolean, string]>([
    ['Running', false, 'succeeded'],
    ['Running', true, 'waiting'],
    ['Failed', false, 'failed'],
    ['Failed', true, 'waiting'],
    ['Stopped', false, 'stopped'],
    ['Ready to run', false, 'waiting'],
    ['Preparing to build', true, 'waiting'],
    ['Stalled', false, 'waiting'],
    ['Unreachable', false, 'waiting'],
    ['Melting', false, 'unknown'],
  ])('reads %s, pending %s, as %s', (status, isPending, phase) => {
    expect(servingPhase({ status, isPending })).toBe(phase);
  });

  it('waits while there is no state yet', () => {
    expect(servingPhase(null)).toBe('waiting');
  });
});

describe('snapshotPhase', () => {
  it.each([
    ['pending', 'waiting'],
    ['copying', 'waiting'],
    ['active', 'succeeded'],
    ['Active', 'succeeded'],
    ['failed', 'failed'],
    ['markForDeletion', 'stopped'],
    ['MarkedForDeletion', 'stopped'],
    ['deletionInProgress', 'stopped'],
    ['deleted', 'stopped'],
    ['archived', 'unknown'],
  ])('takes %s for %s', (status, phase) => {
    expect(snapshotPhase(status)).toBe(phase);
  });
});
