/** A run that has ended, as its steps stood, for what is told from its record alone. */
import type { AttemptRecord } from '../../src/pipeline/replays.js';
import type { Json, RemoteReference, Step } from '../../src/pipeline/steps.js';

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
  input: { project: 'ada/iris', deploy: { modelApi: 'iris-api' } },
  inputDigest: '',
  trigger: { kind: 'cli' },
  status: 'cancelled',
  steps,
  startedAt: at,
  ...change,
});
