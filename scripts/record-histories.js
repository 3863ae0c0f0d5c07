/**
 * Records the golden histories of this version: one run for each outcome, against a real Temporal server.
 *
 * They are kept for ever and replayed by `test/replay`: a run that waits for days is continued by newer code. Run
 * it when a pipeline is new or changes what it does, with the version in package.json raised. Arguments name the
 * outcomes to record; without any, all are, anew.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { connectClient } from '../dist/client.js';
import { findTemporalCli } from '../dist/dev/temporal-cli.js';
import { startTemporal } from '../dist/dev/temporal-server.js';
import { searchAttributeNames } from '../dist/pipeline/search-attributes.js';
import { createSimulator } from '../dist/simulator/index.js';

const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const target = fileURLToPath(new URL(`../test/replay/histories/${version}/`, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'longhaul-histories-'));
const simulator = await createSimulator({ speed: 120, seed: 7 });
const temporal = await startTemporal({
  cliPath: await findTemporalCli({ say: console.error, env: process.env }),
  searchAttributes: searchAttributeNames,
  fastTimers: true,
});

/** Receives what runs tell: one of its paths accepts, the other wants no more. */
const receiver = createServer((request, response) =>
  response.writeHead(request.url === '/gone' ? 410 : 204).end(),
);
await once(receiver.listen(0, '127.0.0.1'), 'listening');
const targetAt = (path) => ({
  url: `http://127.0.0.1:${receiver.address().port}${path}`,
  secret: { env: 'SECRET' },
  internal: true,
});

const config = join(folder, 'longhaul.json');
const connections = {
  'domino-dev': { platform: 'domino', url: simulator.url, apiKey: { env: 'KEY' }, requestsPerSecond: 500 },
};
await writeFile(
  config,
  JSON.stringify({
    connections,
    waits: { firstLookMs: 100, lastLookMs: 500, settleMs: 200 },
    webhooks: { outgoing: { ops: targetAt('/ops'), gone: targetAt('/gone') } },
  }),
);
const worker = spawn(
  process.execPath,
  [fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)), 'worker'],
  {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      KEY: simulator.apiKey,
      SECRET: `whsec_${Buffer.alloc(32).toString('base64')}`,
      LONGHAUL_CONFIG: config,
      LONGHAUL_LOG_LEVEL: 'warn',
      LONGHAUL_HEALTH_ADDRESS: '127.0.0.1:0',
      LONGHAUL_METRICS_ADDRESS: '127.0.0.1:0',
      TEMPORAL_ADDRESS: temporal.address,
    },
  },
);

const input = {
  connection: 'domino-dev',
  project: 'ada/iris',
  environment: { name: 'iris-training', base: { image: 'registry.example/base:1' } },
  revision: { dockerfile: 'RUN pip install --no-cache-dir pandas==2.0.0' },
  train: { command: 'python train.py', hardwareTier: 'small-k8s' },
  gate: { conditions: ['accuracy >= 0.9', 'accuracy >= baseline'], baseline: 'live' },
  register: { model: 'iris' },
  deploy: { modelApi: 'iris-api' },
};
const quota = {
  endpoint: 'jobs.start',
  kind: 'status',
  status: 403,
  body: { errors: ['Compute quota exceeded'] },
};

const longhaul = await connectClient({ temporal: { connectionOptions: { address: temporal.address } } });
const start = async (key, change = {}, client = longhaul) =>
  (await client.start('train-and-deploy', { ...input, ...change }, { key })).runId;
const telling = await connectClient({
  temporal: { connectionOptions: { address: temporal.address } },
  receivers: {
    ops: {
      pipelines: ['*'],
      events: ['run.started', 'run.parked', 'run.resumed', 'run.succeeded', 'run.failed', 'run.cancelled'],
    },
    gone: { pipelines: ['*'], events: ['run.succeeded'] },
  },
});
const until = async (runId, status) => {
  while ((await longhaul.get(runId)).status !== status) await delay(100);
};
const refuse = () =>
  fetch(new URL('/_simulator/faults', simulator.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(quota),
  });

/** What says on which machine this was recorded. */
const withoutPlace = (key, value) => (key === 'identity' ? 'worker' : key === 'stackTrace' ? '' : value);

/** Each outcome, and how a run comes to it. */
const outcomes = {
  succeeded: () => start('succeeded'),
  reused: () => start('reused'),
  failed: () => start('failed', { train: { command: 'exit 3' }, cleanup: true }),
  refused: () => start('refused', { gate: { conditions: ['accuracy >= 0.99'] } }),
  parked: async () => {
    await refuse();
    const runId = await start('parked');
    await until(runId, 'parked');
    await longhaul.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'quota raised' });
    return runId;
  },
  aborted: async () => {
    await refuse();
    const runId = await start('aborted');
    await until(runId, 'parked');
    await longhaul.resolve(runId, { step: 'train', action: 'abort', actor: 'ada', reason: 'not worth it' });
    return runId;
  },
  cancelled: async () => {
    const runId = await start('cancelled', { revision: { dockerfile: 'RUN pip install numpy' } });
    await delay(400);
    await longhaul.cancel(runId, { reason: 'wrong data' });
    return runId;
  },
  'told-succeeded': async () => {
    await refuse();
    const runId = await start('told-succeeded', {}, telling);
    await until(runId, 'parked');
    await longhaul.resolve(runId, { step: 'train', action: 'retry', actor: 'ada', reason: 'quota raised' });
    return runId;
  },
  'told-failed': () => start('told-failed', { train: { command: 'exit 3' } }, telling),
  'told-cancelled': async () => {
    const runId = await start(
      'told-cancelled',
      { revision: { dockerfile: 'RUN pip install numpy' } },
      telling,
    );
    await delay(400);
    await longhaul.cancel(runId, { reason: 'wrong data' });
    return runId;
  },
};
const named = process.argv.slice(2);

/** The deliveries of the run that told of its success: one was accepted, one refused. */
async function* deliveries() {
  const wanted = { delivered: 'ops', failed: 'gone' };
  for (const [status, name] of Object.entries(wanted)) {
    const found = [];
    while (found.length === 0) {
      await delay(200);
      for await (const row of longhaul.deliveries({ status })) if (row.target === name) found.push(row);
    }
    yield { status, id: found[0].deliveryId };
  }
}

try {
  await mkdir(target, { recursive: true });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const keep = async (workflowId, name) => {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    const json = JSON.parse(historyToJSON(history), withoutPlace);
    await writeFile(join(target, `${name}.json`), `${JSON.stringify(json)}\n`);
    console.log(`${name}: ${history.events.length} events`);
  };
  const wanted = Object.entries(outcomes).filter(
    ([outcome]) => named.length === 0 || named.includes(outcome),
  );
  for (const [outcome, reach] of wanted) {
    const runId = await reach();
    await longhaul.wait(runId, { timeoutMs: 60_000 });
    await keep(runId, `train-and-deploy.${outcome}`);
    if (outcome !== 'told-succeeded') continue;
    for await (const { status, id } of deliveries()) await keep(id, `deliver-event.${status}`);
  }
  await connection.close();
} finally {
  await longhaul.close();
  await telling.close();
  receiver.close();
  const ended = once(worker, 'exit');
  worker.kill('SIGTERM');
  await ended;
  await temporal.stop();
  await simulator.close();
  await rm(folder, { recursive: true });
}
