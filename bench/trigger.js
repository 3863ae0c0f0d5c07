/** From `client.start()` to the first request that reaches the platform. */
import { fullInput, quantile, withStage } from './stage.js';

const starts = 100;

export const measureTrigger = () =>
  withStage({ speed: 2_000 }, async ({ client, simulator }) => {
    const input = { connection: fullInput.connection, project: fullInput.project, train: fullInput.train };
    const lags = [];
    for (let index = -5; index < starts; index += 1) {
      const before = simulator.ledger().length;
      const startedMs = Date.now();
      const { runId } = await client.start('train-and-deploy', input, { key: `n${index + 5}` });
      while (simulator.ledger().length === before) await new Promise((resolve) => setTimeout(resolve, 1));
      if (index >= 0) lags.push(Date.parse(simulator.ledger()[before].time) - startedMs);
      await client.wait(runId);
    }
    return [
      [`from trigger to first platform call, p50 of ${starts}, ms`, quantile(lags, 0.5), ''],
      [`from trigger to first platform call, p99 of ${starts}, ms`, quantile(lags, 0.99), ''],
    ];
  });
