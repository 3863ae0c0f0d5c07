/** The snapshot step with its effects, against the simulator over HTTP. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSnapshotActivities } from '../../../src/activities/domino/datasets/dataset-snapshots.js';
import { snapshot as room } from '../../../src/activities/domino/snapshot.js';
import { dominoActivities } from '../../../src/activities/domino/index.js';
import { createForesight } from '../../../src/activities/replay/foresight.js';
import type { DominoCalls } from '../../../src/steps/domino/effects.js';
import type { SnapshotOutput } from '../../../src/steps/domino/snapshots.js';
import type { Json } from '../../../src/run/steps.js';
import { type SnapshotStepSpec, snapshot } from '../../../src/steps/domino/snapshot.js';
import { type Performing, contextOf } from '../performing.js';
import { type Setting, openSetting } from '../retraining-stage.js';

const origin = { runId: 'x.y', firstAttemptId: 'a', step: 'snapshot', generation: 1 };
const spec: SnapshotStepSpec = { project: 'ada/iris', dataset: 'measurements', paths: ['.'] };
const target = { undo: 'sweepSnapshots', project: 'ada/iris', dataset: 'measurements' };

let setting: Setting;
let datasetId: string;
beforeEach(async () => {
  setting = await openSetting();
  const { body } = await setting.get('/api/datasetrw/v2/datasets');
  datasetId = (body as unknown as { datasets: { dataset: { id: string } }[] }).datasets[0]?.dataset.id ?? '';
});
afterEach(() => setting.close());

/** A model or a name that another run has: none here. */
const holds = { createAlone: <T>(_: unknown, _of: unknown, create: () => Promise<T>) => create() };
const activities = (): Partial<DominoCalls> => createSnapshotActivities(setting.deps, holds);
const between = () => setting.pass(5);

async function perform(more: Partial<Performing> = {}, of = spec) {
  const { step, said } = contextOf<DominoCalls>(activities(), { origin, between, ...more });
  return { output: await snapshot.perform(step, of), said };
}

const path = () => `/api/datasetrw/v1/datasets/${datasetId}`;
const taken = async () => (await setting.get(`${path()}/snapshots`)).body.snapshots.map(({ id }) => id);
const tags = async () => (await setting.get(path())).body.dataset.tags;
const takeByHand = async () =>
  (await setting.post(`${path()}/snapshots`, { relativeFilePaths: ['.'] })).body.snapshot.id;
const sweep = async (undoing: object) => {
  const { effects, effect } = contextOf<DominoCalls>(activities(), { origin, between }).step;
  return effects.sweepSnapshots({ ...effect, project: 'ada/iris', dataset: 'measurements', ...undoing });
};

