/** Triggers over HTTP: what the server adds to starting a workflow, how many it takes, what followers cost. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { countCalls } from './grpc-count.js';
import { smallInput, startPath, startServer, withServer } from './server-stage.js';
import { cpuMs, inParallel, quantile, residentMb, withStage } from './stage.js';

const pairs = 7;
const starts = 500;
const width = 10;
const thousand = 1_000;
const settleMs = 20_000;
const countMs = 15_000;
const starter = fileURLToPath(new URL('bare/starter.js', import.meta.url));

export const measureServer = async () => [
  ...(await withServer({}, measureTriggers)),
  ...(await withStage(
    {
      speed: 1,
      durations: { build: 60, queue: 10, job: 100_000, deploy: 60 },
      waits: { firstLookMs: 60_000, lastLookMs: 60_000 }, // the runs stand still
    },
    measureFollowers,
  )),
];

async function measureTriggers({ server, temporal }) {
  const agent = new Agent({ keepAlive: true });
  const post = createPost(server.url, agent);
  await inParallel(500, 10, (index) => post(`warm-${index}`));
  const rates = [];
  for (const [lanes, count] of [
    [1, 500],
    [50, 2_000],
  ])
    rates.push(...(await measureRate(post, lanes, count)));
  const twice = await startTwice(post, temporal.address);
  const cpu = await compareCpu({ server, temporal, post, agent });
  agent.destroy();
  return [...cpu, ...rates, ...twice];
}

/** Posts one start and resolves with its status and body. */
function createPost(url, agent) {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ input: smallInput });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return (key) =>
    new Promise((resolve, reject) => {
      const outgoing = httpRequest({
        ...{ hostname, port, agent, method: 'POST', path: startPath },
        headers: { ...headers, 'idempotency-key': key },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        let text = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk) => (text += chunk));
        incoming.on('end', () => resolve({ status: incoming.statusCode, body: JSON.parse(text) }));
      });
      outgoing.end(body);
    });
}

/**
 * User and system time per start, beside a process that only starts workflows: of all processes that a start keeps
 * busy, Temporal's with them, and of the starting process alone.
 */
async function compareCpu({ server, temporal, post, agent }) {
  const bare = fork(starter, { env: { PATH: process.env.PATH, TEMPORAL_ADDRESS: temporal.address } });
  const [plainUrl] = await once(bare, 'message');
  const plain = createPost(plainUrl, agent);
  const contestants = {
    server: { pid: server.pid, start: (prefix) => postAll(post, prefix) },
    plain: { pid: bare.pid, start: (prefix) => postAll(plain, prefix) },
    bare: {
      pid: bare.pid,
      start: async (prefix) => {
        bare.send({ input: smallInput, prefix, count: starts, width });
        await once(bare, 'message');
      },
    },
  };
  const rounds = [];
  for (let pair = -1; pair < pairs; pair += 1) {
    const round = {};
    for (const [name, { pid, start }] of Object.entries(contestants)) {
      const now = () => [cpuMs(pid), cpuMs(temporal.pid)];
      const before = now();
      await start(`${name}-${pair}`);
      const [own, temporals] = now().map((after, index) => (after - before[index]) / starts);
      round[name] = { own, all: own + temporals };
    }
    if (pair >= 0) rounds.push(round); // the first warms up
  }
  bare.kill();
  const median = (pick) => quantile(rounds.map(pick), 0.5).toFixed(2);
  const each = (whose) =>
    ['server', 'plain', 'bare'].map((name) => median((round) => round[name][whose])).join(' / ');
  const ratio = (name, whose) => median((round) => round[name][whose] / round.bare[whose]);
  const beside = 'per trigger / of a plain HTTP server / per start by the bare client, ms';
  return [
    [`CPU ${beside}`, each('all'), ''],
    [`CPU per trigger, ratio to the bare client, median of ${pairs} pairs`, ratio('server', 'all'), '≤ 1.3'],
    [`the same without Temporal’s own, ${beside}`, each('own'), ''],
    ['the same without Temporal’s own, ratio to the bare client', ratio('server', 'own'), ''],
    ['the same without Temporal’s own, of a plain HTTP server', ratio('plain', 'own'), ''],
  ];
}

