/**
 * Makes alerts fire: a Temporal server, simulators, workers, a server and Prometheus, and one trouble after the other.
 *
 * The rules are those of `deploy/prometheus/rules`, with times of seconds in place of minutes. Prints which alerts were seen
 * firing, and exits with 1 if one that is provoked was not. `PROMETHEUS` says where Prometheus is.
 */
import { createServer } from 'node:http';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { connectClient } from '../dist/client.js';
import { startChild } from '../dist/dev/child.js';
import { freePort } from '../dist/dev/ports.js';
import { findTemporalCli } from '../dist/dev/temporal-cli.js';
import { startTemporal } from '../dist/dev/temporal-server.js';
import { searchAttributes } from '../dist/run/search-attributes.js';
import { createSimulator } from '../dist/simulator/index.js';
import { startServer } from './server-stage.js';
import { startWorker } from './stage.js';

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const rules = new URL('../deploy/prometheus/rules/', import.meta.url);
const everyS = 2;
const withinMs = 240_000;

/** What is provoked, and by what. */
const provoked = {
  LonghaulRunsParked: 'a platform that refuses a job for its quota',
  LonghaulRunsFailing: 'three jobs that fail',
  LonghaulCredentialRefused: 'a connection with a wrong key',
  LonghaulConnectionThrottled: 'a platform that asks to be sent nothing for ten minutes',
  LonghaulPlatformFailing: 'a platform at whose address nobody listens',
  LonghaulDeliveriesFailing: 'a receiver that answers 500',
  LonghaulDeliveriesGivenUp: 'a receiver that answers 410',
  LonghaulNoWorker: 'a connection for which no worker was started',
  LonghaulQueueBehind: 'a run on that connection',
  LonghaulWorkflowTasksSlow: 'runs that are started while no worker runs workflows',
  LonghaulProcessDown: 'a worker that is killed',
  LonghaulTemporalUnreachable: 'a Temporal that is stopped at last',
  LonghaulHttpFailing: 'requests to the HTTP API meanwhile',
};

/** The rules, in seconds: `for` and the ranges of queries. */
async function quickRules() {
  const groups = [];
  for (const file of await readdir(rules))
    groups.push(...parse(await readFile(new URL(file, rules), 'utf8')).groups);
  for (const { rules: own } of groups)
    for (const rule of own) {
      if (rule.for !== undefined) rule.for = `${everyS}s`;
      rule.expr = rule.expr.replaceAll(/\[\d+[mhd]\]/g, '[20s]');
    }
  return { groups };
}

const connection = (url, more = {}) => ({
  platform: 'domino',
  url,
  apiKey: { env: 'KEY' },
  requestsPerSecond: 500,
  requestTimeoutMs: 2_000,
  ...more,
});

const receiver = (url) => ({
  url,
  internal: true,
  secret: { env: 'HOOK' },
  events: ['run.started', 'run.parked', 'run.failed'],
});

