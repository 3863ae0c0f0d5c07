/** Runs that stand badly, and waiting for what a campaign comes to. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Campaign } from '../../src/client.js';
import { type Stage, until } from './stage.js';

const inputOf = (stage: Stage, command: string) => ({
  connection: stage.connection,
  project: 'ada/iris',
  train: { command },
});

/** Runs whose command fails, and fails again whenever it is run. */
export async function hopelessRuns(stage: Stage, keys: readonly string[]): Promise<string[]> {
  const runIds = await Promise.all(keys.map((key) => started(stage, key, 'exit 3')));
  for (const runId of runIds) await stage.client.wait(runId, { timeoutMs: 90_000 });
  await untilListed(stage, 'JOB_FAILED', keys.length);
  return runIds;
}

/** Runs that are parked because the platform refused their jobs, which it does no longer. */
export async function parkedRuns(stage: Stage, keys: readonly string[]): Promise<string[]> {
  await stage.inject({
    endpoint: 'jobs.start',
    kind: 'status',
    status: 403,
    times: keys.length,
    body: { errors: ['Compute quota exceeded'] },
  });
  const runIds: string[] = [];
  for (const key of keys) runIds.push(await started(stage, key, 'python train.py'));
  for (const runId of runIds) await until(stage.client, runId, ({ status }) => status === 'parked');
  await untilListed(stage, 'QUOTA_EXCEEDED', keys.length);
  return runIds;
}

async function started(stage: Stage, key: string, command: string): Promise<string> {
  return (await stage.client.start('train-and-deploy', inputOf(stage, command), { key })).runId;
}

/** Lists follow what happens with a delay of a second or so. */
async function untilListed({ client }: Stage, failure: string, count: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    let seen = 0;
    for await (const run of client.list({ failure, latest: true })) seen += Number(run.failure === failure);
    if (seen >= count) return;
    await delay(100);
  }
  throw new Error(`${count} runs with ${failure} are not listed`);
}

/** Waits until the campaign is as wanted, and says how it stood when it does not come to that. */
export async function untilCampaign(
  { client }: Stage,
  name: string,
  wanted: (campaign: Campaign) => boolean,
  timeoutMs = 45_000,
): Promise<Campaign> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const campaign = await client.campaigns.get(name);
    if (wanted(campaign)) return campaign;
    if (campaign.state === 'ended' || Date.now() > endMs)
      throw new Error(`the campaign stands at ${JSON.stringify(campaign, null, 1)}`);
    await delay(100);
  }
}

export const hasEnded = ({ state }: Campaign): boolean => state === 'ended';

/** How each run stands, by run id. */
export const standing = ({ runs }: Campaign): Record<string, string> =>
  Object.fromEntries(runs.map(({ runId, state }) => [runId, state]));
