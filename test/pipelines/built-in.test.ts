/** From what the steps of the built-in pipelines are made, and what these hand over. */
import { describe, expect, it } from '@jest/globals';
import { digestOfSubject } from '../../src/run/approvals/deployment-subject.js';
import type { Json } from '../../src/run/steps.js';
import { pipelines } from '../../src/pipelines/built-in.js';
import { continuationOf } from '../../src/pipelines/taken-over.js';
import type { ApproveSpec } from '../../src/steps/approve.js';
import { recordedStep } from '../steps/recorded-step.js';

const { retrain, 'train-and-deploy': trainAndDeploy } = pipelines;

const input = {
  ...{ connection: 'dev', project: 'a/b', train: { command: 'go' } },
  ...{ environment: { name: 'n', base: { image: 'i' } }, revision: { dockerfile: 'RUN x' } },
  ...{ register: { model: 'm' }, deploy: { modelApi: 'api' }, gate: { conditions: ['auc > 0.5'] } },
  ...{ when: { all: [{ always: true }] }, whenBusy: 'wait', compare: { metric: 'f1', better: 'higher' } },
  ...{ watch: { for: '10m', failures: 3, serveWithin: '1h' }, approval: { by: ['lead'] } },
};
/** The input without one of its parts. */
const without = (part: 'approval' | 'compare' | 'deploy'): Json =>
  Object.fromEntries(Object.entries(input).filter(([name]) => name !== part));
const bare = { connection: 'dev', project: 'a/b', train: { command: 'go' } };

const environment = { environmentId: 'e', revisionId: 'r0', created: true };
const revision = { environmentId: 'e', revisionId: 'r', created: true };
const build = { revisionId: 'r', image: 'i' };
const train = { projectId: 'p', jobId: 'j', metrics: { auc: 1 }, experimentRunId: 'x', outputCommitId: 'c' };
const register = { model: 'm', version: 4 };
const outputs = { environment, revision, build, train, register };

const needed = { key: 'dev.model.m', whenBusy: 'wait' };
const deploying = {
  ...{ name: 'api', project: 'a/b', projectId: 'p', environmentId: 'e', commitId: 'c', needed, given: [] },
  source: { model: 'm', version: 4 },
};

const specOf = (step: string, of: Json, made: Readonly<Record<string, Json>>, pipeline = retrain) =>
  pipeline.steps[step]?.specOf(of, made);

describe('the steps of a training', () => {
  it('are made from the input and what is in front of them', () => {
    expect(specOf('environment', input, {})).toEqual({ ...input.environment, dockerfile: 'RUN x' });
    expect(specOf('environment', { ...input, environment: { id: 'e' } }, {})).toEqual({ id: 'e' });
    expect(specOf('revision', input, { environment })).toEqual({ environment, dockerfile: 'RUN x' });
    expect(specOf('build', input, { environment, revision })).toEqual({
      ...revision,
      revisionStep: 'revision',
    });
    expect(specOf('train', input, { environment, build })).toEqual({
      ...{ command: 'go', project: 'a/b', needed, metrics: ['auc', 'f1', 'mlflow_run_id'] },
      ...{ environmentId: 'e', revisionId: 'r' },
    });
    expect(specOf('gate', input, { train })).toEqual({
      conditions: ['auc > 0.5'],
      measured: train,
      baseline: null,
    });
  });

  it('await the revision that the environment has, where none is added', () => {
    const built = (made: Json) => specOf('build', input, { environment: made, revision: null });
    expect(built(environment)).toEqual({ ...environment, revisionStep: 'revision' });
    expect(built({ ...environment, revisionId: null })).toBeNull();
    expect(built(null)).toBeNull();
  });

  it('judge beside what is live, or beside numbers', () => {
    const judged = (gate: object, of: Json = input) =>
      specOf('gate', { ...(of as object), gate: { conditions: [], ...gate } }, { train });
    const live = { project: 'a/b', modelApi: 'api' };
    expect(judged({ baseline: 'live' })).toMatchObject({ baseline: live });
    expect(judged({ baseline: 'live' }, without('deploy'))).toMatchObject({
      baseline: { ...live, modelApi: '' },
    });
    expect(judged({ baseline: { auc: 0.5 } })).toMatchObject({ baseline: { numbers: { auc: 0.5 } } });
  });

  it('are left out that the input does not ask for, and have nothing to do without what they need', () => {
    const asked = (of: Json, { steps } = trainAndDeploy) =>
      Object.entries(steps).flatMap(([name, step]) => (step.isAsked(of) ? [name] : []));
    expect(asked(bare)).toEqual(['train']);
    expect(asked(input)).toEqual(Object.keys(trainAndDeploy.steps));
    expect(asked(bare, retrain)).toEqual(['decide', 'train', 'register', 'deploy', 'watch']);
    expect(asked(input, retrain)).toEqual(Object.keys(retrain.steps));
    const none = { environment: null, revision: null, build: null, train: null, register: null };
    for (const step of ['revision', 'gate', 'register', 'compare', 'approve', 'deploy', 'watch'])
      expect(specOf(step, input, { ...none, decide: null, deploy: null })).toBeNull();
    for (const step of ['environment', 'revision', 'gate', 'register', 'deploy'])
      expect(specOf(step, bare, outputs, trainAndDeploy)).toBeNull();
    expect(specOf('train', bare, none)).toMatchObject({ environmentId: undefined, revisionId: undefined });
  });

  it('say on what they act', () => {
    const on = (of: Json, { steps } = trainAndDeploy) =>
      Object.values(steps).flatMap((step) => step.on(of) || []);
    expect(on(input)).toEqual(['project a/b', 'm', 'api']);
    expect(on(input, retrain)).toEqual(['project a/b', 'm', 'api']);
    expect(on(bare)).toEqual(['project a/b']);
    expect(retrain.steps['deploy']?.projectOf(input)).toBe('a/b');
    expect(trainAndDeploy.steps['deploy']?.projectOf(input)).toBe('a/b');
    expect(retrain.preflights(input)).toEqual(trainAndDeploy.preflights(input));
    expect(retrain.preflights(input)).toMatchObject([{ project: 'a/b' }]);
  });
});

