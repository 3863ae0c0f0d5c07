/** What a tick that decides against retraining costs, how soon it looks, and how soon a sick version is taken back. */
import { Client, Connection } from '@temporalio/client';
import { quantile, withStage } from './stage.js';

const ticks = 100;
const sicknesses = 10;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const environment = { name: 'iris-training', base: { image: 'registry.example/base:1' } };

/** The input of a tick that retrains when this holds. */
export const tickInput = (project, condition, more = {}) => ({
  connection: 'domino-dev',
  project: `ada/${project}`,
  environment,
  when: { all: [condition] },
  train: { command: 'python train.py' },
  register: { model: project },
  deploy: { modelApi: project },
  watch: { for: '1s' },
  ...more,
});

/** Puts a first model live. */
export async function deployLive(client, project) {
  const { runId } = await client.start('retrain', tickInput(project, { always: true }), {
    key: `live-${project}`,
  });
  const run = await client.wait(runId);
  if (run.result?.outcome !== 'deployed') throw new Error(JSON.stringify(run.failure ?? run.result));
}

export async function measureRetrain() {
  // The looks of a watch as they are by default; deploying takes half a second, starting again a third of that.
  const waits = { firstLookMs: 2_000, lastLookMs: 60_000 };
  const durations = { build: 20, queue: 10, job: 20, deploy: 10 };
  return [
    ...(await withStage({ speed: 2_000 }, costs)),
    ...(await withStage({ speed: 20, waits, durations }, recoveries)),
  ];
}

async function costs({ client, simulator, temporal }) {
  await deployLive(client, 'iris');
  const connection = await Connection.connect({ address: temporal.address });
  const sdk = new Client({ connection });
  const rows = [];
  const conditions = {
    'a limit': { notMoreOftenThan: '1d' },
    'new files': { newData: { files: 'iris.csv' } },
    'a metric of the live model': { metric: 'accuracy < 0.5' },
  };
  for (const [what, condition] of Object.entries(conditions)) {
    const before = simulator.ledger().length;
    const key = what.replaceAll(' ', '-');
    const { runId } = await client.start('retrain', tickInput('iris', condition), { key });
    const { result } = await client.wait(runId);
    if (result.outcome !== 'skipped') throw new Error(`${what}: ${JSON.stringify(result)}`);
    const { events } = await sdk.workflow.getHandle(runId).fetchHistory();
    const calls = simulator.ledger().length - before;
    rows.push([
      `platform calls / history events of a tick that ${what} decides`,
      `${calls} / ${events.length}`,
      '',
    ]);
  }
  rows.push(...(await lagsOf({ client, simulator })));
  await connection.close();
  return rows;
}

/** A schedule that ticks every second; each tick looks at the live model. */
async function lagsOf({ client, simulator }) {
  const input = tickInput('iris', { metric: 'accuracy < 0.5' });
  const firstRow = simulator.ledger().length;
  await client.schedules.create({ name: 'every-second', pipeline: 'retrain', every: '1s', input });
  await wait((ticks + 5) * 1_000);
  await client.schedules.delete('every-second');
  const looks = simulator
    .ledger()
    .slice(firstRow)
    .map(({ time }) => Date.parse(time));
  const seconds = new Map();
  for (const at of looks) {
    const tick = Math.floor(at / 1_000);
    seconds.set(tick, Math.min(seconds.get(tick) ?? Infinity, at - tick * 1_000));
  }
  const lags = [...seconds.values()];
  return [
    [
      `from tick to first platform call, p50 / p99 of ${lags.length}, ms`,
      `${quantile(lags, 0.5)} / ${quantile(lags, 0.99)}`,
      '',
    ],
  ];
}

/** Makes a version sick while it is watched, and waits until the one before it serves again. */
async function recoveries({ client, simulator }) {
  const ask = async (path, body) => {
    const answer = await fetch(new URL(path, simulator.url), {
      headers: { 'x-domino-api-key': simulator.apiKey },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  await deployLive(client, 'iris');
  const times = [];
  for (let index = 0; index < sicknesses; index += 1) {
    const input = tickInput('iris', { always: true }, { watch: { for: '10m' } });
    const { runId } = await client.start('retrain', input, { key: `sick-${index}` });
    const { modelApiId, versionId, previous } = await watched(client, runId);
    await wait(Math.random() * 3_000);
    const sickMs = Date.now();
    await ask('/_simulator/health', { modelApiId, versionId, status: 'Failed' });
    const path = `/api/modelServing/v1/modelApis/${modelApiId}/versions/${previous.versionId}`;
    for (;;) {
      const { deployment } = await ask(path);
      if (deployment.status === 'Running' && !deployment.isPending) break;
      await wait(10);
    }
    times.push(Date.now() - sickMs);
    await client.wait(runId);
  }
  return [
    [
      `from a sick version to the one before serving, p50 / longest of ${sicknesses}, ms`,
      `${quantile(times, 0.5)} / ${Math.max(...times)}`,
      '',
    ],
  ];
}

/** The output of the step `deploy`, once the version is being watched. */
async function watched(client, runId) {
  for (;;) {
    const { steps } = await client.get(runId);
    const stateOf = (wanted) => steps.find(({ name }) => name === wanted)?.state;
    if (stateOf('watch')?.status === 'waiting') return stateOf('deploy').output;
    await wait(100);
  }
}
