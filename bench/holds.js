/**
 * What it costs Temporal's server that one run at a time makes what has a name: a hold, and whatever else Temporal has that
 * could exclude others. By it the docs show how much of a run's cost is left to save.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { holdPrefix, holdWorkflow, pipelinesQueue } from '../dist/run/ids.js';
import { startBare } from './bare.js';
import { numbers } from './options.js';
import { cpuMs, inParallel, withStage } from './stage.js';

/** Calls at once: the more there are, the more updates one workflow task answers. */
const [width] = numbers('width', '8');
/** What a request leaves to do is done by then: the server writes its lists of executions after it has answered. */
const settleMs = 500;
const [rounds] = numbers('rounds', '6');
const each = 200;

/** As `activities/effect/holds.ts` opens the name of a creation. */
const holdOf = (namespace, identity, name) => ({
  ...{ namespace, identity, workflowId: `${holdPrefix}bench.${name}`, requestId: randomUUID() },
  workflowType: { name: holdWorkflow },
  taskQueue: { name: pipelinesQueue },
  workflowStartDelay: msToTs('401 days'),
  workflowExecutionTimeout: msToTs('5 minutes'),
  memo: {
    fields: {
      runId: defaultPayloadConverter.toPayload(`train-and-deploy.${name}`),
      step: defaultPayloadConverter.toPayload('deploy'),
    },
  },
});

/** CPU of each of some processes for each of `count` calls, in milliseconds. */
async function cpuOf(pids, count, call) {
  const before = pids.map(cpuMs);
  await inParallel(count, width, call);
  await delay(settleMs);
  return pids.map((pid, index) => (cpuMs(pid) - before[index]) / count);
}

/** CPU of the server per start of a hold of its own, in milliseconds. */
export async function cpuPerHold(client, temporal, count) {
  const { namespace, identity } = client.options;
  const open = () => client.workflowService.startWorkflowExecution(holdOf(namespace, identity, randomUUID()));
  const [ms] = await cpuOf([temporal.pid], count, open);
  return ms;
}

const update = 'update that one workflow answers for all names';

/** Each is asked for once by each call; those that have a name of their own get another one each time. */
async function waysOf(client) {
  const { namespace, identity } = client.options;
  const { workflowService } = client;
  const start = (name) => workflowService.startWorkflowExecution(holdOf(namespace, identity, name));
  const open = [];
  const taken = holdOf(namespace, identity, 'taken');
  await start('taken');
  const keeper = await client.workflow.start('keeper', { taskQueue: 'bare', workflowId: 'keeper' });
  return {
    'start of a hold': async () => {
      const name = randomUUID();
      await start(name);
      open.push(taken.workflowId.replace('taken', name));
    },
    'end of a hold': () => client.workflow.getHandle(open.pop()).terminate('its name is free'),
    'start of a hold that another run has': () => start('taken').catch(() => undefined),
    'look at who has a hold': () => client.workflow.getHandle(taken.workflowId).describe(),
    'signal, which excludes nobody': () => client.workflow.getHandle(taken.workflowId).signal('asked'),
    [update]: () => keeper.executeUpdate('take', { args: [randomUUID()] }),
  };
}

/** In turns: what else the machine does strikes all of them. */
export const measureHolds = () =>
  withStage({}, async ({ simulator, temporal }) => {
    const connection = await Connection.connect({ address: temporal.address });
    const bare = await startBare(simulator, temporal);
    try {
      const ways = Object.entries(await waysOf(new Client({ connection })));
      const costs = ways.map(([way]) => ({ way, server: 0, worker: 0 }));
      // The first round compiles what the next ones run.
      for (let round = 0; round <= rounds; round += 1)
        for (const [index, [, call]] of ways.entries()) {
          const [server, worker] = await cpuOf([temporal.pid, bare.pid], each, call);
          if (round === 0) continue;
          costs[index].server += server / rounds;
          costs[index].worker += worker / rounds;
        }
      return costs.flatMap(({ way, server, worker }) => [
        [`CPU of the server per ${way}, ms`, server.toFixed(1), ''],
        ...(way === update ? [[`CPU of its worker per ${way}, ms`, worker.toFixed(1), '']] : []),
      ]);
    } finally {
      await connection.close();
      await bare.stop();
    }
  });
