/** What an archive holds, and what it must not: in a folder, as in S3. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { attemptIdsOf, readArchived, writeAttempt } from '../../src/archive/attempt-files.js';
import { type ArchivedAttempt, readPart, writeEntries } from '../../src/archive/entries.js';
import { createFolderStore } from '../../src/archive/folder-store.js';
import { type ArchivedFilter, listArchived } from '../../src/archive/list-archived.js';
import type { Store } from '../../src/archive/store.js';
import { attemptRecord } from '../support/attempt-record.js';

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-archive-'));
  store = createFolderStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true }));

const ended = (key: string, number: number, change: Partial<ArchivedAttempt> = {}): ArchivedAttempt => ({
  ...{ runId: `train-and-deploy.${key}`, attemptId: `${key}-${number}`, pipeline: 'train-and-deploy' },
  ...{ connection: 'domino-test', trigger: 'cli', status: 'failed', step: 'train', failure: 'JOB_FAILED' },
  startedAt: `2026-11-${10 + number}T03:00:00.000Z`,
  endedAt: `2026-11-${10 + number}T04:00:00.000Z`,
  ...change,
});

async function listed(filter: ArchivedFilter = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const { attemptId } of listArchived(store, filter)) found.push(attemptId);
  return found;
}

const partIn = async (day: string): Promise<string> => {
  for await (const key of store.list(`manifest/${day}/`)) return key;
  throw new Error(`there is no part of ${day}`);
};

describe('the manifest of an archive', () => {
  it('lists each run by its last attempt, the one that ended last first', async () => {
    await writeEntries(store, [ended('a', 1), ended('b', 2), ended('a', 3, { status: 'succeeded' })]);
    await writeEntries(store, [ended('b', 2), ended('c', 2, { endedAt: '2026-11-12T05:00:00.000Z' })]);
    expect(await listed()).toEqual(['a-3', 'c-2', 'b-2']);
    expect(await listed({ status: 'failed' })).toEqual(['c-2', 'b-2']);
    expect(await listed({ startedAfter: new Date('2026-11-13T00:00:00Z') })).toEqual(['a-3']);
    expect(await listed({ step: 'gate' })).toEqual([]);
  });

  it.each([
    ['{"format":"longhaul.manifest/2","lines":0}\n', 'is of another version (longhaul.manifest/2'],
    ['{"format":"longhaul.manifest/1","lines":2}\n{}\n', 'is cut off'],
    ['{"format":"longhaul.manifest/1","lines":1}\n{"runId":"x"', 'is cut off'],
    ['', 'does not begin as a part of a manifest does'],
    [
      `{"format":"longhaul.manifest/1","lines":1}\n${JSON.stringify({ ...ended('a', 1), runId: 'a.../../x' })}\n`,
      'says nothing of an attempt in line 2',
    ],
  ])('is refused where a part of it is %j', async (text, reason) => {
    await writeEntries(store, [ended('a', 1)]);
    const key = await partIn('2026-11-11');
    writeFileSync(join(folder, key), text);
    await expect(readPart(store, key)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringContaining(`${folder}: ${key} ${reason}`),
    });
  });

  it('is refused where a file among its parts is none', async () => {
    await store.write('manifest/2026-11-11/notes.txt', Buffer.from('x'));
    await expect(listed()).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });
});

describe('the attempts in an archive', () => {
  const record = (attemptId: string) => attemptRecord([], { runId: 'train-and-deploy.a', attemptId });

  it('are read by the id of their run, the one that was started last unless another is named', async () => {
    await writeAttempt(store, ended('a', 2), record('a-2'));
    await writeAttempt(store, ended('a', 1), record('a-1'));
    expect(await attemptIdsOf(store, 'train-and-deploy.a')).toEqual(['a-1', 'a-2']);
    expect(await readArchived(store, 'train-and-deploy.a')).toEqual(record('a-2'));
    expect(await readArchived(store, 'train-and-deploy.a', { attemptId: 'a-1' })).toEqual(record('a-1'));
  });

  it.each(['../../etc/passwd', 'train-and-deploy.a/..', 'train-and-deploy.b', '..'])(
    'are not found by %s',
    async (runId) => {
      await writeAttempt(store, ended('a', 1), record('a-1'));
      await expect(readArchived(store, runId)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    },
  );

  it.each([
    ['{"format":"longhaul.attempt/1","runId":"train', 'is no JSON: it is cut off, or was edited'],
    ['{"format":"longhaul.attempt/9"}', 'is no attempt of this version (longhaul.attempt/1)'],
    ['null', 'is no attempt of this version (longhaul.attempt/1)'],
    [JSON.stringify(record('a-7')), 'holds another attempt'],
    [
      JSON.stringify({ ...record('a-1'), status: '\u001b[2J' }),
      'was edited: status: Invalid option: expected one of',
    ],
    [JSON.stringify({ ...record('a-1'), steps: [null] }), 'was edited: steps.0: Invalid input'],
    [
      JSON.stringify({
        ...record('a-1'),
        steps: [{ name: 'x', references: [], state: { status: 'failed' } }],
      }),
      'was edited: steps.0.state.failure: Invalid input',
    ],
    ...[
      { steps: [{ name: 'x\n✔ deploy', references: [], state: { status: 'pending' } }] },
      { steps: [{ name: 'x', references: [{ kind: 'job\n✔', id: '1' }], state: { status: 'pending' } }] },
      { trigger: { kind: 'cli\u202e' } },
      { connection: 'dev\n✔ all is well' },
    ].map((edited) => [
      JSON.stringify({ ...record('a-1'), ...edited }),
      `was edited: ${Object.keys(edited).join('')}`,
    ]),
  ])('are refused where a file is %s', async (text, reason) => {
    await store.write('runs/train-and-deploy.a/20261111T030000.000Z-a-1.json', Buffer.from(text));
    await expect(readArchived(store, 'train-and-deploy.a')).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringContaining(
        `${folder}: runs/train-and-deploy.a/20261111T030000.000Z-a-1.json ${reason}`,
      ),
    });
  });
});

describe('an archive in a folder', () => {
  it('is read by its owner alone, and leaves nothing half', async () => {
    await store.write('runs/x/1.json', Buffer.from('one'));
    await store.write('runs/x/1.json', Buffer.from('another'));
    expect(readdirSync(join(folder, 'runs/x'))).toEqual(['1.json']);
    expect(statSync(join(folder, 'runs/x/1.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'runs')).mode & 0o777).toBe(0o700);
  });

  it('does not list what was cut off while it was written', async () => {
    await store.write('runs/x/1.json', Buffer.from('one'));
    writeFileSync(join(folder, 'runs/x/.unfinished-1'), 'o');
    const keys: string[] = [];
    for await (const key of store.list('runs/x/')) keys.push(key);
    expect(keys).toEqual(['runs/x/1.json']);
  });

  it.each(['.', './', '..', '../archive/'])('is the same by %s', async (address) => {
    const cwd = process.cwd();
    mkdirSync(join(folder, 'archive'));
    process.chdir(join(folder, 'archive'));
    try {
      store = createFolderStore(address);
      await writeEntries(store, [ended('a', 1)]);
      expect(await listed()).toEqual(['a-1']);
    } finally {
      process.chdir(cwd);
    }
  });

  it('says at once that a file system makes no folder', async () => {
    store = createFolderStore('/proc/none');
    await expect(store.write('runs/x/1.json', Buffer.from('x'))).rejects.toMatchObject({
      code: 'ARCHIVE_UNAVAILABLE',
      message: '/proc/none/runs/x/1.json cannot be written: ENOENT',
    });
  });

  it('says that it is not there, and why it cannot be written', async () => {
    store = createFolderStore(join(folder, 'none'));
    await expect(listed()).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: `there is no folder ${folder}/none, and so no archive in it`,
    });
    writeFileSync(join(folder, 'none'), 'a file');
    await expect(store.write('runs/x', Buffer.from('x'))).rejects.toMatchObject({
      code: 'ARCHIVE_UNAVAILABLE',
      message: `${folder}/none/runs/x cannot be written: ENOTDIR`,
    });
  });
});
