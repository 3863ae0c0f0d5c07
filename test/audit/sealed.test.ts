import { spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Checkpoint, headText } from '../../src/audit/head.js';
import { createSealing } from '../../src/audit/line.js';
import { type AuditEntry, type AuditLog, createAuditLog } from '../../src/audit/log.js';
import { checkpointOf, readAudit, verifyAudit } from '../../src/audit/read.js';

const modules = new URL('../../dist/audit/', import.meta.url).href;
const key = 'k'.repeat(32);
const entry: AuditEntry = { actor: 'ada', actorKind: 'key', action: 'run.cancel', object: 'train.a' };
const done = (): Promise<string> => Promise.resolve('done');

describe('a log that a key seals', () => {
  let directory: string;
  let sealed: AuditLog;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'longhaul-audit-'));
    sealed = createAuditLog({ directory, key: () => key, report: () => undefined });
    await sealed.record(entry, done);
    await sealed.record({ ...entry, object: 'train.b' }, done);
  });
  afterEach(async () => {
    await sealed.close();
    rmSync(directory, { recursive: true });
  });

  const files = (): string[] => readdirSync(directory).sort();
  const onlyLog = (): string => files().find((name) => name.endsWith('.jsonl')) ?? 'none';
  const path = (): string => join(directory, onlyLog());
  const lines = (): string[] => readFileSync(path(), 'utf8').trimEnd().split('\n');
  const faults = async (checkpoint?: Checkpoint): Promise<string[]> =>
    (await verifyAudit(directory, { key, checkpoint })).broken.map(({ line, fault }) => `${line} ${fault}`);
  /** As somebody would who can write to the directory, and has no key. */
  const chained = (bodies: readonly object[]): string => {
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    let previous = sha256(onlyLog());
    return bodies
      .map((fields) => {
        const body = JSON.stringify({ ...fields, previous });
        previous = sha256(body);
        return `${body.slice(0, -1)},"hash":"${previous}"}\n`;
      })
      .join('');
  };

  it('is whole where no line of a file could be written, and leaves nothing of that', async () => {
    // A limit on the size of files stands for the full disk: at first of the lines alone, then of the head too.
    const script = `const { createAuditLog } = await import(${JSON.stringify(`${modules}log.js`)});
      const log = createAuditLog({ directory: process.argv[1], key: () => '${key}', report() {} });
      const reason = 'x'.repeat(2_000);
      for (let i = 0; i < 3; i++)
        await log.record({ ...${JSON.stringify(entry)}, reason }, async () => {}).catch(({ code }) => console.log(code));`;
    for (const kib of ['1', '0']) {
      const limited = `trap '' XFSZ; ulimit -f ${kib}; exec "$0" --input-type=module -e "$1" "$2"`;
      const before = files();
      const { stdout } = spawnSync('bash', ['-c', limited, process.execPath, script, directory], {
        encoding: 'utf8',
      });
      expect(stdout.trim().split('\n')).toEqual(Array.from({ length: 3 }, () => 'AUDIT_UNAVAILABLE'));
      expect(files()).toEqual(before);
    }
    expect(await faults()).toEqual([]);
  });

  it('is whole where the process died between the first line and its head', async () => {
    const script = `const { createAuditLog } = await import(${JSON.stringify(`${modules}log.js`)});
      const { open } = await import('node:fs/promises');
      const probe = await open(process.execPath);
      Object.getPrototypeOf(probe).datasync = async () => process.kill(process.pid, 'SIGKILL');
      const log = createAuditLog({ directory: process.argv[1], key: () => '${key}', report() {} });
      await log.record(${JSON.stringify(entry)}, async () => {});`;
    const { signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script, directory]);
    expect(signal).toBe('SIGKILL');
    expect(await verifyAudit(directory, { key })).toEqual({ files: 2, lines: 5, broken: [], truncated: [] });
  });

  it('is whole where the process died before the first line, also in a version before', async () => {
    const name = '2026-11-21T10-00-00.000Z-desk-1-00000000.jsonl';
    const [begun, head] = [join(directory, name), join(directory, `${name}.head`)];
    writeFileSync(head, headText({ file: name, lines: 0, last: '' }, createSealing(key)));
    expect(await faults()).toEqual([]);
    writeFileSync(begun, '');
    expect(await faults()).toEqual([]);
    expect(await faults({ heads: [{ file: 'put-away.jsonl', lines: 0, last: '' }] })).toEqual([]);
    writeFileSync(head, '');
    expect(await faults()).toEqual([]);
    rmSync(head);
    expect(await faults()).toEqual([]);
  });

  it('shows that the head of lines was emptied', async () => {
    writeFileSync(`${path()}.head`, '');
    expect(await faults()).toEqual(['4 has no head, so its end may be missing']);
  });

  it('is whole with its key, and read without it', async () => {
    expect(await verifyAudit(directory, { key })).toEqual({ files: 1, lines: 4, broken: [], truncated: [] });
    const records = [];
    for await (const record of readAudit({ directory })) records.push(record);
    expect(records).toMatchObject([{ object: 'train.b', outcome: 'ok' }, { object: 'train.a' }]);
  });

  it('shows that it was rewritten with hashes that fit', async () => {
    const kept = lines().map((line) => {
      const { previous: _previous, mac: _mac, ...fields } = JSON.parse(line) as Record<string, string>;
      return fields;
    });
    writeFileSync(path(), chained([{ ...kept[0], actor: 'eve' }, ...kept.slice(1)]));
    expect(await faults()).toEqual(expect.arrayContaining(['1 is not signed', '4 is not signed']));
  });

  it.each([
    ['its last line', 3],
    ['all lines', 0],
  ])('shows that %s was cut off', async (_, left) => {
    writeFileSync(
      path(),
      lines()
        .slice(0, left)
        .map((line) => `${line}\n`)
        .join(''),
    );
    expect(await faults()).toEqual([`${left} is cut off: 4 lines were written`]);
  });

  it('shows that its head was taken away or made by somebody else', async () => {
    const head = `${path()}.head`;
    const text = readFileSync(head, 'utf8');
    writeFileSync(head, text.replace('"lines":4', '"lines":3'));
    expect(await faults()).toEqual(['4 has a head that is not of this key']);
    rmSync(head);
    expect(await faults()).toEqual(['4 has no head, so its end may be missing']);
  });

  it('shows that a file was taken away and its head left', async () => {
    rmSync(path());
    expect(await faults()).toEqual(['1 is gone, and its head is there']);
  });

  it('is whole where a file is begun while it is looked at', async () => {
    const begun = join(directory, 'begun.jsonl');
    spawnSync('bash', ['-c', 'mkfifo "$0"', `${begun}.head`]);
    const found = faults();
    const head = await open(`${begun}.head`, 'w'); // when it is read, and so after the directory
    writeFileSync(begun, '');
    await head.writeFile(headText({ file: 'begun.jsonl', lines: 1, last: 'x' }, createSealing(key)));
    await head.close();
    expect(await found).toEqual([]);
  });

  it('is whole where a version before has left in a line what some tools take for its end', async () => {
    const of = (text: string) => createHmac('sha256', key).update(text).digest('hex');
    const name = '2026-11-21T10-00-00.000Z-desk-1-00000000.jsonl';
    const body = JSON.stringify({ actor: 'a\u2028b', previous: of(name) });
    writeFileSync(join(directory, name), `${body.slice(0, -1)},"mac":"${of(body)}"}\n`);
    expect(await faults()).toEqual(['1 has no head, so its end may be missing']);
  });

  it('shows against a checkpoint that a file is gone with its head, or goes no longer as far', async () => {
    const checkpoint = await checkpointOf(directory);
    await sealed.record({ ...entry, object: 'train.c' }, done);
    expect(await faults(checkpoint)).toEqual([]);
    writeFileSync(path(), `${lines()[0]}\n`);
    rmSync(`${path()}.head`);
    expect(await faults(checkpoint)).toContain('1 is cut off: 4 lines were written');
    rmSync(path());
    expect(await faults(checkpoint)).toEqual(['1 is gone, and was there at the checkpoint']);
  });

  it('is a fault of another key, and of none', async () => {
    const other = await verifyAudit(directory, { key: 'o'.repeat(32) });
    expect(other.broken.map(({ fault }) => fault)).toContain('was changed');
    const none = await verifyAudit(directory);
    expect(none.broken[0]?.fault).toBe('is signed, and audit.key is not configured');
  });

  it('is told line by line to who keeps it elsewhere', async () => {
    const told: string[] = [];
    const mirrored = createAuditLog({
      directory,
      key: () => key,
      mirror: (file, line) => void told.push(`${file} ${line}`),
      report: () => undefined,
    });
    await mirrored.record(entry, done);
    await mirrored.close();
    const file = files().find((name) => name.endsWith('.jsonl') && name !== onlyLog()) ?? '';
    const text = readFileSync(join(directory, file), 'utf8');
    expect(told.join('')).toBe(
      text
        .trimEnd()
        .split('\n')
        .map((line) => `${file} ${line}\n`)
        .join(''),
    );
  });
});