const postAll = (post, prefix) =>
  inParallel(starts, width, async (index) => {
    const { status } = await post(`${prefix}-${index}`);
    if (status !== 201) throw new Error(`a start was answered ${status}`);
  });

async function measureRate(post, lanes, count) {
  const tookMs = [];
  const beganMs = performance.now();
  await inParallel(count, lanes, async (index) => {
    const sentMs = performance.now();
    await post(`rate-${lanes}-${index}`);
    tookMs.push(performance.now() - sentMs);
  });
  const seconds = (performance.now() - beganMs) / 1_000;
  const at = (share) => quantile(tookMs, share).toFixed(1);
  return [
    [`triggers per second, ${lanes} at a time`, Math.round(count / seconds), ''],
    [`answer to a trigger, ${lanes} at a time, p50 / p99, ms`, `${at(0.5)} / ${at(0.99)}`, ''],
  ];
}

/** Every trigger twice at once, as by a caller that lost its patience. */
async function startTwice(post, address) {
  const statuses = [];
  await inParallel(thousand, 25, async (index) => {
    const answers = await Promise.all([post(`twice-${index}`), post(`twice-${index}`)]);
    statuses.push(...answers.map(({ status }) => status));
  });
  const connection = await Connection.connect({ address });
  const query = `WorkflowId STARTS_WITH 'train-and-deploy.twice-'`;
  const runs = await settled(async () => (await new Client({ connection }).workflow.count(query)).count);
  await connection.close();
  const count = (wanted) => statuses.filter((status) => status === wanted).length;
  return [
    ['1,000 triggers, each sent twice at once: answers 201 / 200', `${count(201)} / ${count(200)}`, ''],
    ['1,000 triggers, each sent twice at once: runs', runs, '1,000'],
  ];
}

/** Temporal's lists follow its state a little later. */
async function settled(ask) {
  for (let last = -1; ;) {
    const now = await ask();
    if (now === last) return now;
    last = now;
    await delay(2_000);
  }
}

async function measureFollowers({ client, temporal, env }) {
  const counter = await countCalls(temporal.address);
  const server = await startServer([], { ...env, TEMPORAL_ADDRESS: counter.address });
  try {
    const keys = Array.from({ length: thousand }, (_, index) => `f${index}`);
    await inParallel(thousand, 25, (index) =>
      client.start('train-and-deploy', smallInput, { key: keys[index] }),
    );
    await inParallel(500, 10, (index) => followOnce(server.url, keys[index % 10])); // warms up
    await delay(settleMs);
    const rows = [];
    for (const [what, runs] of [
      ['one run', keys.map(() => keys[0])],
      ['1,000 runs', keys],
    ]) {
      const before = residentMb(server.pid);
      const streams = await Promise.all(runs.map((key) => follow(server.url, key)));
      await delay(settleMs);
      const calls = counter.calls();
      await delay(countMs);
      const perSecond = ((counter.calls() - calls) / (countMs / 1_000)).toFixed(1);
      rows.push(
        [`memory of the server before, with 1,000 followers of ${what}, MB`, pairOf(before, server), ''],
        [`Temporal calls per second for 1,000 followers of ${what}`, perSecond, ''],
      );
      for (const stream of streams) stream.destroy();
      await delay(5_000);
    }
    return rows;
  } finally {
    await server.stop();
    counter.close();
  }
}

const pairOf = (before, { pid }) => `${Math.round(before)}, ${Math.round(residentMb(pid))}`;

/** Opens the stream of a run and resolves with its connection once the first event is there. */
function follow(url, key) {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(`${url}/v1/runs/train-and-deploy.${key}/events`, { agent: false });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      if (incoming.statusCode !== 200) reject(new Error(`a follower was answered ${incoming.statusCode}`));
      incoming.on('error', () => undefined);
      incoming.on('data', () => undefined);
      resolve(outgoing);
    });
    outgoing.end();
  });
}

async function followOnce(url, key) {
  (await follow(url, key)).destroy();
}