/** A receiver of events that answers so. */
async function startReceiver(status) {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

async function startPrometheus(folder, targets) {
  const port = await freePort();
  await writeFile(join(folder, 'rules.yml'), stringify(await quickRules()));
  const scrape_configs = Object.entries(targets).map(([job, own]) => ({
    job_name: job,
    static_configs: [{ targets: own }],
  }));
  const config = {
    global: { scrape_interval: `${everyS}s`, evaluation_interval: `${everyS}s` },
    rule_files: ['rules.yml'],
    scrape_configs,
  };
  await writeFile(join(folder, 'prometheus.yml'), stringify(config));
  const args = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const child = await startChild(process.env.PROMETHEUS ?? 'prometheus', args, {
    env: process.env,
    orphan: 'guard',
  });
  const firing = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/alerts`).catch(() => null);
    const { data } = (await answer?.json()) ?? { data: { alerts: [] } };
    return data.alerts.filter(({ state }) => state === 'firing');
  };
  return { firing, stop: () => child.stop(5_000) };
}

const seen = new Map();

/** Looks until all of these were seen firing, or time is over. */
async function awaitFiring(prometheus, names, meanwhile = async () => undefined) {
  const endMs = Date.now() + withinMs;
  while (names.some((name) => !seen.has(name)) && Date.now() < endMs) {
    for (const { labels, annotations } of await prometheus.firing())
      if (!seen.has(labels.alertname)) {
        seen.set(labels.alertname, annotations.summary);
        console.log(`firing  ${labels.alertname}: ${annotations.summary}`);
      }
    await meanwhile();
    await delay(500);
  }
}

const closers = [];
const opened = (thing, close) => {
  closers.unshift(close);
  return thing;
};
try {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-alerts-'));
  closers.unshift(() => rm(folder, { recursive: true, force: true }));
  const startSimulated = async () => {
    const simulator = await createSimulator({ speed: 120, seed: 7, apiKey: 'alerts-key' });
    return opened(simulator, () => simulator.close());
  };
  const [good, busy] = [await startSimulated(), await startSimulated()];
  const inject = (simulator, fault) =>
    fetch(new URL('/_simulator/faults', simulator.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-domino-api-key': simulator.apiKey },
      body: JSON.stringify(fault),
    });
  const [failing, gone] = [await startReceiver(500), await startReceiver(410)];
  closers.unshift(failing.close, gone.close);
  const temporal = await startTemporal({
    cliPath: await findTemporalCli({ env: process.env, say: console.error }),
    searchAttributes,
    fastTimers: true,
  });
  closers.unshift(() => temporal.stop());
  const config = join(folder, 'longhaul.json');
  const connections = {
    good: connection(good.url),
    busy: connection(busy.url),
    refused: connection(good.url, { apiKey: { env: 'WRONG' } }),
    down: connection(`http://127.0.0.1:${await freePort()}`),
    unserved: connection(good.url),
  };
  const webhooks = {
    firstRetryMs: 1_000,
    outgoing: { failing: receiver(failing.url), gone: receiver(gone.url) },
  };
  const waits = { firstLookMs: 100, lastLookMs: 500, settleMs: 200, patienceMs: 1_000 };
  await writeFile(config, JSON.stringify({ connections, waits, webhooks }));
  const env = {
    ...{ KEY: good.apiKey, WRONG: 'wrong', HOOK: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
    ...{ LONGHAUL_CONFIG: config, LONGHAUL_AUDIT_DIRECTORY: join(folder, 'audit') },
    TEMPORAL_ADDRESS: temporal.address,
  };
  const work = async (args, port) => {
    const metrics = `127.0.0.1:${port ?? (await freePort())}`;
    const own = { LONGHAUL_HEALTH_ADDRESS: '127.0.0.1:0', LONGHAUL_METRICS_ADDRESS: metrics };
    const worker = await startWorker([cli, 'worker', ...args], { ...env, ...own });
    closers.unshift(worker.kill);
    return { ...worker, metrics };
  };
  const activities = await work(['--roles', 'activities', '--connections', 'good,busy,refused,down']);
  const deliveries = await work(['--roles', 'webhooks']);
  const pipelines = await work(['--roles', 'pipelines']);
  const server = await startServer([], env);
  closers.unshift(server.stop);
  const client = await connectClient({
    temporal: { connectionOptions: { address: temporal.address } },
    receivers: Object.fromEntries(
      Object.entries(webhooks.outgoing).map(([name, { events }]) => [name, { events, pipelines: ['*'] }]),
    ),
  });
  closers.unshift(() => client.close());

  await inject(good, {
    ...{ endpoint: 'jobs.start', kind: 'status', status: 403, times: 1 },
    body: { errors: ['Compute quota exceeded'], requestId: 'r-1' },
  });
  await inject(busy, {
    ...{ endpoint: '*', kind: 'status', status: 429, times: 1_000 },
    headers: { 'retry-after': '600' },
  });
  const start = (at, key, command = 'python train.py') =>
    client.start('train-and-deploy', { connection: at, project: 'ada/iris', train: { command } }, { key });
  await start('good', 'parked');
  const prometheus = await startPrometheus(folder, {
    'longhaul-worker': [activities.metrics, deliveries.metrics, pipelines.metrics],
    'longhaul-server': [new URL(server.url).host],
  });
  closers.unshift(prometheus.stop);
  await delay(3 * everyS * 1_000); // all are read before they do more
  await pipelines.kill();
  for (const at of ['busy', 'refused', 'down', 'unserved']) await start(at, at);
  await delay(12_000); // longer than a workflow task may wait
  await work(['--roles', 'pipelines'], Number(pipelines.metrics.split(':')[1]));

  let [round, failed] = [0, 0];
  await awaitFiring(
    prometheus,
    Object.keys(provoked).filter((name) => !/ProcessDown|TemporalUnreachable|HttpFailing/.test(name)),
    async () => {
      round += 1;
      if (round % 4 === 0 && !seen.has('LonghaulRunsFailing'))
        await start('good', `fails-${(failed += 1)}`, 'exit 1');
    },
  );
  await deliveries.kill();
  await awaitFiring(prometheus, ['LonghaulProcessDown']);
  process.kill(temporal.pid, 'SIGSTOP');
  try {
    await awaitFiring(prometheus, ['LonghaulTemporalUnreachable', 'LonghaulHttpFailing'], async () => {
      await fetch(`${server.url}/v1/runs`).catch(() => undefined);
    });
  } finally {
    process.kill(temporal.pid, 'SIGCONT');
  }
} finally {
  for (const close of closers) await close();
}
const missing = Object.entries(provoked).filter(([name]) => !seen.has(name));
console.log(`${seen.size} alerts were seen firing; ${Object.keys(provoked).length} are provoked`);
for (const [name, by] of missing) console.log(`not seen  ${name}: ${by}`);
process.exitCode = missing.length === 0 ? 0 : 1;
