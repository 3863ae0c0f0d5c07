/**
 * Makes each alert fire: a Temporal server, simulators, workers, a server and Prometheus, and one trouble after the other, no
 * larger than the alert's entry in the runbook says.
 *
 * The rules are those of `deploy/prometheus/rules`; only `for` and the ranges of rates are shorter. Before the last troubles it asks
 * what each panel of the dashboard asks. Prints which alerts were seen firing and which panels show nothing, and exits with 1 if an
 * alert was not seen or a panel is empty. `PROMETHEUS` says where Prometheus is.
 */
import { createServer } from 'node:http';
import { cp, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
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

const root = new URL('../', import.meta.url);
const cli = fileURLToPath(new URL('dist/cli/main.js', root));
const rules = new URL('../deploy/prometheus/rules/', import.meta.url);
const everyS = 2;
const withinMs = 240_000;

/** What is provoked, and by what. */
const provoked = {
  LonghaulRunsParked: 'a platform that refuses a job for its quota',
  LonghaulRunsFailing: 'three jobs that fail',
  LonghaulApprovalsWaiting: 'a retraining that waits for a person',
  LonghaulTicksUndecided: 'two ticks of a schedule whose probe nobody answers',
  LonghaulWaitsNotSeen: 'a platform whose jobs cannot be read while one is awaited',
  LonghaulEndsSeenLate: 'the end of this job, once it can be read',
  LonghaulCodeDiverges: 'workflow code that calls an activity by another name',
  LonghaulCredentialRefused: 'a connection with a wrong key',
  LonghaulConnectionThrottled: 'a platform that asks to be sent nothing for ten minutes',
  LonghaulPlatformFailing: 'a platform at whose address nobody listens',
  LonghaulDeliveriesFailing: 'a receiver that answers 500',
  LonghaulDeliveriesGivenUp: 'a receiver that answers 410',
  LonghaulNoWorker: 'a connection for which no worker was started',
  LonghaulQueueBehind: 'runs on that connection',
  LonghaulWorkflowTasksSlow: 'runs that are started while no worker runs workflows',
  LonghaulProcessDown: 'a worker that is killed',
  LonghaulTemporalUnreachable: 'a Temporal that is stopped at last',
  LonghaulHttpFailing: 'requests to the HTTP API meanwhile',
  LonghaulNoServer: 'a server that is gone, with its address',
};
/** Those of the last troubles. The others come at once. */
const atLast = [
  'CodeDiverges',
  'EndsSeenLate',
  'ProcessDown',
  'TemporalUnreachable',
  'HttpFailing',
  'NoServer',
];

/** The rules with short times: `for`, and the ranges of rates, which say what happens every second. Thresholds are as they are. */
async function quickRules() {
  const groups = [];
  for (const file of await readdir(rules))
    groups.push(...parse(await readFile(new URL(file, rules), 'utf8')).groups);
  for (const { rules: own } of groups)
    for (const rule of own) {
      if (rule.for !== undefined) rule.for = `${everyS}s`;
      rule.expr = rule.expr.replaceAll(/(\brate\([^[]*)\[\d+[mhd]\]/g, '$1[1m]');
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

const receiver = (url, events) => ({ url, internal: true, secret: { env: 'HOOK' }, events });

/** A world in which a job takes some seconds, and that of slow.py a day. */
const shortJobs = {
  user: 'ada',
  projects: [{ owner: 'ada', name: 'iris' }],
  environments: [{ name: 'Domino Standard Environment', image: 'registry.example/base:1', default: true }],
  hardwareTiers: [{ id: 'small-k8s', default: true }],
  durations: { queue: [5, 5], job: [10, 10] },
  jobs: [{ command: 'slow', status: 'Succeeded', minutes: 1440 }],
};

/** Until so many jobs of this platform were started. */
async function awaitJobs(simulator, count) {
  const starts = () => simulator.ledger().filter(({ endpoint }) => endpoint === 'jobs.start').length;
  while (starts() < count) await delay(100);
}

/** The input of a retraining of this model. */
const retraining = (model, when, more) => ({
  ...{ connection: 'good', project: 'ada/iris', when: { all: [when] }, ...more },
  environment: { name: 'iris-training', base: { image: 'registry.example/base:1' } },
  train: { command: 'python train.py' },
  register: { model },
  deploy: { modelApi: model },
});

/** The installation once more, with workflow code that does something other than what histories say. */
async function copyInstallation(folder) {
  for (const part of ['dist', 'package.json'])
    await cp(new URL(part, root), join(folder, part), { recursive: true });
  await symlink(new URL('node_modules', root), join(folder, 'node_modules'));
  const bundle = join(folder, 'dist/workflow-bundle.js');
  await writeFile(bundle, (await readFile(bundle, 'utf8')).replaceAll(/\bensureJob\b/g, 'ensureOtherJob'));
  return join(folder, 'dist/cli/main.js');
}

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
  const listTargets = (job, own) =>
    writeFile(join(folder, `${job}.json`), JSON.stringify([{ targets: own }]));
  for (const [job, own] of Object.entries(targets)) await listTargets(job, own);
  const scrape_configs = Object.keys(targets).map((job) => ({
    job_name: job,
    file_sd_configs: [{ files: [`${job}.json`], refresh_interval: `${everyS}s` }],
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
  const ask = async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => null);
    return (await answer?.json())?.data;
  };
  const firing = async () => ((await ask('alerts'))?.alerts ?? []).filter(({ state }) => state === 'firing');
  /** The labels of each series that a query gives. */
  const query = async (expr) =>
    ((await ask(`query?query=${encodeURIComponent(expr)}`))?.result ?? []).map(({ metric }) => metric);
  return { firing, query, listTargets, stop: () => child.stop(5_000) };
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

/** What the dashboard asks for that nothing tells, or that has no label of the legend. */
async function emptyPanels({ query }) {
  const { panels } = JSON.parse(
    await readFile(new URL('deploy/grafana/dashboards/longhaul.json', root), 'utf8'),
  );
  const empty = [];
  for (const { title, targets = [] } of panels)
    for (const { expr, legendFormat = '' } of targets) {
      const filled = expr.replaceAll(/\$(pipeline|connection)\b/g, '.*').replaceAll('$__rate_interval', '5m');
      const series = await query(filled);
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      const lacking = named.filter((label) => !series.some((labels) => labels[label] !== undefined));
      if (series.length === 0) empty.push(`${title}: nothing for ${expr}`);
      else if (lacking.length > 0) empty.push(`${title}: no label ${lacking.join(', ')} in ${expr}`);
    }
  return empty;
}

const empty = [];
const closers = [];
const opened = (thing, close) => {
  closers.unshift(close);
  return thing;
};
try {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-alerts-'));
  closers.unshift(() => rm(folder, { recursive: true, force: true }));
  const startSimulated = async (more) => {
    const simulator = await createSimulator({ speed: 120, seed: 7, apiKey: 'alerts-key', ...more });
    return opened(simulator, () => simulator.close());
  };
  const [good, busy] = [await startSimulated(), await startSimulated()];
  // The time at which it says that a job has ended is the time of this machine.
  const blind = await startSimulated({ speed: 1, world: shortJobs });
  const inject = (simulator, fault) =>
    fetch(new URL('/_simulator/faults', simulator.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-domino-api-key': simulator.apiKey },
      body: JSON.stringify(fault),
    });
  const heal = (simulator) =>
    fetch(new URL('/_simulator/faults', simulator.url), {
      method: 'DELETE',
      headers: { 'x-domino-api-key': simulator.apiKey },
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
    blind: connection(blind.url),
  };
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const webhooks = {
    firstRetryMs: 1_000,
    outgoing: {
      failing: receiver(failing.url, ['run.started', 'run.failed']),
      gone: receiver(gone.url, ['run.parked']),
    },
  };
  const probes = { drift: { url: nobody, internal: true } };
  const waits = { firstLookMs: 100, lastLookMs: 500, settleMs: 200, patienceMs: 1_000 };
  await writeFile(config, JSON.stringify({ connections, waits, webhooks, probes }));
  const env = {
    ...{ KEY: good.apiKey, WRONG: 'wrong', HOOK: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
    ...{ LONGHAUL_CONFIG: config, LONGHAUL_AUDIT_DIRECTORY: join(folder, 'audit') },
    TEMPORAL_ADDRESS: temporal.address,
  };
  const work = async (args, { at: metrics, main = cli } = {}) => {
    metrics ??= `127.0.0.1:${await freePort()}`;
    const own = { LONGHAUL_HEALTH_ADDRESS: '127.0.0.1:0', LONGHAUL_METRICS_ADDRESS: metrics };
    const worker = await startWorker([main, 'worker', ...args], { ...env, ...own });
    closers.unshift(worker.kill);
    return { ...worker, metrics };
  };
  const activities = await work(['--roles', 'activities', '--connections', 'good,busy,refused,down,blind']);
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
  const inputAt = (at, command) => ({ connection: at, project: 'ada/iris', train: { command } });
  const start = (at, key, command = 'python train.py') =>
    client.start('train-and-deploy', inputAt(at, command), { key });
  const { runId: parked } = await start('good', 'parked');
  const prometheus = await startPrometheus(folder, {
    'longhaul-worker': [activities.metrics, deliveries.metrics, pipelines.metrics],
    'longhaul-server': [new URL(server.url).host],
  });
  closers.unshift(prometheus.stop);
  await delay(3 * everyS * 1_000); // all are read before they do more
  await pipelines.kill();
  for (const at of ['busy', 'refused', 'down', 'blind']) await start(at, at);
  await fetch(`${server.url}/v1/pipelines/train-and-deploy/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'unserved' },
    body: JSON.stringify({ input: inputAt('unserved', 'python train.py') }),
  });
  // More than the worker before has counted: else what the next one counts looks as if it had gone on, and had no slow task.
  for (const n of Array(40).keys()) await start('unserved', `waits-${n}`);
  await delay(12_000); // longer than a workflow task may wait
  let deciding = await work(['--roles', 'pipelines'], { at: pipelines.metrics });

  for (const key of ['fails-1', 'fails-2', 'fails-3']) await start('good', key, 'exit 1');
  const approval = { within: '3d' };
  await client.start('retrain', retraining('asks', { always: true }, { approval }), { key: 'asks' });
  const drifted = { metric: 'psi > 0.2', from: { probe: 'drift' } };
  await client.schedules.create({
    ...{ name: 'drift', pipeline: 'retrain', cron: ['0 3 * * *'], timeZone: 'UTC' },
    input: retraining('drifts', drifted),
  });
  for (const tick of [1, 2]) {
    const { runId } = await client.schedules.trigger('drift');
    await client.wait(runId);
    console.log(`tick ${tick}: ${runId}`);
  }
  await awaitJobs(blind, 1);
  await inject(blind, { endpoint: 'jobs.*', kind: 'status', status: 503, times: 100_000 });
  await awaitFiring(
    prometheus,
    Object.keys(provoked).filter((name) => !atLast.includes(name.slice('Longhaul'.length))),
  );
  await heal(blind);
  await awaitFiring(prometheus, ['LonghaulEndsSeenLate']);

  await deciding.kill();
  const main = await copyInstallation(join(folder, 'other-code'));
  deciding = await work(['--roles', 'pipelines'], { at: pipelines.metrics, main });
  await delay(3 * everyS * 1_000);
  const repaired = { step: 'train', action: 'retry', reason: 'quota raised', actor: 'alerts' };
  client.resolve(parked, repaired).catch(() => undefined); // nobody takes it
  await awaitFiring(prometheus, ['LonghaulCodeDiverges']);
  await delay(3 * everyS * 1_000); // of a worker that is gone, the panel of failures wants two samples
  await deciding.kill();
  await work(['--roles', 'pipelines'], { at: pipelines.metrics });
  await start('blind', 'slow', 'python slow.py'); // the panel of the oldest look wants a wait
  await awaitJobs(blind, 2);

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
  await delay(3 * everyS * 1_000);
  empty.push(...(await emptyPanels(prometheus)));
  await server.stop();
  await prometheus.listTargets('longhaul-server', []);
  await awaitFiring(prometheus, ['LonghaulNoServer']);
} finally {
  for (const close of closers) await close();
}
const missing = Object.entries(provoked).filter(([name]) => !seen.has(name));
console.log(`${seen.size} alerts were seen firing; ${Object.keys(provoked).length} are provoked`);
for (const [name, by] of missing) console.log(`not seen  ${name}: ${by}`);
for (const panel of empty) console.log(`empty  ${panel}`);
process.exitCode = missing.length + empty.length === 0 ? 0 : 1;
