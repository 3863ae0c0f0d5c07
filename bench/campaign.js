/**
 * A campaign over runs that a platform’s refusal has parked: `npm run bench -- campaign --runs 1000`. How long the dry
 * run and the replays take against the pace asked, and what each replayed run costs the platform.
 */
import { Client, Connection } from '@temporalio/client';
import { inParallel, quantile, withStage } from './stage.js';

const at = process.argv.indexOf('--runs');
const runs = at < 0 ? 1_000 : Number(process.argv[at + 1]);
const startsPerMinute = 120;
const projects = Array.from({ length: 20 }, (_, index) => `iris-${index}`);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const reason = 'the quota was raised';
const inputOf = (index) => ({
  connection: 'domino-dev',
  project: `ada/${projects[index % projects.length]}`,
  train: { command: 'python train.py' },
});

export const measureCampaign = () =>
  withStage({ speed: 2_000, projects }, async ({ client, simulator, temporal }) => {
    const connection = await Connection.connect({ address: temporal.address });
    try {
      await parkAll(client, simulator);
      const query = 'failure=QUOTA_EXCEEDED';
      const definition = { query, reason, pace: `${startsPerMinute}/minute`, limit: runs };
      const asked = { from: simulator.ledger().length, atMs: Date.now() };
      const { name } = await client.campaigns.create(definition);
      const planned = await reached(client, name, 'planned');
      const told = { from: simulator.ledger().length, atMs: Date.now() };
      await client.campaigns.steer(name, 'start', { reason });
      const ended = await reached(client, name, 'ended');
      const histories = await new Client({ connection }).workflow.count(`WorkflowId = 'campaign.${name}'`);
      return rowsOf({ asked, planned, told, ended, ledger: simulator.ledger(), histories: histories.count });
    } finally {
      await connection.close();
    }
  });

/** The platform refuses every job once. */
async function parkAll(client, { url }) {
  const body = { errors: ['Compute quota exceeded'] };
  const fault = { endpoint: 'jobs.start', kind: 'status', status: 403, times: runs, body };
  await fetch(new URL('/_simulator/faults', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(fault),
  });
  await inParallel(runs, 20, (index) =>
    client.start('train-and-deploy', inputOf(index), { key: `bench-${index}` }),
  );
  for (let parked = 0; parked < runs; await wait(1_000)) {
    parked = 0;
    for await (const _ of client.list({ status: 'parked' })) parked += 1;
  }
}

async function reached({ campaigns }, name, state) {
  for (;;) {
    const campaign = await campaigns.get(name);
    if (campaign.state === state) return campaign;
    if (campaign.state === 'ended') throw new Error(`${campaign.outcome}: ${campaign.conclusion}`);
    await wait(200);
  }
}

function rowsOf({ asked, planned, told, ended, ledger, histories }) {
  const plannedMs = told.atMs - asked.atMs;
  const starts = ended.runs.map(({ startedAt }) => Date.parse(startedAt)).sort((a, b) => a - b);
  const gaps = starts.slice(1).map((time, index) => time - starts[index]);
  const startingMs = starts.at(-1) - starts[0];
  const spacingMs = 60_000 / startsPerMinute;
  const created = ledger
    .slice(told.from)
    .flatMap(({ effects }) => effects.filter(({ change, kind }) => change === 'created' && kind === 'job'));
  const calls = (from, to) => ((to - from) / runs).toFixed(1);
  return [
    [
      `a campaign of ${runs} runs: planned / refused`,
      `${planned.dryRun.planned} / ${planned.dryRun.refused}`,
      `${runs} / 0`,
    ],
    ['dry run, s', (plannedMs / 1_000).toFixed(1), ''],
    ['platform calls of the dry run, per run', calls(asked.from, told.from), ''],
    ['runs that succeeded', ended.counts.succeeded ?? 0, runs],
    ['jobs created', created.length, runs],
    [
      `from the first start to the last at ${startsPerMinute}/minute, s`,
      (startingMs / 1_000).toFixed(1),
      ((runs - 1) * spacingMs) / 1_000,
    ],
    [
      'least / median time between two starts, ms',
      `${Math.min(...gaps)} / ${quantile(gaps, 0.5)}`,
      spacingMs,
    ],
    ['from `start` to the last verdict, s', ((Date.parse(ended.endedAt) - told.atMs) / 1_000).toFixed(1), ''],
    ['platform calls of replays, per run', calls(told.from, ledger.length), ''],
    ['histories that the campaign took', histories, ''],
  ];
}
