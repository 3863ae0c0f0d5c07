/** What a worker holds for runs that wait. */
import { setTimeout as delay } from 'node:timers/promises';
import { fullInput, inParallel, residentMb, withStage } from './stage.js';

const thousand = 1_000;

export const measureMemory = () =>
  withStage(
    {
      speed: 1,
      durations: { build: 60, queue: 10, job: 100_000, deploy: 60 },
      waits: { firstLookMs: 5_000, lastLookMs: 60_000 },
    },
    async ({ client, worker }) => {
      const input = { connection: fullInput.connection, project: fullInput.project, train: fullInput.train };
      const resident = [];
      for (let step = 0; step <= 2; step += 1) {
        if (step > 0)
          await inParallel(thousand, 50, (index) =>
            client.start('train-and-deploy', input, { key: `w${step}-${index}` }),
          );
        await delay(step === 0 ? 2_000 : 20_000);
        resident.push(residentMb(worker.pid));
      }
      const [idle, one, two] = resident.map(Math.round);
      return [
        ['memory of an idle worker, MB', idle, ''],
        ['memory of a worker with 1,000 waiting runs, MB', one, ''],
        ['memory of a worker with 2,000 waiting runs, MB', two, ''],
        ['memory per further 1,000 waiting runs, MB', two - one, '≤ 15'],
      ];
    },
  );