describe('a snapshot', () => {
  it('is taken once, tagged with the marker of the step, and awaited until it is copied', async () => {
    const before = await takeByHand();
    const { output, said } = await perform();
    expect(output).toMatchObject({
      ...{ project: 'ada/iris', dataset: 'measurements', datasetId },
      created: true,
    });
    expect(await taken()).toEqual([before, output.snapshotId]);
    expect(await tags()).toEqual({ [Object.keys(await tags())[0] ?? '']: output.snapshotId });
    expect(Object.keys(await tags())).toEqual([expect.stringMatching(/^lh-[a-z2-7]{12}$/)]);
    expect((await setting.get(`/api/datasetrw/v1/snapshots/${output.snapshotId}`)).body.snapshot.status).toBe(
      'active',
    );
    expect(said.waitingFor).toEqual([`snapshot ${output.snapshotId} of measurements to be copied`]);
    expect(said.undo).toEqual([{ target }, { target, made: { id: output.snapshotId, parent: datasetId } }]);
  });

  it('is one of the project that its name means now, where that was archived and made anew', async () => {
    const known = activities();
    const take = (generation: number) => {
      const { step } = contextOf<DominoCalls>(known, { origin: { ...origin, generation }, between });
      return snapshot.perform(step, spec);
    };
    await take(1);
    const { simulator, projectId } = setting;
    const headers = { 'x-domino-api-key': simulator.apiKey };
    const old = new URL(`/api/projects/beta/projects/${await projectId()}`, simulator.url);
    expect((await fetch(old, { method: 'DELETE', headers })).status).toBe(200);
    const anew = { name: 'iris', description: '', visibility: 'Private' };
    await setting.post('/api/projects/beta/projects', anew);
    const data = { name: 'measurements', description: '', projectId: await projectId() };
    const { body } = await setting.post('/api/datasetrw/v1/datasets', data);
    await delay(2 * setting.deps.waits.settleMs);
    expect((await take(2)).datasetId).toBe((body as unknown as { dataset: { id: string } }).dataset.id);
  });

  it.each(['lose-answer', 'truncate'])('is adopted where its answer is lost: %s', async (kind) => {
    const before = await takeByHand();
    await setting.inject({ endpoint: 'datasets.createSnapshot', kind });
    const { output, said } = await perform();
    expect(await taken()).toEqual([before, output.snapshotId]);
    expect(output.inDoubt).toBe(true);
    expect(said.undo.at(-1)).toMatchObject({ made: { id: output.snapshotId }, doubt: 'perhaps' });
  });

  it('is adopted by another worker where its worker dies after the platform has taken it', async () => {
    const begin = (firstTry: number) => {
      const { effects, effect } = contextOf<DominoCalls>(activities(), { origin, between, firstTry }).step;
      return effects.ensureSnapshot({ ...effect, ...spec, newest: null });
    };
    const unread = await begin(1);
    expect(await begin(2)).toEqual({ ...unread, inDoubt: true });
    expect(await taken()).toEqual([unread.snapshotId]);
  });

  it('is adopted also where it is the first of its dataset', async () => {
    await setting.inject({ endpoint: 'datasets.createSnapshot', kind: 'lose-answer' });
    const { output } = await perform();
    expect(await taken()).toEqual([output.snapshotId]);
  });

  it('is taken again where its request was lost, and none that another effect has taken meanwhile', async () => {
    await setting.inject({ endpoint: 'datasets.createSnapshot', kind: 'lose-request' });
    let theirs: string | undefined;
    const { output } = await perform({
      between: async () => {
        await between();
        if (theirs !== undefined) return;
        theirs = await takeByHand();
        await setting.post(`${path()}/tags`, { snapshotId: theirs, tagName: 'lh-another' });
      },
    });
    expect(await taken()).toEqual([theirs, output.snapshotId]);
  });

  it('is none that another step has taken meanwhile, and tags only when it was seen', async () => {
    await setting.inject({ endpoint: 'datasets.createSnapshot', kind: 'lose-request' });
    let theirs: string | undefined;
    const { output } = await perform({
      between: async () => {
        await between();
        if (theirs !== undefined) return;
        const taken = await takeByHand();
        theirs = taken;
        const tag = { snapshotId: taken, tagName: 'lh-another' };
        setTimeout(() => void setting.post(`${path()}/tags`, tag), setting.deps.waits.settleMs / 2);
      },
    });
    expect(await taken()).toEqual([theirs, output.snapshotId]);
  });

  it('is none that somebody else has taken meanwhile', async () => {
    const theirs = await takeByHand();
    const { body } = await setting.get(`${path()}/snapshots`);
    const snapshots = body.snapshots.map((one) => ({ ...one, creatorId: 'somebody else' }));
    const page = { snapshots, metadata: { offset: 0, limit: 100, totalCount: 1 } };
    await setting.inject({ endpoint: 'datasets.createSnapshot', kind: 'lose-request' });
    const answer = { endpoint: 'datasets.listSnapshots', kind: 'status', status: 200, body: page };
    // The newest is asked for before anything is sent; from then on, theirs is in the list.
    await setting.inject({ ...answer, occurrence: 2, times: 10 });
    const empty = { ...page, snapshots: [] };
    await setting.inject({ endpoint: 'datasets.listSnapshots', kind: 'status', status: 200, body: empty });
    const { output } = await perform();
    expect(output.snapshotId).not.toBe(theirs);
  });

  it('is found again by its tag by an attempt that does not know what was there before', async () => {
    const { output } = await perform();
    const later = await perform({ begunBefore: true });
    expect(later.output).toEqual({ ...output, inDoubt: true });
    expect(await taken()).toEqual([output.snapshotId]);
  });

  it('that is not tagged is none of such an attempt: its data may be old', async () => {
    const old = await takeByHand();
    const { output } = await perform({ begunBefore: true });
    expect(await taken()).toEqual([old, output.snapshotId]);
  });

  it('of another generation is another one', async () => {
    const { output } = await perform();
    const again = await perform({ origin: { ...origin, generation: 2 }, begunBefore: true });
    expect(await taken()).toEqual([output.snapshotId, again.output.snapshotId]);
  });

  it('parks the step where it is not copied to the end', async () => {
    const status = { id: 's', datasetId, createdAt: '2026-11-21T03:00:00Z', status: 'failed' };
    const body = { snapshot: status, metadata: {} };
    await setting.inject({ endpoint: 'datasets.getSnapshot', kind: 'status', status: 200, body });
    await expect(perform()).rejects.toMatchObject({ type: 'SNAPSHOT_FAILED' });
  });

  it('waits for a person where its dataset, which was there, is not found any more', async () => {
    const gone = { kind: 'status', status: 404, body: { error: 'no such thing' }, times: 100_000 };
    await setting.inject({ ...gone, endpoint: 'datasets.listSnapshots' });
    await expect(perform()).rejects.toMatchObject({ type: 'OBJECT_MISSING' });
  });

  it('fails the step where the project has no such dataset', async () => {
    await expect(perform({}, { ...spec, dataset: 'nosuch' })).rejects.toMatchObject({
      type: 'NOT_FOUND',
      message: expect.stringContaining('has no dataset "nosuch"'),
    });
    expect(await taken()).toEqual([]);
  });
});

