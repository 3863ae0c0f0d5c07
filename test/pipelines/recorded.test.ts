/** The steps of recorded runs, read from their activities, against what the runs themselves said in the end. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { defaultPayloadConverter } from '@temporalio/common';
import { recordedRunOf } from '../../src/client/histories/history.js';
import type { Run } from '../../src/run/steps.js';
import { type Recorded, placedActivities, recordedOutputs } from '../../src/pipelines/recorded.js';
import { documentOf } from '../support/documents.js';

const folder = new URL('../replay/histories/', import.meta.url).pathname;
const histories = readdirSync(folder)
  .flatMap((version) => readdirSync(`${folder}${version}`).map((file) => `${version}/${file}`))
  .filter((file) => /\/(train-and-deploy|retrain)\./.test(file));

/** The run as its last event has it; cancelled ones have none. */
function read(file: string) {
  const history = historyFromJSON(JSON.parse(readFileSync(`${folder}${file}`, 'utf8')));
  const last = history.events?.at(-1);
  const payload =
    last?.workflowExecutionCompletedEventAttributes?.result?.payloads?.[0] ??
    last?.workflowExecutionFailedEventAttributes?.failure?.applicationFailureInfo?.details?.payloads?.[0];
  const recorded = recordedRunOf(history);
  if (recorded === null) throw new Error(`${file} is no run of a pipeline`);
  return { recorded, run: payload ? defaultPayloadConverter.fromPayload<Run>(payload) : null };
}

describe('the steps that a history tells', () => {
  it.each(histories)('of %s have the outputs that the run had', (file) => {
    const { recorded, run } = read(file);
    const outputs = recordedOutputs(recorded);
    const own = new Map(run?.steps.map(({ name, state }) => [name, 'output' in state ? state.output : null]));
    if (run !== null)
      for (const [step, output] of Object.entries(outputs))
        expect([step, output]).toEqual([step, own.get(step)]);
    // Left out: what the workflow computes, and what it has undone itself.
    const computed = [
      'gate',
      'compare',
      'approve',
      ...(file.includes('failed') ? ['environment', 'revision', 'build'] : []),
    ];
    const finished =
      run?.steps.filter(({ state }) => state.status === 'succeeded').map(({ name }) => name) ?? [];
    const isDecisionOnly = !recorded.recorded.some(
      (one) => one.type === 'activity' && one.name === 'ensureJob',
    );
    const expected = finished.filter(
      (name) => !computed.includes(name) && !(name === 'decide' && isDecisionOnly),
    );
    expect(Object.keys(outputs)).toEqual(expect.arrayContaining(file.includes('taken-back') ? [] : expected));
  });

  it.each(histories)('of %s are all found', (file) => {
    const { recorded } = read(file);
    const placed = placedActivities(recorded);
    expect(placed).toHaveLength(recorded.recorded.filter(({ type }) => type === 'activity').length);
  });
});

