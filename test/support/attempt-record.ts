/** A run that has ended, as its steps stood, for what is told from its record alone. */
import type { AttemptRecord } from '../../src/run/replays/replays.js';
import type { Json, RemoteReference, Step } from '../../src/run/steps.js';

export const at = '2026-11-21T03:00:00.000Z';

export const finished = (name: string, output: Json): Step => ({
  name,
  tries: 1,
  references: [],
  state: { status: 'succeeded', startedAt: at, endedAt: at, output },
});

export const cutOff = (name: string, ...references: RemoteReference[]): Step => ({
  name,
  tries: 1,
  references,
  state: { status: 'cancelled', startedAt: at, endedAt: at },
});

const input = {
  project: 'ada/iris',
  environment: { name: 'iris', base: { image: 'python:3.12' } },
  revision: { dockerfile: 'RUN true' },
  train: { command: 'python train.py', logLines: 20 },
  register: { model: 'iris' },
  deploy: { modelApi: 'iris-api' },
  watch: { for: '10m', failures: 3, serveWithin: '1h' },
};

/** What steps have come to that are in front of others; none of it is in doubt, or the run’s own. */
const usual: readonly (readonly [string, Json])[] = [
  ['environment', { environmentId: 'e0', name: 'iris', image: null, revisionId: 'r0', created: false }],
  ['revision', { environmentId: 'e0', revisionId: 'r9', number: 9, created: true }],
  ['build', { revisionId: 'r9', image: null }],
  ['train', { projectId: 'p0', jobId: 'j0', number: 1, link: '', metrics: {}, experimentRunId: 'm0' }],
  ['register', { model: 'iris', version: 1, created: true }],
];

/** The steps with those in front of them that are not stated, each of which has finished. */
function withUsual(steps: readonly Step[]): readonly Step[] {
  const order = usual.map(([name]) => name);
  const last = Math.max(
    ...steps.map(({ name }) => (order.includes(name) ? order.indexOf(name) : order.length)),
  );
  const before = usual.slice(0, last).filter(([name]) => !steps.some((step) => step.name === name));
  return [...before.map(([name, output]) => finished(name, output)), ...steps];
}

/** A cancelled `train-and-deploy`, unless stated otherwise. */
export const attemptRecord = (
  steps: readonly Step[],
  change: Partial<AttemptRecord> = {},
): AttemptRecord => ({
  format: 'longhaul.attempt/1',
  runId: 'train-and-deploy.x',
  attemptId: 'a2',
  firstAttemptId: 'a1',
  pipeline: 'train-and-deploy',
  connection: 'domino-test',
  input,
  inputDigest: '',
  trigger: { kind: 'cli' },
  status: 'cancelled',
  steps: withUsual(steps),
  startedAt: at,
  ...change,
});
