/** A platform called directly: memory while a file of 1 GiB goes up and down, and calls beside bare `got`. */
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { got } from 'got';
import { startChild } from '../dist/dev/child.js';
import { saveFile } from '../dist/platform/files.js';
import { createDomino } from '../dist/platform/domino/public.js';
import { inParallel, residentMb } from './stage.js';

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const apiKey = 'simulator-key';
const fileBytes = 1024 ** 3;
const calls = 3_000;
const rounds = 5;
const width = 10;

export async function measureDirect() {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-bench-'));
  const simulator = await startSimulator();
  const domino = createDomino({ url: simulator.url, apiKey });
  try {
    return [...(await measureCalls(domino, simulator)), ...(await measureFile(domino, simulator, folder))];
  } finally {
    await simulator.stop();
    await rm(folder, { recursive: true });
  }
}

async function startSimulator() {
  let tell;
  const url = new Promise((resolve) => (tell = resolve));
  const child = await startChild(process.execPath, [cli, 'simulator', '--port', '0'], {
    env: { PATH: process.env.PATH },
    eachLine: (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (found !== null) tell(found[0]);
    },
    orphan: 'guard',
  });
  return { url: await url, pid: child.pid, stop: () => child.stop(10_000) };
}

/** The highest resident memory of both while something is done, and what they held before. */
async function watched(simulator, perform) {
  const held = () => [residentMb(process.pid), residentMb(simulator.pid)];
  const before = held();
  const most = [...before];
  const timer = setInterval(() => held().forEach((mb, at) => (most[at] = Math.max(most[at], mb))), 50);
  const atMs = performance.now();
  await perform();
  clearInterval(timer);
  return { before, most, seconds: (performance.now() - atMs) / 1_000 };
}

async function measureFile(domino, simulator, folder) {
  const [file, back] = [join(folder, 'up.bin'), join(folder, 'down.bin')];
  await writeFile(file, 'begins');
  await truncate(file, fileBytes);
  const path = { owner: 'ada', project: 'iris', path: 'up.bin' };
  const up = await watched(simulator, async () => {
    await domino.projectFiles.upload({ path, body: await openAsBlob(file) });
  });
  const [commit] = await domino.projectFiles.listCommits({ path });
  const commitId = typeof commit === 'string' ? commit : commit.id;
  const { id: projectId } = await domino.projects.find({
    query: { ownerName: 'ada', projectName: 'iris' },
  });
  const from = { path: { projectId, commitId, path: 'up.bin' } };
  let size = 0;
  const down = await watched(simulator, async () => {
    size = await saveFile(await domino.projectFiles.content.stream(from), back);
  });
  const row = (what, { before, most, seconds }) => [
    `1 GiB ${what} in ${seconds.toFixed(0)} s: most memory above that before, client / simulator, MB`,
    most.map((mb, at) => (mb - before[at]).toFixed(0)).join(' / '),
    '< 128',
  ];
  return [row('up', up), row('down', down), ['bytes that came back', String(size), String(fileBytes)]];
}

async function measureCalls(domino, { url }) {
  const bare = got.extend({ headers: { 'x-domino-api-key': apiKey }, retry: { limit: 0 } });
  const contestants = {
    longhaul: () => domino.users.self(),
    got: () => bare(`${url}/api/users/v1/self`).json(),
  };
  const figures = { longhaul: [], got: [] };
  for (let round = 0; round <= rounds; round += 1)
    for (const [name, call] of Object.entries(contestants)) {
      const [cpu, atMs] = [process.cpuUsage(), performance.now()];
      await inParallel(calls, width, call);
      const used = process.cpuUsage(cpu);
      const figure = {
        perSecond: (calls * 1_000) / (performance.now() - atMs),
        cpuMs: (used.user + used.system) / 1_000 / calls,
      };
      if (round > 0) figures[name].push(figure); // the first one compiles
    }
  const median = (name, key) =>
    figures[name].map((one) => one[key]).sort((a, b) => a - b)[Math.floor(rounds / 2)];
  const both = (key, digits) =>
    ['longhaul', 'got'].map((name) => median(name, key).toFixed(digits)).join(' / ');
  return [
    [`calls per second to the simulator, ${width} at once, client / bare got`, both('perSecond', 0), ''],
    ['CPU per call, client / bare got, ms', both('cpuMs', 2), ''],
  ];
}
