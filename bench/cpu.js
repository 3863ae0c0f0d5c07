/** CPU of a run, beside the same seven steps on the bare SDK: the same requests, the same number of activities. */
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { cpuMs, fullInput, inParallel, quantile, startWorker, withStage } from './stage.js';

const runs = 60;
const width = 15;
const pairs = 5;
const bareWorker = fileURLToPath(new URL('bare/worker.js', import.meta.url));

/** Waits end at the first look: what is measured is the work around them. */
export const measureCpu = () =>
  withStage({ speed: 20_000 }, async (stage) => {
    const { client, simulator, temporal, worker } = stage;
    const env = { KEY: simulator.apiKey, PLATFORM_URL: simulator.url, TEMPORAL_ADDRESS: temporal.address };
    const bare = await startWorker([bareWorker], env);
    const connection = await Connection.connect({ address: temporal.address });
    const sdk = new Client({ connection });
    const contestants = {
      longhaul: { pid: worker.pid, run: (key) => runLonghaul(client, sdk, key) },
      bare: {
        pid: bare.pid,
        run: (key) => sdk.workflow.execute('bare', { taskQueue: 'bare', workflowId: key, args: [key] }),
      },
    };
    const rounds = [];
    try {
      for (let pair = 0; pair <= pairs; pair += 1) {
        const round = {};
        for (const [name, contestant] of Object.entries(contestants))
          round[name] = await measure(contestant, temporal, `${name}-${pair}`);
        if (pair > 0) rounds.push(round); // the first warms up
      }
    } finally {
      await connection.close();
      await bare.stop();
    }
    return rowsOf(rounds);
  });

async function runLonghaul(client, sdk, key) {
  const names = { register: { model: key }, deploy: { modelApi: key } };
  const { runId } = await client.start('train-and-deploy', { ...fullInput, ...names }, { key });
  await sdk.workflow.getHandle(runId).result();
}

async function measure({ pid, run }, temporal, key) {
  const before = [cpuMs(pid), cpuMs(temporal.pid)];
  await inParallel(runs, width, (index) => run(`${key}-${index}`));
  return { worker: (cpuMs(pid) - before[0]) / runs, server: (cpuMs(temporal.pid) - before[1]) / runs };
}

function rowsOf(rounds) {
  const median = (pick) => quantile(rounds.map(pick), 0.5).toFixed(2);
  return ['worker', 'server'].flatMap((who) => [
    [`CPU per run of the ${who}, ms`, median(({ longhaul }) => longhaul[who]), ''],
    [`CPU per run of the ${who} on the bare SDK, ms`, median(({ bare }) => bare[who]), ''],
    [
      `CPU of the ${who}, ratio, median of ${pairs} pairs`,
      median(({ longhaul, bare }) => longhaul[who] / bare[who]),
      '≤ 1.15',
    ],
  ]);
}
