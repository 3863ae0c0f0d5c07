/** The end of a log, however long it is: against the simulator over HTTP. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { readLogTail } from '../../../../src/activities/domino/jobs/log-tail.js';
import { calls } from '../../../support/ledger.js';
import { type Setting, openSetting } from '../../retraining-stage.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A job that takes an hour and writes so many lines, the error last. */
async function ended(lines: number): Promise<{ setting: Setting; jobId: string; completedAt: string }> {
  const log = Array.from({ length: lines - 1 }, (_, index) => `line ${index}`);
  const rule = { command: 'long', status: 'Failed', minutes: 60, log: [...log, 'ValueError: the reason'] };
  const setting = await openSetting({ more: `jobs: ${JSON.stringify([rule])}` });
  closing.push(() => setting.close());
  const jobId = await setting.startJob({ runCommand: 'long' });
  await setting.pass(4_000);
  const { job } = (await setting.get(`/api/jobs/beta/jobs/${jobId}`)).body;
  return { setting, jobId, completedAt: job.stageTimes.completedTime };
}

const seconds = (iso: string, more: number): string => new Date(Date.parse(iso) + more * 1_000).toISOString();

it('is read from shortly before the end of the job when the log has more than a page', async () => {
  const { setting, jobId, completedAt } = await ended(30_000);
  const { lines, whole } = await readLogTail(setting.deps, { jobId, completedAt, lines: 5 });
  expect(lines).toEqual(['line 29995', 'line 29996', 'line 29997', 'line 29998', 'ValueError: the reason']);
  expect(whole).toBe(true);
  expect(calls(setting.simulator, 'jobs.logs')).toBe(2);
});

it('is found from ever earlier when the job wrote nothing for long, or its time is not known', async () => {
  const { setting, jobId, completedAt } = await ended(12_000);
  const asked = { jobId, lines: 200 };
  const late = await readLogTail(setting.deps, { ...asked, completedAt: seconds(completedAt, 600) });
  const unknown = await readLogTail(setting.deps, { ...asked, completedAt: null });
  expect(late.lines).toHaveLength(200);
  expect(late.lines.at(-1)).toBe('ValueError: the reason');
  expect(unknown).toEqual(late);
});

it('is the end also where it has fewer lines than are wanted, and there is no time for what comes before', async () => {
  const { setting, jobId, completedAt } = await ended(60_000);
  await setting.inject({ endpoint: 'jobs.logs', kind: 'slow-body', ms: 1_500, occurrence: 3, times: 10 });
  const { lines, notice } = await readLogTail(setting.deps, {
    ...{ jobId, completedAt, lines: 5_000, withinMs: 1_000 },
  });
  expect(lines.length).toBeGreaterThan(500);
  expect(lines.at(-1)).toBe('ValueError: the reason');
  expect(notice).toBeUndefined();
});

it('is the whole log of a job that wrote little, in one request', async () => {
  const { setting, jobId, completedAt } = await ended(3);
  const { lines } = await readLogTail(setting.deps, { jobId, completedAt, lines: 20 });
  expect(lines.slice(-3)).toEqual(['line 0', 'line 1', 'ValueError: the reason']);
  expect(calls(setting.simulator, 'jobs.logs')).toBe(1);
});

it('keeps the last lines within its bound of bytes', async () => {
  const log = Array.from({ length: 200 }, (_, index) => `${index} ${'é'.repeat(400)}`);
  const rule = { command: 'wide', status: 'Succeeded', log };
  const setting = await openSetting({ more: `jobs: ${JSON.stringify([rule])}` });
  closing.push(() => setting.close());
  const jobId = await setting.startJob({ runCommand: 'wide' });
  await setting.pass(4_000);
  const { lines } = await readLogTail(setting.deps, { jobId, completedAt: null, lines: 200 });
  expect(Buffer.byteLength(JSON.stringify(lines))).toBeLessThan(50_000);
  expect(lines.at(-1)?.startsWith('199 ')).toBe(true);
});

describe('a private key in a log', () => {
  const body = 'MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDu'; // neither wrapped nor of the length of a secret key
  const line = (text: string): string => `2026-12-01 10:00:00 INFO ${text}`;
  const key = [
    line(['-----BEGIN ', 'PRIVATE KEY-----'].join('')),
    ...Array.from({ length: 40 }, (_, index) => line(`${body}${index}`)),
    line(['-----END ', 'PRIVATE KEY-----'].join('')),
  ];
  const tailOf = async (log: readonly string[], lines: number): Promise<readonly string[]> => {
    const rule = { command: 'leak', status: 'Succeeded', log };
    const setting = await openSetting({ more: `jobs: ${JSON.stringify([rule])}` });
    closing.push(() => setting.close());
    const jobId = await setting.startJob({ runCommand: 'leak' });
    await setting.pass(4_000);
    return (await readLogTail(setting.deps, { jobId, completedAt: null, lines })).lines;
  };

  it('is masked where the tail begins in the middle of it', async () => {
    const tail = await tailOf(['begun', ...key, 'done'], 5);
    expect(tail).toHaveLength(5);
    expect(tail.filter((one) => one.includes('[redacted]')).length).toBeGreaterThan(1);
    expect(tail.join()).not.toContain(body.slice(0, 16));
  });

  it('is masked where one page begins it and the next one ends it', async () => {
    const before = Array.from({ length: 9_980 }, (_, index) => `line ${index}`);
    const tail = await tailOf([...before, ...key, 'done'], 60);
    expect(tail.at(-1)).toBe('done');
    expect(tail.join()).not.toContain(body.slice(0, 16));
  });
});
