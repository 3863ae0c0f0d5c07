/** What plans say of deployments and requests: by the very effects, with their writes held back. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { deployment as deploymentRoom } from '../../../src/activities/ubiops/deployment.js';
import { ubiopsActivities } from '../../../src/activities/ubiops/index.js';
import { request as requestRoom } from '../../../src/activities/ubiops/request.js';
import { deploymentPackage } from '../../../src/activities/ubiops/deployments/deployment-package.js';
import { createForesight } from '../../../src/activities/replay/foresight.js';
import { type DeploymentStepSpec, deployment } from '../../../src/steps/ubiops/deployment.js';
import { type RequestStepSpec, request } from '../../../src/steps/ubiops/request.js';
import { longAgo } from '../performing.js';
import { tried } from '../retraining-stage.js';
import { type ServingSetting, openServing } from './serving-setting.js';

let setting: ServingSetting;
beforeEach(async () => (setting = await openServing('v2.1')));
afterEach(() => setting.close());

const spec: DeploymentStepSpec = {
  ...{ project: 'iris', deployment: 'species', input: 'plain', output: 'plain', variables: {} },
  ...{ settings: { environment: 'python3-12' }, files: { 'deployment.py': 'pass' } },
  ...{ promote: true, needed: undefined },
};
const foresight = () => createForesight(ubiopsActivities, setting.deps);
const plan = (more: Partial<DeploymentStepSpec> = {}) =>
  deploymentRoom.foresee(foresight(), setting.step().effect, { ...spec, ...more });
const writes = () => setting.simulator.ledger().flatMap(({ effects }) => effects).length;

it('a deployment sends what is missing of it, and nothing where it serves', async () => {
  expect(await plan()).toEqual({
    why: 'there is no deployment species',
    calls: [{ endpoint: 'deployments.create', on: 'species' }],
  });
  const first = await deployment.perform(setting.step(), spec);
  const before = writes();
  expect(await plan()).toMatchObject({
    why: `version ${first.version} serves`,
    ...{ calls: [], adopts: { kind: 'deploymentVersion', id: first.version } },
    output: { version: first.version, revisionId: first.revisionId, promoted: true },
  });
  expect(await plan({ variables: { SEED: '1' } })).toMatchObject({
    why: 'no version is made of the same',
    calls: [{ endpoint: 'versions.create' }],
  });
  expect(writes()).toBe(before);
  const second = await deployment.perform(setting.step(), {
    ...spec,
    variables: { SEED: '1' },
    promote: false,
  });
  expect(await plan({ variables: { SEED: '1' } })).toMatchObject({
    why: `version ${second.version} is built, and does not serve yet`,
    calls: [{ endpoint: 'deployments.update', on: 'species' }],
  });
});

it('an output counts as long as its version is there, and serves where it was promoted', async () => {
  const first = await deployment.perform(setting.step(), spec);
  const record = {} as Parameters<NonNullable<typeof deploymentRoom.outdated>>[1]['record']; // nothing is asked of it
  const outdated = () => deploymentRoom.outdated?.(foresight(), { record, output: first, spec });
  expect([await deploymentRoom.stands?.(foresight(), first, spec), await outdated()]).toEqual([true, null]);
  const second = await deployment.perform(setting.step(), { ...spec, variables: { SEED: '1' } });
  const at = { projectName: 'iris', deploymentName: 'species', version: first.version };
  expect(await outdated()).toBe(`requests to species go to ${second.version} now, not to ${first.version}`);
  const { bytes: content } = deploymentPackage({ 'deployment.py': 'other' });
  const body = { file: { name: 'package.zip', content } };
  await setting.deps.ubiops.deploymentRevisions.upload({ path: at, body });
  await setting.pass(60);
  expect(await outdated()).toMatch(/^version lh-\w+ of species runs on package /);
  await setting.deps.ubiops.versions.delete({ path: at });
  expect(await deploymentRoom.stands?.(foresight(), first, spec)).toBe(false);
});

it('a request is sent where none carries its marker, and taken over where one does', async () => {
  await setting.addVersion('v1');
  const asked: RequestStepSpec = {
    ...{ project: 'iris', deployment: 'echo', data: { text: 'hello' }, marked: 'text' },
    ...{ logLines: 0, metrics: [], resultBytes: 65_536 },
  };
  const { effect } = setting.step({ begunBefore: true });
  const foresee = () =>
    tried({ number: 1, client: longAgo }, () => requestRoom.foresee(foresight(), effect, asked));
  expect(await foresee()).toEqual({
    why: 'no request carries its marker',
    calls: [{ endpoint: 'versionRequests.createBatch', on: 'version v1 of echo' }],
  });
  const { requestId } = await request.perform(setting.step(), asked);
  expect(await foresee()).toMatchObject({
    why: `request ${requestId} has an answer`,
    output: { result: { text: expect.stringMatching(/^hello \[lh:/) as unknown } },
  });
});
