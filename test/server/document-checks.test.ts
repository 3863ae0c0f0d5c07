/** Documents of callers are checked in a process beside the server's own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { type Principal, localPrincipal } from '../../src/access/principal.js';
import {
  type DocumentCheckOptions,
  type DocumentChecks,
  createDocumentChecks,
} from '../../src/server/document-checks.js';
import { eventually } from '../support/eventually.js';

const directory = mkdtempSync(join(tmpdir(), 'longhaul-checks-'));
afterAll(() => rmSync(directory, { recursive: true }));
let files = 0;
/** A process that does this with each document, once it is ready. */
function processOf(work: string, first = `process.send('ready');`): URL {
  const file = join(directory, `${(files += 1)}.mjs`);
  writeFileSync(
    file,
    `process.once('message', () => { process.on('message', (asked) => { ${work} }); ${first} });`,
  );
  return pathToFileURL(file);
}
/** Answers with itself in the place of a warning. */
const echoing = `process.send({ ok: true, pipeline: asked.text, warnings: [{ line: process.pid }] })`;
const endless = `for (;;);`;

let checks: DocumentChecks;
function create(options: Partial<DocumentCheckOptions> = {}): DocumentChecks {
  const processFile = new URL('../../dist/server/check-process.js', import.meta.url);
  checks = createDocumentChecks({ documents: {}, processFile, ...options });
  return checks;
}
afterEach(() => checks.close());

const asked = (text: string) => ({
  text,
  connections: new Map([['domino-dev', { platform: 'domino', dialect: 'public' }]]),
  services: new Map(),
  listsServices: true,
  documents: [],
});
const caller = (id: string): Principal => ({ ...localPrincipal, kind: 'key', id });
const check = (text: string, by: Principal = localPrincipal, isGone?: () => boolean) =>
  checks.check(asked(text), by, isGone);
async function pidOf(text: string): Promise<number> {
  const found = await check(text);
  return found.ok ? Number(found.warnings[0]?.line) : 0;
}
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
const gone = (pid: number) => eventually(() => !isThere(pid));
const document = `longhaul: pipeline/v1
pipeline: nightly
connection: domino-dev
steps: { train: { uses: job, with: { project: ds/a, command: x } } }
`;
const tooMuch = (detail: string): unknown =>
  expect.objectContaining({
    code: 'REQUEST_MALFORMED',
    message: `the document ${detail}`,
    fields: [{ pointer: '/document', detail }],
  });
const stopping = expect.objectContaining({
  code: 'SERVER_BUSY',
  message: 'this server is stopping',
}) as unknown;

describe('the check of a document', () => {
  it('has a process of its own, which ends when there was nothing to do, and begins anew', async () => {
    create({ processFile: processOf(echoing), idleMs: 100 });
    const pid = await pidOf('one');
    expect(pid).not.toBe(process.pid);
    await gone(pid);
    expect(await pidOf('two')).not.toBe(pid);
  });

  it('says what is wrong, and knows the connections that the caller may name', async () => {
    create();
    expect(await check(document)).toEqual({ ok: true, pipeline: 'nightly', warnings: [] });
    expect(await check(document.replace('domino-dev', 'domino-prod'))).toEqual({
      ok: false,
      faults: [
        {
          line: 3,
          column: 13,
          message: 'there is no connection "domino-prod"; the connections are domino-dev',
        },
      ],
    });
  });

  it('is broken off when it does not end, also within a pattern, and the next one is made', async () => {
    create({
      processFile: processOf(
        `if (asked.text === 'quick') ${echoing}; else /^(a+)+$/.test('a'.repeat(60) + 'b')`,
      ),
      withinMs: 1_000,
    });
    const pid = await pidOf('quick');
    await expect(check('slow')).rejects.toEqual(
      tooMuch('takes more than 1 s or 256 MB to check: make it smaller, and its patterns simpler'),
    );
    expect(isThere(pid)).toBe(false);
    expect(await pidOf('quick')).not.toBe(pid);
  });

  it('is broken off when it takes too much memory, and the next one is made', async () => {
    create({
      processFile: processOf(`for (const all = [];;) all.push(new Array(1e7).fill(0))`),
      withinMs: 60_000,
    });
    const before = process.env['NODE_OPTIONS'];
    process.env['NODE_OPTIONS'] = '--max-old-space-size=8192'; // the process of a check does not have it
    for (const _ of [1, 2])
      await expect(check(document)).rejects.toEqual(
        tooMuch('takes more than 60 s or 256 MB to check: make it smaller, and its patterns simpler'),
      );
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
  });

  it('is refused when as many wait as may, of one caller or of all; a server that stops breaks all off', async () => {
    create({ processFile: processOf(endless), withinMs: 60_000 });
    const waiting = ['a', 'b', 'c', 'd'].flatMap((id) => [1, 2, 3, 4].map(() => check(document, caller(id))));
    const all = Promise.allSettled(waiting);
    await expect(check(document, caller('a'))).rejects.toThrow(
      'this server has 4 of your documents to check, which is as many as it takes',
    );
    await expect(check(document, caller('e'))).rejects.toThrow('this server has 16 documents to check');
    await checks.close();
    expect(await all).toEqual(waiting.map(() => ({ status: 'rejected', reason: stopping })));
    await expect(check(document)).rejects.toEqual(stopping);
  });

  it('waits for one of each other caller, however many they have asked for', async () => {
    create({ processFile: processOf(echoing) });
    const done: string[] = [];
    const one = (id: string) => check(document, caller(id)).then(() => void done.push(id));
    await Promise.all(['a', 'a', 'a', 'b', 'b', 'c'].map(one));
    expect(done.join(' ')).toBe('a b c a b a');
  });

  it('is left out when its caller has gone before its turn', async () => {
    create({ processFile: processOf(`if (asked.text === 'left') process.exit(3); ${echoing}`) });
    const first = pidOf('first');
    await expect(check('left', localPrincipal, () => true)).rejects.toThrow('its caller has gone');
    expect(await pidOf('third')).toBe(await first);
  });

  it('fails as itself when the process does, and the next one is made', async () => {
    create({ processFile: processOf('process.exit(3)') });
    for (const _ of [1, 2])
      await expect(check(document)).rejects.toThrow('the process that checks documents has ended (3)');
  });

  it('has another process where the one that was there has died meanwhile', async () => {
    create({ processFile: processOf(echoing) });
    const pid = await pidOf('one');
    process.kill(pid, 'SIGKILL');
    await gone(pid);
    expect(await pidOf('two')).not.toBe(pid);
  });

  it('is refused for now where its process does not start in time', async () => {
    create({ processFile: processOf(echoing, ''), readyWithinMs: 100 });
    await expect(check(document)).rejects.toMatchObject({
      code: 'SERVER_BUSY',
      message: 'the process that checks documents did not start in time',
    });
  });
});
