/** Keys of schedules and webhooks are in a space of their own: nobody who starts runs takes one from them. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { runCommand } from '../support/command.js';
import { definitionOf, untilSchedule } from '../support/schedules.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage } from '../support/stage.js';

let stage: Stage;
let server: ServerProcess;
beforeAll(async () => {
  stage = await createStage();
  await stage.startWorker();
  server = await startServer(stage);
});
afterAll(async () => {
  await server.close();
  await stage.close();
});

const input = () => ({
  connection: stage.connection,
  project: 'ada/iris',
  train: { command: 'python train.py' },
});
const startOverHttp = (key: string) =>
  fetch(new URL('/v1/pipelines/train-and-deploy/runs', server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ input: input() }),
  });

describe('the key of a tick', () => {
  it('is taken by no caller: not over HTTP, not by the CLI, not by the client, not by a fork, not from a file', async () => {
    await stage.client.schedules.create(
      definitionOf(stage, 'yearly', { cron: ['0 0 1 1 *'], timeZone: 'UTC' }),
    );
    const { runId = '' } = await stage.client.schedules.trigger('yearly');
    expect(runId).toMatch(/^train-and-deploy\._yearly-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const later = '_yearly-2030-01-01T00:00:00Z';
    expect((await startOverHttp(later)).status).toBe(400);
    await expect(stage.client.start('train-and-deploy', input(), { key: later })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
    const file = ['-p', `connection=${stage.connection}`, '-p', 'project=ada/iris', '-p', 'train.command=x'];
    const cli = await runCommand(['run', 'start', 'train-and-deploy', ...file, '--key', later], {
      env: stage.env,
    });
    expect(cli.exitCode).toBe(2);
    await stage.client.wait(runId, { timeoutMs: 90_000 });
    await expect(stage.client.replays.plan({ runId, forkTo: later, from: 'train' })).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
    });
    const record = await stage.client.replays.export(runId);
    const exported = { ...record, runId: `train-and-deploy.${later}` };
    await expect(
      stage.client.replays.plan({ runId: exported.runId, exported, from: 'train' }),
    ).rejects.toMatchObject({ code: 'REPLAY_REFUSED', message: expect.stringContaining('--fork KEY') });
  });

  it('is another one than that of a caller who names a run by schedule and time', async () => {
    await stage.client.schedules.create(
      definitionOf(stage, 'named', { cron: ['0 0 1 1 *'], timeZone: 'UTC' }),
    );
    const range = { start: new Date('2025-12-31T00:00:00Z'), end: new Date('2026-01-02T00:00:00Z') };
    expect((await startOverHttp('named-2026-01-01T00:00:00Z')).status).toBe(201);
    await stage.client.schedules.backfill('named', range);
    const { runs } = await untilSchedule(stage, 'named', (schedule) => schedule.runs.length === 1);
    expect(runs.map(({ runId }) => runId)).toEqual(['train-and-deploy._named-2026-01-01T00:00:00Z']);
  });
});

it('lists a tick whose id somebody has taken through Temporal as one that could not start', async () => {
  await stage.client.schedules.create(definitionOf(stage, 'taken', { cron: ['0 0 1 1 *'], timeZone: 'UTC' }));
  const connection = await Connection.connect({ address: stage.temporalAddress });
  const client = new Client({ connection, namespace: stage.namespace });
  const workflowId = 'train-and-deploy._taken-2026-01-01T00:00:00Z';
  const taken = (id: string) => client.workflow.start('anything', { workflowId: id, taskQueue: 'nobody' });
  const taker = await taken(workflowId);
  const longer = Array.from({ length: 25 }, (_, index) => `train-and-deploy._taken-eu-${index}`);
  const others = await Promise.all(longer.map(taken)); // as runs of a schedule with a longer name
  const query = 'WorkflowId STARTS_WITH "train-and-deploy._taken-"';
  while ((await client.workflow.count(query)).count < 26) await delay(100);
  const range = { start: new Date('2025-12-31T00:00:00Z'), end: new Date('2026-01-02T00:00:00Z') };
  await stage.client.schedules.backfill('taken', range);
  const { failed, runs } = await untilSchedule(stage, 'taken', (schedule) => schedule.failed.length > 0);
  expect({ failed, runs }).toEqual({
    failed: [
      { runId: workflowId, scheduledAt: '2026-01-01T00:00:00.000Z', reason: 'another run has its id' },
    ],
    runs: [],
  });
  const shown = await runCommand(['schedule', 'describe', 'taken'], {
    env: stage.env,
  });
  expect(shown.stdout).toContain(
    `${workflowId}  could not start  2026-01-01T00:00:00Z  another run has its id`,
  );
  await Promise.all([taker, ...others].map((handle) => handle.terminate()));
  await connection.close();
});
