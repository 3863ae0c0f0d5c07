/** Evidence of a trial in which everything is as it must be, to change one thing at a time. */
import type {
  TrialEvidence,
  JobObject,
  LedgerRow,
  PlatformObjects,
  RevisionObject,
  RunRecord,
  VersionObject,
} from '../../src/chaos/evidence.js';
import type { Run } from '../../src/client.js';

const startMs = Date.parse('2026-11-29T05:00:00.000Z');
export const at = (ms: number): string => new Date(startMs + ms).toISOString();
export const atMs = (ms: number): number => startMs + ms;

export const runId = 'train-and-deploy.calm-1-0000';

export const job: JobObject = {
  ...{ id: 'job-1', runId, marker: 'lh:train', number: 1, command: 'python train.py', status: 'Succeeded' },
  ...{ isCompleted: true, createdMs: atMs(1_000), completedMs: atMs(7_000), revisionId: 'revision-1' },
  experimentRunId: 'mlflow-1',
};

export const revision: RevisionObject = {
  ...{ id: 'revision-1', runId, marker: 'lh:revision', environmentId: 'environment-1', status: 'succeeded' },
  ...{ dockerfile: 'RUN install', createdMs: atMs(100) },
};

export const version: VersionObject = {
  ...{ id: 'version-1', runId, marker: 'lh:deploy', modelApiId: 'api-1', number: 1, status: 'Running' },
  ...{ isLive: true, serves: true, model: 'model', modelVersion: 1 },
};

export const objects: PlatformObjects = {
  jobs: [job],
  environments: [
    { id: 'environment-1', runId, marker: 'lh:environment', name: 'env', archived: false },
    { id: 'environment-0', runId: null, marker: null, name: 'Standard', archived: false },
  ],
  revisions: [revision],
  modelApis: [{ id: 'api-1', runId: null, marker: 'lh:deploy', name: 'api' }],
  versions: [version],
  modelVersions: [{ model: 'model', version: 1, experimentRunId: 'mlflow-1' }],
};

export const release = {
  environment: { environmentId: 'environment-1', name: 'env' },
  revision: { id: 'revision-1', image: 'image' },
  job: { jobId: 'job-1' },
  registered: { model: 'model', version: 1 },
  deployment: { modelApiId: 'api-1', versionId: 'version-1' },
};

/** A run that has succeeded, with what is changed of it. */
export const succeeded = (change: Partial<Run> = {}): Run => ({
  ...{ runId, attemptId: 'attempt-1', pipeline: 'train-and-deploy', connection: 'domino-chaos' },
  ...{ trigger: { kind: 'client' }, status: 'succeeded', startedAt: at(0), endedAt: at(10_000) },
  ...{ steps: [], result: release },
  ...change,
});

export const record: RunRecord = {
  planned: {
    ...{ key: 'calm-1-0000', pipeline: 'train-and-deploy', ends: ['succeeded'] },
    input: {
      environment: { name: 'env' },
      revision: { dockerfile: 'RUN install' },
      train: { command: 'python train.py' },
      register: { model: 'model' },
      deploy: { modelApi: 'api' },
    },
  },
  ...{ runId, acceptedMs: atMs(0), cancelAsked: false, retried: [], abortedFor: null, run: succeeded() },
  ...{ startedMs: atMs(0), endedMs: atMs(10_000), attempts: 1, history: [], historyBytes: 1_000 },
};

/** A record of the same run that came to another end. */
export const ended = (change: Partial<Run>, more: Partial<RunRecord> = {}): RunRecord => {
  const { result: _result, ...rest } = succeeded();
  return { ...record, run: { ...rest, ...change }, ...more };
};

export const row = (seq: number, ms: number, more: Partial<LedgerRow> = {}): LedgerRow => ({
  connection: 'domino-chaos',
  ...{ seq, time: at(ms), method: 'POST', path: '/', endpoint: 'jobs.start', status: 200, effects: [] },
  ...more,
});

/** Evidence in which nothing is wrong, with what is changed of it. */
export const evidence = (change: Partial<TrialEvidence> = {}): TrialEvidence => ({
  ...{ scenario: 'calm', seed: 1, durationMs: 20_000, healedMs: atMs(9_000), ledger: [], objects },
  ...{
    runs: [record],
    unbegun: [],
    processes: [],
    strayed: [],
    cleaning: [],
    secrets: [],
    crashes: [],
    retryAfterMs: null,
  },
  ...{ settleMs: 200, buildMs: 4_000 },
  ...change,
});
