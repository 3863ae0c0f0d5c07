/** The steps of environments as plans look at them, against the simulator, in both dialects. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createForesight } from '../../../src/activities/replay/foresight.js';
import { build as buildRoom } from '../../../src/activities/ubiops/build.js';
import { environment as environmentRoom } from '../../../src/activities/ubiops/environment.js';
import { ubiopsActivities } from '../../../src/activities/ubiops/index.js';
import { revision as revisionRoom } from '../../../src/activities/ubiops/revision.js';
import type { UbiOpsCalls } from '../../../src/steps/ubiops/effects.js';
import { build } from '../../../src/steps/ubiops/build.js';
import { environment } from '../../../src/steps/ubiops/environment.js';
import { revision } from '../../../src/steps/ubiops/revision.js';
import { contextOf } from '../performing.js';
import { type UbiOpsSetting, alone, openUbiOps } from './setting.js';

const origin = { runId: 'x.y', firstAttemptId: 'a', step: 'environment', generation: 1 };
const spec = { project: 'iris', name: 'training', base: 'python3-12' };
const source = { files: { 'requirements.txt': 'pandas==2.2.3\n' } };
const effect = { connection: 'ubiops-test', origin, begunBefore: true };

describe.each(['v2.1', 'v2'] as const)('in /%s', (dialect) => {
  let setting: UbiOpsSetting;
  beforeEach(async () => (setting = await openUbiOps(dialect)));
  afterEach(() => setting.close());
  const foresight = () => createForesight(ubiopsActivities, setting.deps);
  const step = () =>
    contextOf<UbiOpsCalls>(ubiopsActivities.createEffects(setting.deps, alone), {
      origin,
      between: () => setting.pass(30),
    }).step;
  const sent = () => setting.simulator.ledger().filter(({ method }) => method !== 'GET').length;

  it('a plan says what would be made, sends nothing, and is as the deed', async () => {
    expect(await environmentRoom.foresee(foresight(), effect, spec)).toEqual({
      why: 'there is no environment training',
      calls: [{ endpoint: 'environments.create', on: 'training' }],
    });
    expect(sent()).toBe(0);
    const made = await environment.perform(step(), spec);
    expect(await environmentRoom.foresee(foresight(), effect, spec)).toMatchObject({
      ...{ why: 'environment training is there', calls: [], adopts: { kind: 'environment', id: 'training' } },
      output: { environment: 'training' },
    });
    expect(await environmentRoom.stands?.(foresight(), made, spec)).toBe(true);
    const of = { environment: made, source };
    expect(await revisionRoom.foresee(foresight(), effect, of)).toMatchObject({
      why: 'the newest revision has another content',
      calls: [{ endpoint: dialect === 'v2' ? 'tags.create' : 'revisions.upload' }],
    });
    const added = await revision.perform(step(), of);
    expect(await revisionRoom.foresee(foresight(), effect, of)).toMatchObject({
      ...{ calls: [], adopts: { kind: 'revision', id: added.revisionId } },
      output: { revisionId: added.revisionId },
    });
    expect(await buildRoom.foresee(foresight(), effect, added)).toMatchObject({
      why: expect.stringMatching(/ is queued$/),
      adopts: { kind: 'build', id: added.buildId },
    });
    const built = await build.perform(step(), added);
    expect(await buildRoom.foresee(foresight(), effect, added)).toMatchObject({ output: built });
    expect(await buildRoom.stands?.(foresight(), built, added)).toBe(true);
  });

  it('a failed build stands no more: its content is sent again, or built once more for another generation', async () => {
    const made = await environment.perform(step(), spec);
    const of = { environment: made, source: { files: { 'requirements.txt': 'does-not-exist\n' } } };
    const added = await revision.perform(step(), of);
    await setting.pass(300);
    expect(await revisionRoom.stands?.(foresight(), added, of)).toBe(false);
    expect(await revisionRoom.foresee(foresight(), effect, of)).toMatchObject({
      calls: [{ endpoint: dialect === 'v2' ? 'tags.build' : 'revisions.upload' }],
    });
    expect(await buildRoom.foresee(foresight(), effect, added)).toMatchObject({
      dead: expect.stringContaining('No matching distribution found'),
    });
    const another = { ...effect, origin: { ...origin, generation: 2 } };
    expect(await buildRoom.foresee(foresight(), another, added)).toMatchObject({
      why: 'it is built once more',
      calls: [{ endpoint: dialect === 'v2' ? 'tags.rebuild' : 'revisions.rebuild' }],
    });
  });

  it('a live model and the facts of a run are said not to be there', async () => {
    const { effects } = step();
    const live = { connection: 'ubiops-test', project: 'iris', modelApi: 'iris' };
    await expect(effects.getLiveModel(live)).rejects.toMatchObject({ type: 'BASELINE_UNKNOWN' });
    const asked = { connection: 'ubiops-test', project: null, jobId: null, revisionId: null };
    const madeBy = { origins: [], step: 'train', generation: 1 };
    expect(await effects.getRunFacts({ ...asked, madeBy })).toMatchObject({
      job: { missing: 'the run has no job' },
    });
  });

  it('what an input names is looked up', async () => {
    const { effects } = step();
    const named = [
      { kind: 'project', field: 'project', value: 'iris' },
      { kind: 'environment', field: 'environment.base.environment', value: 'python3-12' },
      { kind: 'environment', field: 'revision.sourceEnvironment', value: 'nowhere' },
      { kind: 'hardware tier', field: 'tier', value: 'small' },
    ] as const;
    const findings = await effects.lookUp({ connection: 'ubiops-test', project: 'iris', named });
    expect(findings.map(({ verdict }) => verdict)).toEqual(['found', 'found', 'missing', 'unknown']);
  });
});
