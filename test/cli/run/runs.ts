/** A run in the states that the CLI shows. */
import type { Run, Step } from '../../../src/run/steps.js';

/** The moment at which the tests look. */
export const nowMs = Date.parse('2026-11-21T03:10:00.000Z');

export const steps = {
  environment: {
    name: 'environment',
    tries: 0,
    references: [],
    state: { status: 'reused', endedAt: '2026-11-21T03:00:01.000Z', output: {} },
  },
  revision: {
    name: 'revision',
    tries: 0,
    references: [],
    state: { status: 'skipped', endedAt: '2026-11-21T03:00:01.000Z', reason: 'not in the input' },
  },
  build: {
    name: 'build',
    tries: 1,
    references: [{ kind: 'revision', id: 'r1' }],
    state: {
      status: 'succeeded',
      startedAt: '2026-11-21T03:00:02.000Z',
      endedAt: '2026-11-21T03:05:07.000Z',
      output: { revisionId: 'r1' },
    },
  },
  train: {
    name: 'train',
    tries: 1,
    references: [{ kind: 'job', id: 'j1', link: 'https://domino.example/jobs/j1' }],
    state: { status: 'waiting', startedAt: '2026-11-21T03:05:07.000Z', waitingFor: 'job 7 to end' },
    progress: {
      effect: 'awaitJob',
      attempt: 4,
      message: 'job 7 is Running',
      nextAttemptAt: '2026-11-21T03:10:30.000Z',
    },
  },
  parkedTrain: {
    name: 'train',
    tries: 1,
    references: [],
    state: {
      status: 'parked',
      startedAt: '2026-11-21T03:05:07.000Z',
      parkedAt: '2026-11-21T03:06:00.000Z',
      failure: { code: 'QUOTA_EXCEEDED', message: 'POST /jobs answered 403: budget\nsecond line' },
    },
  },
  gate: { name: 'gate', tries: 0, references: [], state: { status: 'pending' } },
} as const satisfies Record<string, Step>;

/** A run that waits for its job. */
export const running: Run = {
  runId: 'train-and-deploy.nightly',
  attemptId: 'a1',
  pipeline: 'train-and-deploy',
  connection: 'domino-prod',
  trigger: { kind: 'cli', by: 'ada@desk' },
  status: 'running',
  startedAt: '2026-11-21T03:00:00.000Z',
  steps: [steps.environment, steps.revision, steps.build, steps.train, steps.gate],
};

/** The same run, parked at its job. */
export const parked: Run = {
  ...running,
  status: 'parked',
  failure: { ...steps.parkedTrain.state.failure, step: 'train' },
  steps: [steps.environment, steps.revision, steps.build, steps.parkedTrain, steps.gate],
};
