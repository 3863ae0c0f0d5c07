/** Runs that are kept in an archive, listed there and replayed from there after Temporal has forgotten them. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { LonghaulError, type Run } from '../../src/client.js';
import { archiveRuns } from '../../src/archive/archive-runs.js';
import { createFolderStore } from '../../src/archive/folder-store.js';
import { listArchived } from '../../src/archive/list-archived.js';
import type { Store } from '../../src/archive/store.js';
import { runCommand } from '../support/command.js';
import { type S3Server, createS3Server } from '../support/s3-server.js';
import { type Stage, createStage, fullInput, statuses } from '../support/stage.js';

const keys = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'secret/of+the=bucket' };
const runIds = ['train-and-deploy.kept', 'train-and-deploy.other'];
let stage: Stage;
let s3: S3Server;
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  stage = await createStage();
  s3 = await createS3Server({ bucket: 'kept', ...keys, pageSize: 2 });
  folder = mkdtempSync(join(tmpdir(), 'longhaul-archiving-'));
  env = {
    ...stage.env,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  };
  await stage.startWorker();
  const input = { ...fullInput(stage.connection), gate: { conditions: ['accuracy >= 2'] } };
  for (const runId of runIds)
    await stage.client.start('train-and-deploy', input, { key: runId.split('.')[1] ?? '' });
  for (const runId of runIds) await stage.client.wait(runId, { timeoutMs: 90_000 });
  // What has ended a moment ago is not listed yet.
  while ((await stage.client.page({ status: 'failed' }, { size: 10 })).runs.length < runIds.length)
    await delay(50);
});
afterAll(async () => {
  s3.close();
  await stage.close();
  rmSync(folder, { recursive: true });
});

const longhaul = (...args: string[]) => runCommand(args, { env });

/** A namespace that knows no run, as when the retention of all is over; a worker for it. Its environment. */
async function forgetful(): Promise<Record<string, string>> {
  const connection = await Connection.connect({ address: stage.temporalAddress });
  const namespace = `${stage.namespace}-later`;
  const workflowExecutionRetentionPeriod = msToTs('1 day');
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
  await connection.close();
  await stage.startWorker([], { TEMPORAL_NAMESPACE: namespace });
  return { ...env, TEMPORAL_NAMESPACE: namespace };
}

const filesIn = (at: string): string[] =>
  readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

async function listed(store: Store): Promise<string[]> {
  const found: string[] = [];
  for await (const { runId } of listArchived(store, {})) found.push(runId);
  return found.sort();
}

