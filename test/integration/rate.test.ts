/** The rate of a connection, which all its workers share. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type Stage, type WorkerProcess, createStage } from '../support/stage.js';

const perSecond = 10;
/** What workers may have saved up while they sent less. */
const savedForSeconds = 2;

let stage: Stage;
beforeEach(async () => {
  stage = await createStage({ requestsPerSecond: perSecond, env: { LONGHAUL_LOG_LEVEL: 'debug' } });
});
afterEach(() => stage.close());

const start = async (): Promise<string> => {
  const input = { connection: stage.connection, project: 'ada/iris', train: { command: 'python train.py' } };
  return (await stage.client.start('train-and-deploy', input)).runId;
};
/** The last that a worker has logged of its share. */
const shareOf = ({ log }: WorkerProcess) => {
  const line = log.findLast((one) => one.includes('share of the rate'));
  return line === undefined ? null : (JSON.parse(line) as { workers: number; isKnown: boolean }); // our own line
};
const shareAmong = (workers: readonly WorkerProcess[]) =>
  eventually(() =>
    workers.every((worker) => {
      const share = shareOf(worker);
      return share?.isKnown === true && share.workers === workers.length;
    }),
  );
const mostWithin = (seconds: number, fromMs: number): number => {
  const times = stage.simulator
    .ledger()
    .map(({ time }) => Date.parse(time))
    .filter((time) => time >= fromMs);
  return Math.max(
    ...times.map((from) => times.filter((time) => time >= from && time < from + seconds * 1_000).length),
  );
};

it('bounds the requests of all its workers together, and one that is killed leaves its share to the others', async () => {
  const workers = await Promise.all([stage.startWorker(), stage.startWorker(), stage.startWorker()]);
  await shareAmong(workers);
  const fromMs = Date.now();
  const runIds = await Promise.all(Array.from({ length: 24 }, start));
  const [killed, ...others] = workers;
  killed.kill('SIGKILL');
  await shareAmong(others);
  const runs = await Promise.all(runIds.map((runId) => stage.client.wait(runId, { timeoutMs: 120_000 })));
  expect(runs.map(({ status }) => status)).toEqual(runIds.map(() => 'succeeded'));
  for (const seconds of [1, 5])
    expect(mostWithin(seconds, fromMs)).toBeLessThanOrEqual(perSecond * (seconds + savedForSeconds));
}, 180_000);