describe('an activity', () => {
  const activity = (eventId: number, step: string | undefined, name: string, result?: object): Recorded => ({
    ...{ type: 'activity', eventId, name },
    ...(step !== undefined && { step }),
    ...(result && { result: { ...result } }),
  });
  const input = {
    train: { command: 'python train.py' },
    gate: { conditions: ['accuracy >= baseline'], baseline: 'live' },
    compare: { metric: 'accuracy' },
    register: { model: 'iris' },
    deploy: { modelApi: 'iris-api' },
  };
  const run = (recorded: readonly Recorded[], carried = {}) =>
    ({
      ...{ pipeline: 'retrain', runId: 'retrain.r', startedAt: '2026-11-21T03:00:00.000Z' },
      ...{ input, carried, recorded },
    }) as const;

  it('is of the step that it names, and one that names none is of none', () => {
    const recorded = [
      activity(1, 'train', 'awaitJob', {}),
      activity(2, undefined, 'announce', {}),
      activity(3, 'compare', 'getLiveModel', {}),
      activity(4, 'train', 'stopJobs', {}),
    ];
    expect(placedActivities(run(recorded)).map(({ step, isUndo }) => [step, isUndo])).toEqual([
      ['train', false],
      ['compare', false],
      ['train', true],
    ]);
  });

  it('does not count for a step whose output a person has supplied', () => {
    const recorded: Recorded[] = [
      activity(1, 'gate', 'getLiveModel'),
      {
        ...{ type: 'resolution', eventId: 2 },
        resolution: { step: 'gate', action: 'skip', output: { verdicts: [] }, actor: 'ada', reason: 'r' },
      },
      activity(3, 'compare', 'getLiveModel', {}),
    ];
    expect(recordedOutputs(run(recorded))['gate']).toEqual({ verdicts: [] });
  });

  it('that undoes a step takes its output back, unless it was done again since', () => {
    const done = (eventId: number, jobId: string) => [
      activity(eventId, 'train', 'ensureJob', { jobId }),
      activity(eventId + 1, 'train', 'awaitJob', { jobId, metrics: {} }),
    ];
    const outputOf = (...recorded: Recorded[]) => recordedOutputs(run(recorded))['train'];
    expect(outputOf(...done(1, 'j1'))).toMatchObject({ jobId: 'j1' });
    expect(outputOf(...done(1, 'j1'), activity(3, 'train', 'stopJobs', {}))).toBeUndefined();
    expect(outputOf(activity(1, 'train', 'stopJobs', {}), ...done(2, 'j2'))).toMatchObject({ jobId: 'j2' });
  });

  it('ends a step that calls it last only when one begins that waits for that step', () => {
    const decided = activity(1, 'decide', 'decideRetraining', { verdict: 'retrain' });
    expect(recordedOutputs(run([decided]))).toEqual({});
    expect(recordedOutputs(run([decided, activity(2, 'beside', 'awaitHold')]))).toEqual({});
    expect(recordedOutputs(run([decided, activity(2, 'train', 'ensureJob')]))).toEqual({
      decide: { verdict: 'retrain' },
    });
  });

  it('does not count for a step whose output was carried over', () => {
    const recorded = [activity(1, 'register', 'ensureModelVersion', { version: 2 })];
    expect(recordedOutputs(run(recorded, { train: { jobId: 'j' } }))).toMatchObject({
      train: { jobId: 'j' },
      register: { version: 2 },
    });
  });
});

describe('a step that is chosen from items', () => {
  const document = documentOf(
    'here',
    `  train:
    uses: job
    each: { depth: [4, 6] }
    with: { project: ada/iris, command: "train depth \${{ item.depth }}" }
  best: { uses: choose, with: { from: "\${{ steps.train }}", by: auc } }`,
  );
  const trained = (index: number, auc: number): Recorded[] => [
    { type: 'activity', eventId: 10 + index, name: 'ensureJob', step: `train.${index}`, result: {} },
    {
      ...({ type: 'activity', eventId: 20 + index, name: 'awaitJob', step: `train.${index}` } as const),
      result: { jobId: `job-${index}`, number: index, status: 'Succeeded', metrics: { auc } },
    },
  ];
  const outputsOf = (recorded: readonly Recorded[]) =>
    recordedOutputs({
      ...{ pipeline: 'mine', document, runId: 'mine.one', startedAt: '2026-12-01T04:00:00Z' },
      ...{ input: {}, carried: {}, recorded },
    });

  it('is known where all of them are', () => {
    expect(outputsOf([...trained(0, 0.7), ...trained(1, 0.9)])['best']).toMatchObject({
      ...{ index: 1, value: 0.9, jobId: 'job-1', item: { depth: 6 } },
    });
    expect(outputsOf(trained(0, 0.7))['best']).toBeUndefined();
  });
});

describe('an output that does not stand', () => {
  it('is left out: of a version that was taken back, of an environment that was archived', () => {
    const ofFile = (file: string) => Object.keys(recordedOutputs(read(`0.2.0/${file}.json`).recorded));
    expect(ofFile('retrain.taken-back')).not.toContain('deploy');
    expect(ofFile('retrain.taken-back')).toContain('register');
    expect(ofFile('train-and-deploy.failed')).not.toContain('environment');
  });
});
