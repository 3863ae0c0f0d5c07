import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type AuditEntry, type AuditLog, createAuditLog } from '../../src/audit/log.js';
import { type AuditFilter, type AuditRecord, readAudit, verifyAudit } from '../../src/audit/read.js';
import { LonghaulError } from '../../src/run/failures/errors.js';

const modules = new URL('../../dist/audit/', import.meta.url).href;
let folder: string;
let directory: string;
let log: AuditLog;
let reported: LonghaulError[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-audit-'));
  directory = join(folder, 'audit');
  reported = [];
  log = createAuditLog({ directory, report: (error) => void reported.push(error) });
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true });
});

const entry: AuditEntry = { actor: 'ada', actorKind: 'key', action: 'run.cancel', object: 'train.a' };
const done = (): Promise<string> => Promise.resolve('done');
const files = (): string[] => readdirSync(directory).sort();
const onlyFile = (): string => join(directory, files()[0] ?? 'none');

async function read(filter: AuditFilter = {}, limit?: number): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for await (const record of readAudit({ directory, filter, ...(limit !== undefined && { limit }) }))
    records.push(record);
  return records;
}

describe('an entry of the audit log', () => {
  it('is on the disk before the action begins, and says afterwards what came of it', async () => {
    let before: AuditRecord[] = [];
    const value = await log.record(
      { ...entry, reason: 'wrong branch', requestId: 'r1', bodyDigest: 'ab' },
      async () => {
        before = await read();
        return 'run.b';
      },
      (runId) => `created ${runId}`,
    );
    expect(value).toBe('run.b');
    const meant = {
      ...entry,
      reason: 'wrong branch',
      requestId: 'r1',
      bodyDigest: 'ab',
      id: expect.any(String),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
    };
    expect(before).toEqual([{ ...meant, outcome: 'unknown' }]);
    expect(await read()).toEqual([
      { ...meant, outcome: 'ok', result: 'created run.b', endedAt: expect.any(String) },
    ]);
    expect(statSync(onlyFile()).mode & 0o777).toBe(0o600);
  });

  it('holds the code of a failure and passes the failure on', async () => {
    const failure = new LonghaulError('RUN_ENDED', 'it has ended');
    await expect(log.record(entry, () => Promise.reject(failure))).rejects.toBe(failure);
    await expect(log.record(entry, () => Promise.reject(new Error('secret')))).rejects.toThrow('secret');
    expect(await read()).toMatchObject([
      { outcome: 'failed', code: 'INTERNAL' },
      { outcome: 'failed', code: 'RUN_ENDED' },
    ]);
    expect(readFileSync(onlyFile(), 'utf8')).not.toContain('secret');
  });

  it('holds no more than its own fields', async () => {
    const more = { ...entry, authorization: 'Bearer lh_x' };
    await log.record(more, done);
    expect(readFileSync(onlyFile(), 'utf8')).not.toContain('lh_x');
  });

  it('has an unknown outcome when the process dies in the middle', async () => {
    const script = `const { createAuditLog } = await import(${JSON.stringify(`${modules}log.js`)});
      const log = createAuditLog({ directory: ${JSON.stringify(directory)}, report() {} });
      await log.record(${JSON.stringify(entry)}, async () => process.kill(process.pid, 'SIGKILL'));`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    expect(signal).toBe('SIGKILL');
    expect(await read()).toMatchObject([{ ...entry, outcome: 'unknown' }]);
    expect(await verifyAudit(directory)).toEqual({ files: 1, lines: 1, broken: [], truncated: [] });
  });
});