describe('a version', () => {
  it('is registered of the MLflow run that the training names, or the input', () => {
    const of = { model: 'm', experimentRunId: 'x', given: [], job: train };
    expect(specOf('register', input, { train })).toEqual(of);
    const given = { ...input, register: { model: 'm', experimentRunId: 'y' } };
    expect(specOf('register', given, { train })).toEqual({ ...of, experimentRunId: 'y', given: ['y'] });
    expect(specOf('register', input, { train }, trainAndDeploy)).toEqual(of);
  });

  it('is deployed as it was registered, or as the input says', () => {
    expect(specOf('deploy', input, outputs, trainAndDeploy)).toEqual(deploying);
    expect(specOf('deploy', input, outputs)).toEqual({ ...deploying, serveWithin: '1h', restores: true });
    const stated = { modelApi: 'api', environmentId: 'e9', source: { file: 'app.py', function: 'f' } };
    expect(specOf('deploy', { ...input, deploy: stated }, outputs, trainAndDeploy)).toMatchObject({
      ...{ environmentId: 'e9', source: stated.source, given: ['e9', 'app.py'] },
    });
  });
});

describe('a retraining', () => {
  const live = { project: 'a/b', modelApi: 'api', metrics: ['auc', 'f1'] };
  const decide = { verdict: 'retrain', reason: 'it is due' };
  const subject = {
    ...{ connection: 'dev', project: 'a/b' },
    deploys: { name: 'api', projectId: 'p', environmentId: 'e', source: register, commitId: 'c' },
    trained: { jobId: 'j', experimentRunId: 'x', revisionId: 'r' },
  };

  it('decides on the model by its name, with the model to itself', () => {
    const about = { project: 'a/b', modelApi: 'api', when: input.when };
    expect(specOf('decide', input, {})).toEqual({ ...about, model: 'dev/a/b/api', needed });
  });

  it('compares with what is live, where the input says by what', () => {
    expect(specOf('compare', input, { train })).toEqual({ by: input.compare, measured: train, live });
    expect(specOf('compare', without('compare'), { train })).toBeNull();
  });

  it('asks for the approval of what it would deploy, and deploys nothing else', async () => {
    const asked = specOf('approve', input, { ...outputs, decide });
    expect(asked).toMatchObject({ asked: input.approval, subject, decision: decide, decideStep: 'decide' });
    const { compared, lines } = asked as ApproveSpec; // of a step of this kind
    expect(lines).toContainEqual({ name: 'source', value: 'm version 4' });
    const { did, step } = recordedStep({ answers: { getLiveModel: [null] } });
    expect(await compared(step)).toMatchObject({ model: 'm', version: 4, metrics: { auc: 1 }, live: null });
    expect(did).toEqual([['getLiveModel', { connection: 'dev', ...live }]]);
    for (const missing of ['decide', 'train', 'register'])
      expect(specOf('approve', input, { ...outputs, decide, [missing]: null })).toBeNull();
    expect(specOf('approve', without('approval'), { ...outputs, decide })).toBeNull();
    expect(specOf('approve', input, { ...outputs, build: null, decide })).toMatchObject({
      subject: { trained: { revisionId: null } },
    });

    const refusal = (approve: Json, of: Json = input, made: object = {}) =>
      retrain.steps['deploy']?.refusal(of, { ...outputs, ...made, approve });
    const refused = {
      code: 'APPROVAL_MISSING',
      message: 'what would be deployed is not what was approved',
    };
    const digest = digestOfSubject(subject);
    expect(refusal({ decision: 'approved', digest })).toBeNull();
    expect(refusal(null, without('approval'))).toBeNull();
    expect(refusal(null)).toEqual(refused);
    expect(refusal({ decision: 'rejected', digest })).toEqual(refused);
    expect(refusal({ decision: 'approved', digest: 'other' })).toEqual(refused);
    expect(refusal({ decision: 'approved', digest }, input, { train: null })).toEqual(refused);
  });

  it('watches what it has deployed', () => {
    const deploy = { modelApiId: 'ma', versionId: 'v', number: 2, previous: null };
    expect(specOf('watch', input, { deploy })).toEqual({
      ...{ for: '10m', failures: 3, deployment: { modelApiId: 'ma', versionId: 'v', number: 2 } },
      promoted: { name: 'api', project: 'a/b', previous: null, deployStep: 'deploy' },
    });
  });

  const end = (deploy: Json) => retrain.end({ deploy })?.conclusion;
  it('ends with the version that serves, and hands over all that it has come to', () => {
    const deployment = { modelApiId: 'ma', versionId: 'v', number: 2 };
    expect(retrain.end({ deploy: deployment })).toEqual({
      outcome: 'deployed',
      conclusion: 'version 2 serves',
    });
    expect([end({ ...deployment, number: null }), end(null)]).toEqual([
      'version v serves',
      'version  serves',
    ]);
    const ending = { outcome: 'deployed', conclusion: 'version 2 serves' };
    const all = { ...outputs, decide, compare: { better: true }, approve: { decision: 'approved' } };
    const released = {
      ...{ project: 'a/b', environment, revision: { id: 'r', image: 'i' }, job: train, gate: null },
      registered: register,
    };
    expect(retrain.result(input, { ...all, deploy: { ...deployment, previous: null } }, ending)).toEqual({
      ...{ ...ending, decision: decide, comparison: { better: true }, approval: { decision: 'approved' } },
      release: { ...released, deployment },
    });
    const early = { outcome: 'skipped', conclusion: 'no need' };
    expect(retrain.result(input, { decide }, early)).toEqual({
      ...{ ...early, decision: decide, comparison: null, approval: null, release: null },
    });
    expect(retrain.result(input, { decide, train }, early)).toMatchObject({
      release: { environment: null, revision: null, registered: null, deployment: null },
    });
  });

  it('hands over nothing that no step has come to', () => {
    expect(() => retrain.result(input, {}, { outcome: 'deployed', conclusion: '' })).toThrow(
      'the run has decided nothing',
    );
    expect(() => retrain.result(input, { decide }, null)).toThrow('the run has decided nothing');
    expect(() => retrain.result(input, { decide }, { outcome: 'odd', conclusion: '' })).toThrow(
      'no step of it comes to odd',
    );
  });
});

