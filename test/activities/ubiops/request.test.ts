/** A request as a job, and a training, against the simulator over HTTP. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type RequestStepSpec, request } from '../../../src/steps/ubiops/request.js';
import type { RequestOutput } from '../../../src/steps/ubiops/requests.js';
import { type TrainingRunSpec, trainingRun } from '../../../src/steps/ubiops/training-run.js';
import { calls, created } from '../../support/ledger.js';
import { type ServingSetting, openServing, otherOrigin } from './serving-setting.js';

const rules = `
requests:
  - { deployment: ^echo$, input: broken, status: failed, minutes: 0.1, error: 'ValueError: no data', log: [reading, 'ValueError: no data'] }
  - { deployment: ^echo$, input: slow, minutes: 100, result: {} }
  - { deployment: ^echo$, result: { auc: 0.91, note: good, count: 3 } }
  - deployment: ^training-base-deployment$
    result: { artifact: 'ubiops-file://default/model.json', metadata: {}, metrics: { auc: 0.9, name: x } }
`;

describe.each(['v2.1', 'v2'] as const)('on UbiOps in /%s', (dialect) => {
  let setting: ServingSetting;
  beforeEach(async () => {
    setting = await openServing(dialect, rules);
    await setting.addVersion('v1');
  });
  afterEach(() => setting.close());

  const spec: RequestStepSpec = {
    ...{ project: 'iris', deployment: 'echo', data: { text: 'good' }, marked: 'text' },
    ...{ logLines: 5, metrics: [], resultBytes: 65_536 },
  };
  const ask = (more: Partial<RequestStepSpec> = {}, performing = {}): Promise<RequestOutput> =>
    request.perform(setting.step(performing), { ...spec, ...more });
  const serve = async (version: string): Promise<void> => {
    await setting.addVersion(version);
    const path = { projectName: 'iris', deploymentName: 'echo' };
    await setting.deps.ubiops.deployments.update({ path, body: { default_version: version } });
  };
  const sent = (): number => created(setting.simulator, 'deploymentRequest').length;

  describe('a request', () => {
    it.each([
      [{ version: '4' }, 'version "4" of echo is not there; it was there before'],
      [{ version: 'version' }, 'version "version" of echo is not there; it was there before'],
      [{ deployment: 'ech', version: 'v1' }, 'deployment "ech" is not there; it was there before'],
    ])('says what is not there: %j', async (more, message) => {
      const { effect, effects } = setting.step();
      const version = { project: 'iris', deployment: 'echo', ...more };
      const asked = { ...effect, spec: { version, data: {}, marked: 'text' } };
      await expect(effects.ensureRequest(asked)).rejects.toMatchObject({
        type: 'OBJECT_MISSING',
        message: expect.stringContaining(message) as unknown,
      });
      expect(sent()).toBe(0);
    });

    it.each<[Partial<RequestStepSpec>, string]>([
      [{ version: '4' }, 'version: there is no version "4" of echo; there is v1'],
      [{ deployment: 'ech' }, 'deployment: there is no deployment "ech"; there is echo'],
      [{ project: 'irsi' }, 'project: there is no project "irsi"; there is iris'],
    ])(
      'ends at once for what the input alone names, once two readings have not found it: %j',
      async (more, message) => {
        const given = ['project', 'deployment', 'version'];
        await expect(ask({ ...more, given })).rejects.toMatchObject({
          type: 'NOT_FOUND',
          message,
          nonRetryable: true,
        });
        expect(sent()).toBe(0);
      },
    );

    it('goes on where only one reading has not found what the input names', async () => {
      await setting.inject({
        endpoint: 'deployments.get',
        kind: 'status',
        status: 404,
        body: { error: 'Deployment was not found' },
        times: 1,
      });
      expect(await ask({ given: ['deployment'] })).toMatchObject({ version: 'v1' });
    });

    it('is found again where every page is the first, and its time cannot be read', async () => {
      const { jobId, requestId } = await ask();
      await setting.inject({
        ...{ endpoint: 'versionRequests.list', kind: 'status', status: 200, times: 1_000 },
        body: [{ id: requestId, status: 'completed', time_created: '30-11-2026 10:00' }],
      });
      expect(await ask({}, { begunBefore: true, firstTry: 2 })).toMatchObject({ jobId });
      expect(sent()).toBe(1);
      expect(calls(setting.simulator, 'versionRequests.list')).toBeLessThan(30);
    });

    it('is sent to the default version, and comes to its result as metrics', async () => {
      expect(await ask()).toMatchObject({
        ...{ project: 'iris', deployment: 'echo', version: 'v1', artifact: null },
        ...{ metrics: { auc: 0.91, count: 3 }, notNumbers: { note: 'good' } },
        ...{ result: { auc: 0.91, note: 'good', count: 3 }, logTail: ['the request was received', 'done'] },
        jobId: expect.stringMatching(/^iris\/echo\/v1\/[0-9a-f-]+$/) as unknown,
      });
      expect(sent()).toBe(1);
    });

    it('keeps what it has measured of a result that is larger than a step keeps', async () => {
      expect(await ask({ resultBytes: 20 })).toMatchObject({
        ...{ metrics: { auc: 0.91, count: 3 }, result: null },
        resultNotice: 'it has 36 bytes, and 20 are kept',
      });
    });

    it('fails with the platform’s words and the end of its log', async () => {
      await expect(ask({ data: { text: 'broken' } })).rejects.toMatchObject({
        type: 'JOB_FAILED',
        message: expect.stringMatching(
          /failed: ValueError: no data; log: reading \| ValueError: no data$/,
        ) as unknown,
      });
    });

    it('is refused where the version would keep nothing by which it is found again', async () => {
      await setting.addVersion('v2', { request_retention_mode: 'metadata' });
      await expect(ask({ version: 'v2' })).rejects.toMatchObject({
        type: 'REQUEST_REJECTED',
        message: expect.stringContaining('set request_retention_mode of the version to full') as unknown,
      });
      expect(sent()).toBe(0);
    });

    it('waits until the version takes requests, and is sent once', async () => {
      const refusal = { status: 400, body: { error: 'The deployment version is not available' } };
      await setting.inject({ endpoint: 'versionRequests.createBatch', kind: 'status', ...refusal, times: 3 });
      expect(await ask()).toMatchObject({ metrics: { auc: 0.91 } });
      expect(sent()).toBe(1);
    });

    it('ends at once where the platform refuses what it is given', async () => {
      const refusal = { status: 400, body: { error: 'Unknown input field: text' } };
      await setting.inject({ endpoint: 'versionRequests.createBatch', kind: 'status', ...refusal });
      await expect(ask()).rejects.toMatchObject({ type: 'REQUEST_REJECTED', nonRetryable: true });
    });

    it('is found again when its answer is lost, among others that wait, run and have ended', async () => {
      await ask({}, { origin: otherOrigin });
      await setting.inject({ endpoint: 'versionRequests.createBatch', kind: 'lose-answer' });
      expect(await ask()).toMatchObject({ metrics: { auc: 0.91 }, inDoubt: true });
      expect([sent(), calls(setting.simulator, 'versionRequests.createBatch')]).toEqual([2, 2]);
    });

    it('is found again by a try that follows one that was cut off', async () => {
      const first = await ask();
      const again = await ask({}, { firstTry: 2 });
      expect([again.requestId, sent()]).toEqual([first.requestId, 1]);
    });

    it('that names no version is found where an attempt before has sent it, whatever serves since', async () => {
      const { jobId } = await ask();
      await serve('v2');
      expect(await ask({}, { begunBefore: true })).toMatchObject({ jobId, version: 'v1' });
      const { effect, effects } = setting.step();
      const version = { project: 'iris', deployment: 'echo', version: 'v2' };
      const known = { ...effect, made: { id: jobId }, begunBefore: true };
      const found = await effects.ensureRequest({ ...known, spec: { ...spec, version, isDefault: true } });
      expect([found.jobId, sent()]).toEqual([jobId, 1]);
    });

    it('that names no version is sent to what serves by then, where a try before has not sent it', async () => {
      await serve('v2');
      const at = { projectName: 'iris', deploymentName: 'echo', version: 'v1' };
      await setting.deps.ubiops.versions.delete({ path: at });
      const { effect, effects } = setting.step({ begunBefore: true });
      const version = { project: 'iris', deployment: 'echo', version: 'v1' };
      const begun = await effects.ensureRequest({ ...effect, spec: { ...spec, version, isDefault: true } });
      expect([begun.version, sent()]).toEqual(['v2', 1]);
    });

    it('that names no version is cancelled where it was sent, whatever serves since', async () => {
      const { effect, effects } = setting.step();
      const version = { project: 'iris', deployment: 'echo', version: 'v1' };
      const asked = { ...effect, spec: { ...spec, version, data: { text: 'slow' } } };
      const { jobId: id } = await effects.ensureRequest(asked);
      await serve('v2');
      const of = { ...effect, project: 'iris', deployment: 'echo', untilConfirmed: true } as const;
      const { undone, leftBehind } = await effects.stopRequests({ ...of, doubt: 'unanswered' });
      expect([undone, leftBehind]).toEqual([[{ kind: 'job', id }], []]);
    });

    it('is waited for although it is not shown at first', async () => {
      await delay(300);
      await setting.behave({ visibleAfterMs: 300 });
      await setting.inject({ endpoint: 'versionRequests.createBatch', kind: 'lose-answer' });
      await ask({}, { between: () => delay(200).then(() => setting.pass(15)) });
      expect(sent()).toBe(1);
    });

    it('is cancelled until the platform has confirmed it, whoever knows its id', async () => {
      const step = setting.step();
      const version = { project: 'iris', deployment: 'echo', version: 'v1' };
      const asked = { ...step.effect, spec: { ...spec, version, data: { text: 'slow' } } };
      const { jobId } = await step.effects.ensureRequest(asked);
      const { undone, leftBehind } = await step.effects.stopRequests({
        ...{ ...step.effect, ...version },
        ...{ untilConfirmed: true, doubt: 'unanswered' },
      });
      expect([undone, leftBehind]).toEqual([[{ kind: 'job', id: jobId }], []]);
    });
  });

  const training: TrainingRunSpec = {
    ...{ project: 'iris', experiment: 'depth-4', settings: { environment: 'python3-12' }, bucket: 'default' },
    ...{
      code: 'ubiops-file://default/train.py',
      parameters: { depth: 4 },
      logLines: 5,
      metrics: ['auc'],
      resultBytes: 65_536,
    },
  };
  const train = (more: Partial<TrainingRunSpec> = {}): Promise<RequestOutput> =>
    trainingRun.perform(setting.step(), { ...training, ...more });

  describe('a training', () => {
    it('makes the deployment of all trainings, the experiment and the run, and hands over metrics and artefact', async () => {
      expect(await train()).toMatchObject({
        ...{ deployment: 'training-base-deployment', version: 'depth-4' },
        ...{ metrics: { auc: 0.9 }, artifact: 'ubiops-file://default/model.json' },
      });
      const path = { projectName: 'iris', deploymentName: 'training-base-deployment', version: 'depth-4' };
      const [variable] = await setting.deps.ubiops.versionVariables.list({ path });
      expect(variable).toMatchObject({ name: 'SYS_DEFAULT_BUCKET', value: 'default' });
    });

    it('has a package although one list of templates leaves out that of trainings', async () => {
      await train();
      await setting.inject({ endpoint: 'training.templates', kind: 'status', status: 200, body: [] });
      expect(await train({ experiment: 'depth-5' })).toMatchObject({
        version: 'depth-5',
        metrics: { auc: 0.9 },
      });
    });

    it('runs an experiment that is there once more, and makes nothing but the run', async () => {
      await train();
      const before = setting.simulator.ledger().length;
      await train({ parameters: { depth: 6 } }).catch(() => undefined); // the same marker: the run of before
      const made = setting.simulator
        .ledger()
        .slice(before)
        .flatMap(({ effects }) => effects);
      expect(made.map(({ kind }) => kind)).toEqual(['deploymentRequest']);
    });

    it('is one experiment with one package where four runs make it at once', async () => {
      const runs = [1, 2, 3, 4].map((number) =>
        trainingRun.perform(setting.step({ origin: { ...otherOrigin, runId: `train.${number}` } }), training),
      );
      await Promise.all(runs);
      const path = { projectName: 'iris', deploymentName: 'training-base-deployment', version: 'depth-4' };
      expect(await setting.deps.ubiops.deploymentRevisions.list({ path })).toHaveLength(1);
      expect(await setting.deps.ubiops.versionVariables.list({ path })).toHaveLength(1);
    });

    it.each([
      'deployments.create',
      'versions.create',
      'versionVariables.create',
      'deploymentRevisions.upload',
      'versionRequests.createBatch',
    ])('is made once when the answer to %s is lost', async (endpoint) => {
      const { ledger } = setting.simulator;
      const from = ledger().length;
      await setting.inject({ endpoint, kind: 'lose-answer' });
      await train();
      const kinds = ledger()
        .slice(from)
        .flatMap(({ effects }) => effects.map(({ change, kind }) => `${change} ${kind}`));
      expect(kinds.sort()).toEqual([
        'created deployment',
        'created deploymentRequest',
        'created deploymentRevision',
        'created deploymentVersion',
        'created environmentVariable',
      ]);
    });
  });
});
