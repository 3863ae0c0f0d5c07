/** What somebody else does to a version of a deployment: a run says so, or puts it right, and promotes nothing that is another. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { deploymentPackage } from '../../../src/activities/ubiops/deployments/deployment-package.js';
import { deployment, type DeploymentStepSpec } from '../../../src/steps/ubiops/deployment.js';
import { type ServingSetting, openServing, otherOrigin } from './serving-setting.js';

describe.each(['v2.1', 'v2'] as const)('on UbiOps in /%s, a version', (dialect) => {
  let setting: ServingSetting;
  beforeEach(async () => (setting = await openServing(dialect)));
  afterEach(() => setting.close());

  const spec: DeploymentStepSpec = {
    ...{ project: 'iris', deployment: 'species', input: 'plain', output: 'plain', variables: {} },
    ...{ settings: { environment: 'python3-12' }, files: { 'deployment.py': 'pass' } },
    ...{ promote: true, needed: undefined },
  };
  const deploy = (more: Partial<DeploymentStepSpec> = {}, performing = {}) =>
    deployment.perform(setting.step(performing), { ...spec, ...more });
  const at = (version: string) => ({ projectName: 'iris', deploymentName: 'species', version });

  /** Somebody uploads a package of these files by hand, which is built. */
  const upload = async (version: string, files: Readonly<Record<string, string>>) => {
    const body = { file: { name: 'package.zip', content: deploymentPackage(files).bytes } };
    await setting.deps.ubiops.deploymentRevisions.upload({ path: at(version), body });
    await setting.pass(60);
  };
  const other = { 'deployment.py': 'class Deployment: other = 1' };

  it('runs on its package again where somebody has uploaded another one since', async () => {
    const first = await deploy();
    await upload(first.version, other);
    const again = await deploy({}, { origin: otherOrigin });
    expect(again.version).toBe(first.version);
    expect(again.revisionId).not.toBe(first.revisionId);
    const { active_revision: runs } = await setting.deps.ubiops.versions.get({ path: at(again.version) });
    expect(runs).toBe(again.revisionId);
  });

  const awaited = ({ version, revisionId }: { readonly version: string; readonly revisionId: string }) => {
    const { effect, effects } = setting.step();
    const of = { project: 'iris', deployment: 'species', version };
    return effects.awaitPackage({ connection: effect.connection, version: of, revisionId });
  };

  it('is not promoted with a package that somebody has uploaded meanwhile', async () => {
    const made = await deploy({ promote: false });
    await upload(made.version, other);
    await expect(awaited(made)).rejects.toMatchObject({
      type: 'CONFLICT',
      message: expect.stringContaining('which somebody has uploaded since') as unknown,
    });
  });

  it('is as good with another package of the same files', async () => {
    const made = await deploy({ promote: false });
    await upload(made.version, spec.files);
    expect(await awaited(made)).toEqual({ revisionId: made.revisionId });
  });

  it('parks the run where somebody has moved it to another environment', async () => {
    const { version } = await deploy();
    const body = { environment: 'python3-11' };
    await setting.deps.ubiops.versions.update({ path: at(version), body });
    await expect(deploy({}, { origin: otherOrigin })).rejects.toMatchObject({
      type: 'CONFLICT',
      message: `version ${version} of species is there, and its environment is python3-11, not python3-12; somebody has changed it: change it back, or delete it`,
    });
  });
});
