/** The logs of the jobs of a run, put together from what is read of each. */
import { describe, expect, it } from '@jest/globals';
import { type RunLogLine, type RunLogOptions, linesOfRun } from '../../../src/client/logs/run-logs.js';
import type { JobLogPart } from '../../../src/run/connection-readings.js';
import { type FailureCode, LonghaulError } from '../../../src/run/failures/errors.js';
import type { Run, Step } from '../../../src/run/steps.js';

const at = '2026-11-30T10:00:00.000Z';
const step = (name: string, jobId: string | null, status: 'running' | 'failed' = 'failed'): Step => ({
  ...{ name, tries: 1, references: jobId === null ? [] : [{ kind: 'job', id: jobId }] },
  state:
    status === 'running'
      ? { status, startedAt: at }
      : { status, startedAt: at, endedAt: at, failure: { code: 'JOB_FAILED', message: '' } },
});
const runOf = (steps: readonly Step[], endedAt?: string): Run => ({
  ...{ runId: 'mine.a', attemptId: 'x', pipeline: 'mine', connection: 'domino-dev' },
  ...{ trigger: { kind: 'cli' }, status: endedAt === undefined ? 'running' : 'failed', startedAt: at },
  ...(endedAt !== undefined && { endedAt }),
  steps,
});
const ended = runOf(
  [step('train', null), step('train.0', 'j0'), step('train.1', 'j1'), step('score', 'j2')],
  at,
);

/** Two parts of two lines. */
const parts = (jobId: string, after = '0'): JobLogPart => ({
  lines: [1, 2].map((line) => ({ line: `${jobId} ${Number(after) + line}` })),
  next: { after: String(Number(after) + 2), open: 0 },
  ...{ isMore: after === '0', isLast: after !== '0' },
});

async function all(run: Run, options: RunLogOptions): Promise<string[]> {
  const lines: RunLogLine[] = [];
  const means = {
    runOf: () => Promise.resolve(run),
    read: (_: Run, { jobId }: { jobId: string }, { after }: { after?: string }) =>
      Promise.resolve(parts(jobId, after)),
  };
  for await (const line of linesOfRun(means, options)) lines.push(line);
  return lines.map((one) => `${one.step}: ${one.line}`);
}

describe('the logs of a run', () => {
  it('are those of every step that has a job, each whole and in its order', async () => {
    const lines = await all(ended, {});
    expect(lines).toHaveLength(12);
    expect(lines.filter((line) => line.startsWith('train.1'))).toEqual(
      [1, 2, 3, 4].map((number) => `train.1: j1 ${number}`),
    );
  });

  it('are those of the items of a step, or of one item', async () => {
    expect(new Set((await all(ended, { steps: ['train'] })).map((line) => line.split(':', 1)[0]))).toEqual(
      new Set(['train.0', 'train.1']),
    );
    expect(await all(ended, { steps: ['train.0'], follow: true })).toHaveLength(4);
  });

  it('are of each the last lines, over all of its parts', async () => {
    expect(await all(ended, { steps: ['score'], tail: 3 })).toEqual([2, 3, 4].map((at) => `score: j2 ${at}`));
  });

  it('are refused of a step that is not there, and of one that has no job', async () => {
    await expect(all(ended, { steps: ['deploy'] })).rejects.toThrow(/no step "deploy".*train, score/);
    await expect(all(runOf([step('train', null, 'running')]), {})).rejects.toThrow('has started no job');
  });

  it('are followed until the jobs have ended, also of a job that begins meanwhile', async () => {
    const runs = [runOf([step('train', null, 'running')]), runOf([step('train', 'j9')])];
    const lines: string[] = [];
    const means = {
      runOf: () => Promise.resolve(runs.length > 1 ? (runs.shift() ?? ended) : (runs[0] ?? ended)),
      read: (_: Run, { jobId }: { jobId: string }, { after }: { after?: string }) =>
        Promise.resolve(parts(jobId, after)),
    };
    for await (const { line } of linesOfRun(means, { steps: ['train'], follow: true })) lines.push(line);
    expect(lines).toEqual(['j9 1', 'j9 2', 'j9 3', 'j9 4']);
  });

  it('are read on where they were, once what stood in the way has passed; which is told once', async () => {
    const silent = new LonghaulError('WORKER_SILENT', 'no worker read the platform in time');
    const answers = [parts('j9'), silent, silent, parts('j9', '2')];
    const told: string[] = [];
    const lines: string[] = [];
    const means = {
      runOf: () => Promise.resolve(runOf([step('train', 'j9')], at)),
      read: () => {
        const answer = answers.shift() ?? parts('j9', '4');
        return answer instanceof LonghaulError ? Promise.reject(answer) : Promise.resolve(answer);
      },
    };
    const troubled = ({ code }: LonghaulError) => told.push(code);
    for await (const { line } of linesOfRun(means, { follow: true, troubled })) lines.push(line);
    expect(lines).toEqual(['j9 1', 'j9 2', 'j9 3', 'j9 4']);
    expect(told).toEqual(['WORKER_SILENT']);
  });

  it('are not waited for by who reads them once, nor where nothing will pass by itself', async () => {
    const failing = (code: FailureCode) => ({
      runOf: () => Promise.resolve(ended),
      read: () => Promise.reject(new LonghaulError(code, 'it is so')),
    });
    const first = (code: FailureCode, follow: boolean) => linesOfRun(failing(code), { follow }).next();
    await expect(first('WORKER_SILENT', false)).rejects.toMatchObject({ code: 'WORKER_SILENT' });
    await expect(first('PAYLOAD_UNREADABLE', true)).rejects.toMatchObject({ code: 'PAYLOAD_UNREADABLE' });
    await expect(first('NOT_FOUND', true)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
