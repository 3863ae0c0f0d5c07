/** CPU of a run, beside the same seven steps on the bare SDK: the same requests, the same number of activities. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { cpuMs, fullInput, inParallel, quantile, startWorker, withStage } from './stage.js';

/** Few runs to a round: what else the machine does changes within seconds and strikes both of a pair. */
const runs = 30;
const pairs = 25;
/** Rounds before the first that counts: both compile their code meanwhile. */
const warmUps = 5;
/** A project to each lane, so that Longhaul's runs share no looks and both make the same requests. */
const projects = Array.from({ length: 15 }, (_, lane) => `iris-${lane}`);
const bareWorker = fileURLToPath(new URL('bare/worker.js', import.meta.url));

/** Waits end at the first look: what is measured is the work around them. */
export const measureCpu = () =>
  withStage({ speed: 20_000, projects }, async ({ client, simulator, temporal, worker }) => {
    const connection = await Connection.connect({ address: temporal.address });
    const bare = await startBare(simulator, temporal);
    const sdk = new Client({ connection });
    const contestants = [
      { name: 'longhaul', pid: worker.pid, run: (...args) => runLonghaul(client, sdk, ...args) },
      { name: 'bare', pid: bare.pid, run: (...args) => runBare(sdk, ...args) },
    ];
    const rounds = [];
    try {
      for (let pair = 0; pair < warmUps + pairs; pair += 1) {
        const round = {};
        for (const contestant of pair % 2 ? contestants.toReversed() : contestants)
          round[contestant.name] = await measure(contestant, simulator, temporal, pair);
        if (pair >= warmUps) rounds.push(round);
      }
    } finally {
      await connection.close();
      await bare.stop();
    }
    return rowsOf(rounds);
  });

async function startBare(simulator, temporal) {
  const folder = await mkdtemp(join(tmpdir(), 'longhaul-bench-'));
  try {
    const codePath = join(folder, 'bundle.js');
    const workflowsPath = fileURLToPath(new URL('bare/workflows.js', import.meta.url));
    const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
    await writeFile(codePath, code);
    return await startWorker([bareWorker], {
      KEY: simulator.apiKey,
      PLATFORM_URL: simulator.url,
      TEMPORAL_ADDRESS: temporal.address,
      WORKFLOW_BUNDLE: codePath,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runLonghaul(client, sdk, key, project) {
  const input = {
    ...fullInput,
    project: `ada/${project}`,
    register: { model: key },
    deploy: { modelApi: key },
  };
  const { runId } = await client.start('train-and-deploy', input, { key });
  await sdk.workflow.getHandle(runId).result();
}

const runBare = (sdk, key, project) =>
  sdk.workflow.execute('bare', { taskQueue: 'bare', workflowId: key, args: [{ name: key, project }] });

async function measure({ name, pid, run }, simulator, temporal, pair) {
  const now = () => [cpuMs(pid), cpuMs(temporal.pid), simulator.ledger().length];
  const before = now();
  await inParallel(runs, projects.length, (index, lane) => run(`${name}-${pair}-${index}`, projects[lane]));
  const [worker, server, requests] = now().map((after, index) => (after - before[index]) / runs);
  return { worker, server, requests };
}

function rowsOf(rounds) {
  const median = (pick, digits = 2) => quantile(rounds.map(pick), 0.5).toFixed(digits);
  return [
    ['requests per run', median(({ longhaul }) => longhaul.requests, 1), ''],
    ['requests per run on the bare SDK', median(({ bare }) => bare.requests, 1), ''],
    ...['worker', 'server'].flatMap((who) => [
      [`CPU per run of the ${who}, ms`, median(({ longhaul }) => longhaul[who]), ''],
      [`CPU per run of the ${who} on the bare SDK, ms`, median(({ bare }) => bare[who]), ''],
      [
        `CPU of the ${who}, ratio, median of ${pairs} pairs`,
        median(({ longhaul, bare }) => longhaul[who] / bare[who]),
        '≤ 1.15',
      ],
    ]),
  ];
}
