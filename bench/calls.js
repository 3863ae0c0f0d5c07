/** Platform calls of a run beside those of the polling loop that it replaces, at a platform's real durations. */
import { countLoopCalls } from './loop.js';
import { fullInput, inParallel, withStage } from './stage.js';

/** Simulated seconds: a build of ten minutes, a job of two hours, a deployment of five minutes. */
const durations = { build: 600, queue: 30, job: 7_200, deploy: 300 };
const speed = 600;
/** The defaults, scaled with the simulator's clock; 10 ms is the shortest that the configuration takes. */
const waits = { firstLookMs: 10, lastLookMs: 60_000 / speed, settleMs: 200 };

export async function measureCalls() {
  const loop = await withStage({ speed, durations }, ({ simulator }) => countLoopCalls(simulator, speed));
  const alone = await callsPerRun(1);
  const together = await callsPerRun(100);
  return [
    ['platform calls of the polling loop, build 10 min, job 2 h, deployment 5 min', loop, ''],
    ['platform calls of one such run, alone', alone, 'fewer than the loop'],
    ['platform calls per run, 100 such runs of one project at once', together, 'fewer than alone'],
  ];
}

const callsPerRun = (runs) =>
  withStage({ speed, durations, waits }, async ({ client, simulator }) => {
    await inParallel(runs, runs, async (index) => {
      const environment = { ...fullInput.environment, name: `environment-${index}` };
      const names = { register: { model: `model-${index}` }, deploy: { modelApi: `api-${index}` } };
      const { runId } = await client.start(
        'train-and-deploy',
        { ...fullInput, environment, ...names },
        { key: `run-${index}` },
      );
      const run = await client.wait(runId);
      if (run.status !== 'succeeded') throw new Error(JSON.stringify(run.failure));
    });
    return Math.round(simulator.ledger().length / runs);
  });