it('a release says all that was made, and nothing is handed over where nothing was trained', () => {
  expect(trainAndDeploy.result(input, outputs, null)).toEqual({
    ...{ project: 'a/b', environment, revision: { id: 'r', image: 'i' }, job: train, gate: null },
    ...{ registered: register, deployment: null },
  });
  expect(trainAndDeploy.result(bare, { train, deploy: { versionId: 'v' } }, null)).toMatchObject({
    ...{ environment: null, revision: null, registered: null, deployment: { versionId: 'v' } },
  });
  expect(() => trainAndDeploy.result(input, {}, null)).toThrow('the run has trained nothing');
  expect(trainAndDeploy.end({})).toBeNull();
});

describe('what an attempt knows at its beginning', () => {
  const of = (given: object) => continuationOf(given);

  it('is that of the attempt before, unless a leg of its own goes on', () => {
    const continuation = { outputs: { a: 1 }, asksAgain: 'why' };
    expect(of({ continuation })).toBe(continuation);
    expect(of({})).toBeUndefined();
    const steps = [
      { name: 'b', state: { status: 'succeeded', output: 2 } },
      { name: 'many', items: 2, state: { status: 'succeeded', output: 3 } },
      { name: 'c', state: { status: 'running' } },
      { name: 'd', state: { status: 'succeeded', output: undefined } },
    ];
    const leg = { steps: { steps, generations: { b: 2 } } };
    expect(of({ continuation, leg })).toEqual({
      ...{ outputs: { a: 1, b: 2 }, asksAgain: 'why', generations: { b: 2 } },
    });
    expect(of({ leg })).toEqual({ outputs: { b: 2 }, generations: { b: 2 } });
  });
});