describe('an archive', () => {
  it('gets every attempt once, also from two that write at once', async () => {
    const at = join(folder, 'twice');
    const store = createFolderStore(at, { mayBeMissing: true });
    expect(await archiveRuns(stage.client, store, { isDryRun: true })).toMatchObject({
      written: 2,
      there: 0,
    });
    expect(await listed(store)).toEqual([]);
    await Promise.all([archiveRuns(stage.client, store, {}), archiveRuns(stage.client, store, {})]);
    expect(await listed(store)).toEqual(runIds);
    expect(filesIn(join(at, 'runs'))).toHaveLength(2);
    expect(await archiveRuns(stage.client, store, {})).toMatchObject({ written: 0, there: 2, failures: 0 });
    const older = { filter: { until: new Date(Date.now() - 3_600_000) } };
    expect(await archiveRuns(stage.client, store, older)).toMatchObject({ written: 0, there: 0 });
  });

  it('goes on from where it was when the one that wrote it was killed', async () => {
    const at = join(folder, 'killed');
    const store = createFolderStore(at, { mayBeMissing: true });
    const dying: Store = {
      ...store,
      write: async (key, bytes) => {
        if (key.startsWith('manifest/')) throw new Error('killed');
        await store.write(key, bytes);
      },
    };
    await expect(archiveRuns(stage.client, dying, {})).rejects.toThrow('killed');
    expect(await listed(store)).toEqual([]);
    expect(await archiveRuns(stage.client, store, {})).toMatchObject({ written: 2, there: 0 });
    expect(await listed(store)).toEqual(runIds);
    expect(filesIn(join(at, 'runs'))).toHaveLength(2);
  });

  it('gets the others where one cannot be read, and that one when it can', async () => {
    const store = createFolderStore(join(folder, 'partly'), { mayBeMissing: true });
    const { list, replays } = stage.client;
    const unreadable: typeof replays.export = async (runId, options) => {
      if (runId === runIds[0]) throw new LonghaulError('INTERNAL', 'its history has no beginning');
      return replays.export(runId, options);
    };
    const client = { list, replays: { ...replays, export: unreadable } };
    expect(await archiveRuns(client, store, {})).toMatchObject({
      ...{ written: 1, there: 0, failures: 1 },
      failed: [{ runId: runIds[0], reason: 'its history has no beginning' }],
    });
    expect(await archiveRuns(stage.client, store, {})).toMatchObject({ written: 1, there: 1 });
  });

  it('in S3 is written, listed and shown by commands, which say no secret', async () => {
    const archive = 's3://kept/ml/longhaul';
    const first = await longhaul('run', 'archive', '--to', archive);
    expect(first).toMatchObject({ exitCode: 0, stderr: `2 attempts written to ${archive}, 0 were there\n` });
    const again = await longhaul('run', 'archive', '--to', archive, '-o', 'json');
    expect(JSON.parse(again.stdout)).toEqual({ written: 0, there: 2, forgotten: 0, failures: 0, failed: [] });
    const ids = await longhaul(
      'run',
      'archived',
      '--from',
      archive,
      '--failure',
      'GATE_REFUSED',
      '-o',
      'ids',
    );
    expect(ids.stdout.split('\n').filter(Boolean).sort()).toEqual(runIds);
    const shown = await longhaul('run', 'archived', 'train-and-deploy.kept', '--from', archive);
    expect(shown.stdout).toContain('GATE_REFUSED');
    expect(shown.stdout).not.toContain('pending');
    const none = await longhaul('run', 'archived', '--from', 's3://none/ml');
    expect(none.exitCode).toBe(2);
    expect(none.stderr).toContain('there is no bucket none');
    const texts = [first, again, ids, shown, none].map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(texts).not.toContain(keys.secretAccessKey);
    for (const [key, bytes] of s3.objects)
      if (key.startsWith('kept/ml/longhaul/runs/'))
        expect(JSON.parse(bytes.toString())).toMatchObject({
          format: 'longhaul.attempt/1',
          status: 'failed',
        });
  });

  it('is what a run is replayed from that Temporal has forgotten', async () => {
    const [runId = ''] = runIds;
    const archive = join(folder, 'replayed');
    expect((await longhaul('run', 'archive', '--to', archive)).exitCode).toBe(0);
    const asked = [runId, '--archive', archive, '--set', 'gate.conditions.0=accuracy >= 0.1'];
    const early = await longhaul('replay', 'plan', ...asked);
    expect(early.exitCode).toBe(7);
    const later = { env: await forgetful() };
    const plan = await runCommand(['replay', 'plan', ...asked], later);
    expect(plan.stdout).toMatch(/train +reused/);
    expect(plan.stderr).toContain(`--archive ${archive}`);
    const hash = /plan +([0-9a-f]{16})/.exec(plan.stdout)?.[1] ?? '';
    const applying = ['replay', 'apply', ...asked, '--plan', hash, '--reason', 'good enough'];
    expect(await runCommand(applying, later)).toMatchObject({ exitCode: 0 });
    const got = await runCommand(['run', 'get', runId, '-o', 'json'], later);
    const run = JSON.parse(got.stdout) as Run; // our own command
    expect(run.trigger).toMatchObject({ kind: 'replay' });
    expect(statuses(run)).toMatchObject({ train: 'reused' });
  });

  it('says what is wrong with its address', async () => {
    const ends = await Promise.all([
      longhaul('run', 'archive', '--to', 'gs://kept/ml'),
      longhaul('run', 'archive', '--to', 's3://kept/../ml'),
      longhaul('run', 'archived', '--from', join(folder, 'none')),
    ]);
    expect(ends.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
    expect(ends.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining('gs://kept/ml: write a folder, or s3://bucket/prefix'),
      expect.stringContaining('".." cannot be a part of its prefix'),
      expect.stringContaining(`there is no folder ${join(folder, 'none')}`),
    ]);
  });
});