describe('an audit log that cannot be written', () => {
  it('lets nothing happen', async () => {
    writeFileSync(directory, 'a file where the directory should be');
    let performed = false;
    const recorded = log.record(entry, () => {
      performed = true;
      return done();
    });
    await expect(recorded).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(performed).toBe(false);
  });

  it('does not undo what has happened, but says so', async () => {
    const value = await log.record(entry, () => {
      rmSync(directory, { recursive: true });
      writeFileSync(directory, '');
      return done();
    });
    expect(value).toBe('done');
    expect(reported).toEqual([expect.objectContaining({ code: 'AUDIT_UNAVAILABLE' })]);
  });

  it('works again when the directory does, in a new file', async () => {
    await log.record(entry, done);
    renameSync(directory, `${directory}.away`);
    rmSync(join(`${directory}.away`), { recursive: true });
    writeFileSync(directory, '');
    await expect(log.record(entry, done)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    rmSync(directory);
    await log.record({ ...entry, object: 'later' }, done);
    expect(await read()).toMatchObject([{ object: 'later', outcome: 'ok' }]);
  });

  it('takes back what it wrote of a line when the disk is full, so that only what happened is in it', async () => {
    // A limit on the size of files stands for the full disk: the write that crosses it is cut off.
    const script = `const { createAuditLog } = await import(${JSON.stringify(`${modules}log.js`)});
      const counts = { performed: 0, refused: 0, reported: 0 };
      const log = createAuditLog({ directory: ${JSON.stringify(directory)}, report: () => counts.reported++ });
      for (let i = 0; i < 20; i++)
        await log.record(${JSON.stringify(entry)}, async () => counts.performed++).catch((error) => {
          if (error.code === 'AUDIT_UNAVAILABLE') counts.refused++;
        });
      console.log(JSON.stringify(counts));`;
    const { stdout } = spawnSync(
      'bash',
      ['-c', `trap '' XFSZ; ulimit -f 1; exec "$0" --input-type=module -e "$1"`, process.execPath, script],
      { encoding: 'utf8' },
    );
    const counts: unknown = JSON.parse(stdout);
    const records = await read();
    expect(counts).toEqual({
      performed: records.length,
      refused: 20 - records.length,
      reported: records.filter(({ outcome }) => outcome === 'unknown').length,
    });
    expect(counts).not.toMatchObject({ refused: 0, reported: 0 });
    expect(await verifyAudit(directory)).toMatchObject({ broken: [], truncated: [] });
  });

  it('is also one that is closed', async () => {
    await log.record(entry, done);
    await log.close();
    await expect(log.record(entry, done)).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
  });
});

describe('reading the audit log', () => {
  it('folds and orders the entries of many callers and several processes', async () => {
    const other = createAuditLog({ directory, report: () => undefined });
    const objects = Array.from({ length: 200 }, (_, index) => `run.${index}`);
    await Promise.all(
      objects.map((object, index) => (index % 2 ? log : other).record({ ...entry, object }, done)),
    );
    await other.close();
    const records = await read();
    expect(files()).toHaveLength(2);
    expect(new Set(records.map(({ object }) => object))).toEqual(new Set(objects));
    expect(records.every(({ outcome }) => outcome === 'ok')).toBe(true);
    const times = records.map(({ at }) => at);
    expect(times).toEqual([...times].sort().reverse());
    expect(await verifyAudit(directory)).toEqual({ files: 2, lines: 400, broken: [], truncated: [] });
  });

  it('finds by every field that it can be asked for', async () => {
    await log.record({ ...entry, actor: 'eve', action: 'run.start', object: 'x' }, done);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const between = new Date();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await log.record(entry, () => Promise.reject(new LonghaulError('RUN_ENDED', ''))).catch(() => undefined);
    const found = async (filter: AuditFilter) => (await read(filter)).map(({ actor }) => actor);
    expect(await found({})).toEqual(['ada', 'eve']);
    expect(await found({ actor: 'eve' })).toEqual(['eve']);
    expect(await found({ action: 'run.cancel' })).toEqual(['ada']);
    expect(await found({ object: 'x' })).toEqual(['eve']);
    expect(await found({ since: between })).toEqual(['ada']);
    expect(await found({ until: between })).toEqual(['eve']);
    expect(await found({ outcome: 'failed' })).toEqual(['ada']);
    expect(await found({ outcome: 'unknown' })).toEqual([]);
    expect(await read({}, 1)).toMatchObject([{ actor: 'ada' }]);
  });

  it('finds what came of an action during which another file was begun', async () => {
    const failure = new LonghaulError('RUN_ENDED', 'it has ended');
    const refused = log.record({ ...entry, object: 'long' }, async () => {
      for (let written = 0; files().length < 2; written += 1)
        await log.record(
          { ...entry, actor: 'eve', object: `${written}`, reason: 'x'.repeat(4_000_000) },
          done,
        );
      throw failure;
    });
    await expect(refused).rejects.toBe(failure);
    expect(files()).toHaveLength(2);
    const found = { object: 'long', outcome: 'failed', code: 'RUN_ENDED', endedAt: expect.any(String) };
    expect((await read()).at(-1)).toMatchObject(found);
    expect(await read({ outcome: 'unknown' })).toEqual([]);
    expect(await read({ outcome: 'failed' })).toMatchObject([found]);
    expect(await read({ actor: 'ada' }, 1)).toMatchObject([found]);
  });

  it('finds nothing where nothing was written', async () => {
    expect(await read()).toEqual([]);
    expect(await verifyAudit(directory)).toEqual({ files: 0, lines: 0, broken: [], truncated: [] });
  });

  it('keeps text with line breaks of any kind in one entry', async () => {
    const reason = 'a\nb\r\u2028c\u2029d","hash":"x"}';
    await log.record({ ...entry, reason }, done);
    expect(await read()).toMatchObject([{ reason, outcome: 'ok' }]);
    expect(readFileSync(onlyFile(), 'utf8')).not.toMatch(/[\u2028\u2029]/);
    expect(await verifyAudit(directory)).toMatchObject({ lines: 2, broken: [] });
  });
});

describe('the chain', () => {
  const lines = (): string[] => readFileSync(onlyFile(), 'utf8').trimEnd().split('\n');
  const rewrite = (changed: readonly string[]) => writeFileSync(onlyFile(), `${changed.join('\n')}\n`);
  beforeEach(async () => {
    await log.record(entry, done);
    await log.record({ ...entry, object: 'train.b' }, done);
  });

  it.each<[string, (all: string[]) => string[], number, string]>([
    ['a changed line', (all) => all.with(2, (all[2] ?? '').replace('train.b', 'train.c')), 3, 'was changed'],
    ['a changed last line', (all) => all.with(3, (all[3] ?? '').replace('ok', 'failed')), 4, 'was changed'],
    ['a missing line', (all) => all.toSpliced(1, 1), 2, 'does not follow the line before'],
    ['a missing first line', (all) => all.toSpliced(0, 1), 1, 'does not follow the line before'],
    ['a line put in', (all) => all.toSpliced(1, 0, '{"x":1}'), 2, 'is no line of an audit log'],
  ])('shows %s', async (_, change, line, fault) => {
    rewrite(change(lines()));
    const { broken } = await verifyAudit(directory);
    expect(broken).toEqual([{ file: files()[0], line, fault }]);
  });

  it('shows a file that took the place of another', async () => {
    const name = `2020-01-01T00-00-00.000Z-desk-1-00000000.jsonl`;
    renameSync(onlyFile(), join(directory, name));
    expect((await verifyAudit(directory)).broken).toEqual([
      { file: name, line: 1, fault: 'does not follow the line before' },
    ]);
  });

  it('names a last line that is cut off, which is no fault, and reads the rest', async () => {
    appendFileSync(onlyFile(), '{"at":"2026-');
    expect(await verifyAudit(directory)).toEqual({ files: 1, lines: 4, broken: [], truncated: files() });
    expect(await read()).toHaveLength(2);
  });
});

describe('what happens without a change', () => {
  it('is in the log with what came of it', async () => {
    const note = { ...entry, action: 'run.read-log', actorKind: 'token' as const };
    log.note({ ...note, outcome: 'ok' });
    log.note({ ...note, action: 'access.refuse', outcome: 'failed', code: 'ACCESS_DENIED', count: 7 });
    await log.record(entry, done);
    expect(await read({ actor: 'ada' })).toMatchObject([
      { action: 'run.cancel', outcome: 'ok' },
      { action: 'access.refuse', outcome: 'failed', code: 'ACCESS_DENIED', count: 7 },
      { action: 'run.read-log', actorKind: 'token', outcome: 'ok' },
    ]);
    expect(await verifyAudit(directory)).toEqual({ files: 1, lines: 4, broken: [], truncated: [] });
  });

  it('is reported when it cannot be written, and stops nobody', async () => {
    writeFileSync(directory, 'a file where the directory should be');
    log.note({ ...entry, outcome: 'ok' });
    await log.close();
    expect(reported).toEqual([expect.objectContaining({ code: 'AUDIT_UNAVAILABLE' })]);
  });
});
