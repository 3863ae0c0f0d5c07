/** Campaigns over runs of which some are steps of others. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CampaignDefinition, PipelineDocument, Run } from '../../src/client.js';
import { hasEnded, standing, untilCampaign } from '../support/campaigns.js';
import { documentIn } from '../support/documents.js';
import { eventually } from '../support/eventually.js';
import { created } from '../support/ledger.js';
import { type Stage, createStage, until } from '../support/stage.js';

let stage: Stage;
beforeEach(async () => {
  stage = await createStage();
  await stage.startWorker();
});
afterEach(() => stage.close());

const by = { actor: 'ada', reason: 'looked at it' };
const train = { uses: 'job', with: { project: 'ada/iris', command: 'python train.py' } };
const runs = (pipeline: string, more: object = {}) => ({
  child: { uses: 'pipeline', with: { pipeline }, ...more },
});
const written = (pipeline: string, steps: object, ...children: PipelineDocument[]): PipelineDocument =>
  documentIn(
    JSON.stringify({ longhaul: 'pipeline/v1', pipeline, connection: stage.connection, steps }),
    ...children,
  );

const refuseJobs = (times: number) =>
  stage.inject({
    ...{ endpoint: 'jobs.start', kind: 'status', status: 403, times },
    body: { errors: ['Compute quota exceeded'] },
  });
const end = (runId: string) => stage.client.wait(runId, { timeoutMs: 90_000 });
const parked = (runId: string) => until(stage.client, runId, ({ status }) => status === 'parked');
const abort = (runId: string) => stage.client.resolve(runId, { ...by, step: 'train', action: 'abort' });
const start = async (document: PipelineDocument) =>
  (await stage.client.startPipeline(document, {}, { key: 'a' })).runId;

/** The run that the step `child` has started, once there is one. */
async function childOf(runId: string): Promise<string> {
  const childIn = ({ steps }: Run) => steps.find(({ name }) => name === 'child')?.references[0]?.id;
  return childIn(await until(stage.client, runId, (run) => childIn(run) !== undefined)) ?? '';
}

/** Lists follow what happens with a delay. */
const listed = (status: 'failed' | 'parked', count: number) =>
  eventually(async () => {
    const runIds: string[] = [];
    for await (const { runId } of stage.client.list({ status, latest: true })) runIds.push(runId);
    return runIds.length === count;
  });

async function planned(query: string): Promise<{ runIds: string[]; leftOut: number | undefined }> {
  const definition: CampaignDefinition = { query, pace: '100/second', reason: 'mended' };
  await stage.client.campaigns.create(definition, { name: 'mend' });
  const campaign = await untilCampaign(stage, 'mend', ({ state }) => state === 'planned');
  return { runIds: Object.keys(standing(campaign)).sort(), leftOut: campaign.leftOut };
}

describe('a campaign over runs of which some are steps of others', () => {
  it('leaves out what the replay of another one goes on with, and says how many those are', async () => {
    await refuseJobs(1);
    const inner = written('inner', { train });
    const middle = written('middle', runs('inner'), inner);
    const outer = await start(written('outer', runs('middle'), middle, inner));
    const child = await childOf(outer);
    const grandchild = await childOf(child);
    await parked(grandchild);
    await abort(grandchild);
    expect((await end(outer)).status).toBe('failed');
    await listed('failed', 3);
    expect(await planned('status=failed')).toEqual({ runIds: [outer], leftOut: 2 });

    await stage.client.campaigns.steer('mend', 'start', { reason: 'go' });
    const ended = await untilCampaign(stage, 'mend', hasEnded);
    expect(ended).toMatchObject({ counts: { succeeded: 1 }, leftOut: 2 });
    for (const runId of [outer, child, grandchild]) expect((await end(runId)).status).toBe('succeeded');
    expect(created(stage.simulator, 'job')).toHaveLength(1);
  });

  it('takes those of which no chosen run is the parent, and a fork of one', async () => {
    await refuseJobs(2);
    const inner = written('inner', { train });
    const failed = await start(written('failed', runs('inner'), inner));
    const child = await childOf(failed);
    await parked(child);
    const { hash: plan } = await stage.client.replays.plan({ runId: child, forkTo: 'fork' });
    const replaying = { plan, by: 'ada', reason: 'another one' };
    await stage.client.replays.apply({ runId: child, forkTo: 'fork' }, replaying);
    await parked('inner.fork');
    for (const runId of [child, 'inner.fork']) await abort(runId);
    await refuseJobs(1);
    const well = await start(written('well', runs('inner', { onFailure: 'continue' }), inner));
    const other = await childOf(well);
    await parked(other);
    await abort(other);
    expect([(await end(failed)).status, (await end(well)).status]).toEqual(['failed', 'succeeded']);
    await listed('failed', 4);
    expect(await planned('status=failed')).toEqual({
      runIds: [failed, 'inner.fork', other].sort(),
      leftOut: 1,
    });
  });

  it('takes one that is parked, also where its parent is: its replay takes that over as it is', async () => {
    await refuseJobs(2);
    const inner = written('inner', { train });
    const outer = await start(written('outer', { ...runs('inner'), train }, inner));
    const child = await childOf(outer);
    await parked(child);
    await listed('parked', 2);
    expect(await planned('status=parked')).toEqual({ runIds: [child, outer].sort(), leftOut: undefined });
  });
});