describe('undoing a snapshot', () => {
  const reason = expect.stringContaining('no request that deletes a snapshot');

  it('takes its tag from it and lists it, for nothing deletes one', async () => {
    const { output } = await perform();
    const made = { id: output.snapshotId, parent: datasetId };
    const listed = {
      undone: [],
      leftBehind: [{ kind: 'snapshot', id: output.snapshotId, lasting: true, reason }],
    };
    expect(await sweep({ made })).toEqual(listed);
    expect(await tags()).toEqual({});
    expect(await sweep({ made })).toEqual(listed);
  });

  it('finds it by its tag where nobody knows its id', async () => {
    const { output } = await perform();
    expect((await sweep({})).leftBehind).toMatchObject([{ id: output.snapshotId }]);
  });

  it('keeps the one that was adopted, and lists what may be beside it', async () => {
    const { output } = await perform();
    const late = await takeByHand();
    const kept = await sweep({ made: { id: output.snapshotId, parent: datasetId }, keep: true });
    expect(kept.leftBehind).toEqual([{ kind: 'snapshot', id: late, lasting: true, reason }]);
    expect(Object.values(await tags())).toEqual([output.snapshotId]);
  });

  it('is asked for with its output where the run has taken it', () => {
    const output = { ...spec, datasetId, snapshotId: 's', created: true, createdAt: '' };
    const made = { id: 's', parent: datasetId };
    expect(snapshot.lasting?.(output)).toEqual({ target, made });
    expect(snapshot.lasting?.({ ...output, created: false })).toBeNull();
    expect(snapshot.leaves?.twin?.(output, spec, { cleanup: false })).toEqual({ target, made });
    expect(snapshot.leaves?.unfinished?.(spec, { cleanup: false })).toEqual([]);
    expect(snapshot.leaves?.unfinished?.(spec, { cleanup: true })).toEqual([{ target }]);
  });
});

describe('the plan of a snapshot', () => {
  const effect = { connection: 'domino-test', origin, begunBefore: true };
  const plan = () => room.foresee(createForesight(dominoActivities, setting.deps), effect, spec);
  const stands = (output: Json) =>
    room.stands?.(createForesight(dominoActivities, setting.deps), output as SnapshotOutput, spec); // of that step

  it('takes one, or adopts the one that carries its tag', async () => {
    expect(await plan()).toEqual({
      why: 'no snapshot carries its tag',
      calls: [{ endpoint: 'datasets.createSnapshot', on: 'dataset measurements' }],
    });
    const { output } = await perform();
    const { snapshotId: id } = output;
    expect(await plan()).toMatchObject({
      calls: [],
      adopts: { kind: 'snapshot', id },
      output: { snapshotId: id },
    });
    expect(await stands(output)).toBe(true);
    expect(await stands({ ...output, snapshotId: 'gone' })).toBe(false);
  });
});
