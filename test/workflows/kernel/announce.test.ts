/** What other services are told of a run, within an execution of the SDK. */
import { afterEach, expect, it, jest } from '@jest/globals';
import type { Run } from '../../../src/run/steps.js';
import { createAnnouncer } from '../../../src/workflows/kernel/announce.js';
import { Inside, beganAt } from '../inside.js';

afterEach(() => {
  jest.useRealTimers();
});

const attempt = {
  ...{ runId: 'churn.x', attemptId: 'a2', originalId: 'a1', isReset: true, startedAt: beganAt },
};
const run: Run = {
  ...{ runId: 'churn.x', attemptId: 'a2', pipeline: 'churn', connection: 'dev', names: [] },
  ...{ status: 'running', trigger: { kind: 'cli' }, startedAt: beganAt, steps: [] },
} as never; // of a run, what is told of it

it('an event has what it is about and nothing else, and goes to each who asks for it', async () => {
  const inside = new Inside();
  const announcer = createAnnouncer({ 'run.started': ['hook'], 'run.failed': ['hook', 'other'] }, attempt, 4);
  const failure = { code: 'JOB_FAILED', message: 'no', step: 'train' } as const;
  await inside.call(() => {
    void announcer.announce('run.parked', run);
    void announcer.announce('run.started', run);
    void announcer.announce('run.failed', {
      ...{ ...run, status: 'failed', connections: ['dev', 'prod'], failure },
    });
  });
  const common = { at: beganAt, runId: 'churn.x', attemptId: 'a2', pipeline: 'churn', connection: 'dev' };
  const failed = {
    ...{ ...common, type: 'run.failed', number: 6, status: 'failed', connections: ['dev', 'prod'] },
    ...{ step: 'train', failure: { code: 'JOB_FAILED', message: 'no' } },
  };
  expect(inside.children()).toEqual([
    [
      expect.stringMatching(/hook\.churn\.x\.a1\.5$/),
      { target: 'hook', event: { ...common, type: 'run.started', number: 5, status: 'running' } },
    ],
    [expect.stringMatching(/hook\.churn\.x\.a1\.6$/), { target: 'hook', event: failed }],
    [expect.stringMatching(/other\.churn\.x\.a1\.6$/), { target: 'other', event: failed }],
  ]);
  expect(announcer.count()).toBe(6);
});

it('a failure outside of the steps names none, and an approval is told whole', async () => {
  const inside = new Inside();
  const asked = { 'run.failed': ['hook'], 'run.approval-requested': ['hook'] };
  const announcer = createAnnouncer(asked, attempt);
  const approval = { digest: 'd', until: beganAt } as never; // it is passed on as it is
  await inside.call(() => {
    void announcer.announce('run.failed', {
      ...{ ...run, status: 'failed', failure: { code: 'TIMED_OUT', message: 'no' } },
    });
    void announcer.announce('run.approval-requested', run, approval);
  });
  const events = inside.children().map(([, given]) => (given as { event: object }).event);
  expect(events).toMatchObject([
    { number: 1, failure: { code: 'TIMED_OUT' } },
    { number: 2, approval: { digest: 'd', until: beganAt } },
  ]);
  expect([events[0], events[1]]).toEqual([
    expect.not.objectContaining({ step: expect.anything() }),
    expect.not.objectContaining({ failure: expect.anything() }),
  ]);
});

it('an event is told under another id where another event had its number before a reset', async () => {
  const told = async (standing: readonly string[]) => {
    const inside = new Inside();
    for (const id of standing) inside.stands(id);
    await inside.call(() => {
      void createAnnouncer({ 'run.started': ['hook'] }, attempt).announce('run.started', run);
    });
    return inside.children().map(([id]) => id);
  };
  const [id = ''] = await told([]);
  const [other = ''] = await told([id]);
  expect(other).toMatch(/\.1\.[0-9a-f]{8}$/);
  expect(other.startsWith(`${id}.`)).toBe(true);
});
