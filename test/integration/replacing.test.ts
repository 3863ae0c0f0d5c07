/** A run that replaces another needs the right to cancel it, and leaves an entry in the audit log that names both. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKey, newKeyId } from '../../src/access/keys.js';
import { runCommand } from '../support/command.js';
import { retrainInput, world } from '../support/retraining.js';
import { type ServerProcess, startServer } from '../support/server.js';
import { type Stage, createStage, statuses, until } from '../support/stage.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-replacing-'));
const keysFile = join(folder, 'keys.json');

let stage: Stage;
let server: ServerProcess;
const keys = new Map<string, string>();

beforeAll(async () => {
  for (const [name, pipelines, role] of [
    ['retrainer', ['retrain'], 'operator'],
    ['everybody’s', ['*'], 'operator'],
    ['admin of retrain', ['retrain'], 'admin'],
    ['admin', ['*'], 'admin'],
  ] as const) {
    const made = { id: newKeyId(), name, role, connections: ['*'], createdBy: 'test' } as const;
    keys.set(name, (await createKey(keysFile, { ...made, pipelines })).key);
  }
  stage = await createStage({ world, speed: 40, settings: { access: { keysFile } } });
  await stage.startWorker();
  server = await startServer(stage);
});
afterAll(async () => {
  await server.close();
  await stage.close();
  rmSync(folder, { recursive: true });
});

const post = (who: string, pipeline: string, key: string, input: object) =>
  fetch(new URL(`/v1/pipelines/${pipeline}/runs`, server.url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': key,
      authorization: `Bearer ${keys.get(who)}`,
    },
    body: JSON.stringify({ input }),
  });

/** A run of `train-and-deploy` that has the model, and the input of a retraining that would replace it. */
async function holder(key: string) {
  const { connection, project, train, deploy } = await retrainInput(stage, '0.9');
  const model = { register: { model: key }, deploy: { ...deploy, modelApi: key } };
  const input = { connection, project, train, ...model };
  const trigger = { kind: 'cli', by: 'ada@desk' } as const;
  const { runId } = await stage.client.start('train-and-deploy', input, { key, trigger });
  await until(stage.client, runId, (run) => statuses(run)['train'] === 'waiting');
  const replacing = await retrainInput(stage, '0.9', { ...model, compare: undefined, whenBusy: 'replace' });
  return { runId, replacing };
}

describe('a run that is told to replace the one that has its model', () => {
  it('gives up where its starter may not cancel that one, which is not named to the starter', async () => {
    const { runId, replacing } = await holder('foreign');
    expect((await post('retrainer', 'retrain', 'foreign', replacing)).status).toBe(201);
    const run = await stage.client.wait('retrain.foreign', { timeoutMs: 90_000 });
    expect(run.result).toMatchObject({
      outcome: 'busy',
      conclusion: `${runId} has the model, and who started this run may not cancel it`,
    });
    const shown = await fetch(new URL('/v1/runs/retrain.foreign', server.url), {
      headers: { authorization: `Bearer ${keys.get('retrainer')}` },
    });
    expect(await shown.json()).toMatchObject({
      result: { conclusion: 'another run has the model, and who started this run may not cancel it' },
    });
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'succeeded' });
  });

  it('cancels it where its starter may, and both runs and both starters are in the audit log', async () => {
    const { runId, replacing } = await holder('own');
    expect((await post('everybody’s', 'retrain', 'own', replacing)).status).toBe(201);
    expect(await stage.client.wait(runId, { timeoutMs: 90_000 })).toMatchObject({ status: 'cancelled' });
    const audit = await runCommand(['audit', '--run', runId, '-o', 'jsonl'], {
      env: stage.env,
    });
    const entries = audit.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries.find(({ action }) => action === 'run.replace')).toMatchObject({
      actorKind: 'run',
      actor: expect.stringMatching(/^http everybody’s \(/),
      object: runId,
      outcome: 'ok',
      reason: expect.stringMatching(
        /^replaced by retrain\.own, of http everybody’s .*; it was of cli ada@desk$/,
      ),
    });
  });

  it('is reset by who may cancel as much as its starter, and by nobody else', async () => {
    const { replacing } = await holder('reset');
    expect((await post('everybody’s', 'retrain', 'reset', replacing)).status).toBe(201);
    await until(stage.client, 'retrain.reset', (run) => statuses(run)['train'] === 'waiting');
    const reset = (who: string) =>
      fetch(new URL('/v1/runs/retrain.reset/reset', server.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.get(who)}` },
        body: JSON.stringify({ step: 'decide', reason: 'again', stopFirst: true }),
      });
    const refused = await reset('admin of retrain');
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'ACCESS_DENIED' }]);
    expect((await reset('admin')).status).toBe(200);
    await stage.client.cancel('retrain.reset', { reason: 'over' });
  });
});
