/** Documents of callers are checked in a thread beside the server's own. */
import { report } from 'node:process';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Principal, localPrincipal } from '../../src/access/principal.js';
import {
  type DocumentCheckOptions,
  type DocumentChecks,
  createDocumentChecks,
} from '../../src/server/document-checks.js';

const threadFile = new URL('../../dist/server/check-thread.js', import.meta.url);
/** A thread of these statements. */
const threadOf = (statements: string): URL =>
  new URL(
    `data:text/javascript,import { parentPort } from 'node:worker_threads'; ${encodeURIComponent(statements)}`,
  );
const echoing = `parentPort.on('message', (asked) => parentPort.postMessage(asked)); parentPort.postMessage('ready');`;
const endless = `parentPort.on('message', () => { for (;;); }); parentPort.postMessage('ready');`;

let checks: DocumentChecks;
function create(options: Partial<DocumentCheckOptions> = {}): DocumentChecks {
  checks = createDocumentChecks({ documents: {}, threadFile, ...options });
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
const check = (text: string, caller: Principal = localPrincipal) => checks.check(asked(text), caller);
const threads = (): number => (report.getReport() as unknown as { workers: unknown[] }).workers.length; // of a report of Node
const document = `longhaul: pipeline/v1
pipeline: nightly
connection: domino-dev
steps: { train: { uses: job, with: { project: ds/a, command: x } } }
`;

describe('the check of a document', () => {
  it('has a thread from the first one on, which ends when there was nothing to do, and begins anew', async () => {
    create({ threadFile: threadOf(echoing), idleMs: 20 });
    expect(threads()).toBe(0);
    for (const round of ['first', 'second']) {
      expect(await check(document)).toMatchObject({ text: document });
      expect({ round, threads: threads() }).toEqual({ round, threads: 1 });
      while (threads() > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
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

  it('is broken off when it does not end, while this thread goes on, and the next one is made', async () => {
    create({ threadFile: threadOf(endless), withinMs: 50 });
    const detail = 'takes more than 0.05 s or 256 MB to check: make it smaller, and its patterns simpler';
    const refusal = expect.objectContaining({
      code: 'REQUEST_MALFORMED',
      message: `the document ${detail}`,
      fields: [{ pointer: '/document', detail }],
    }) as unknown;
    for (const _ of [1, 2]) await expect(check(document)).rejects.toEqual(refusal);
    expect(threads()).toBe(0);
  });

  it('is broken off when it takes too much memory', async () => {
    const greedy = endless.replace('for (;;);', 'for (const all = [];;) all.push(new Array(1e6).fill(0));');
    create({ threadFile: threadOf(greedy), withinMs: 60_000 });
    await expect(check(document)).rejects.toMatchObject({ code: 'REQUEST_MALFORMED' });
  });

  it('is refused when as many wait as may, of one caller or of all', async () => {
    create({ threadFile: threadOf(endless), withinMs: 60_000 });
    const caller = (id: string): Principal => ({ ...localPrincipal, kind: 'key', id });
    const waiting = ['a', 'b', 'c', 'd'].flatMap((id) => [1, 2, 3, 4].map(() => check(document, caller(id))));
    const all = Promise.allSettled(waiting);
    await expect(check(document, caller('a'))).rejects.toThrow(
      'this server has 4 of your documents to check, which is as many as it takes',
    );
    await expect(check(document, caller('e'))).rejects.toThrow('this server has 16 documents to check');
    await checks.close();
    const stopping = expect.objectContaining({ code: 'SERVER_BUSY', message: 'this server is stopping' });
    expect(await all).toEqual(waiting.map(() => ({ status: 'rejected', reason: stopping })));
    expect(threads()).toBe(0);
  });

  it('fails as itself when the thread does, and the next one is made', async () => {
    create({ threadFile: threadOf(endless.replace('for (;;);', `throw new TypeError('x is not there');`)) });
    for (const _ of [1, 2]) await expect(check(document)).rejects.toThrow('x is not there');
  });
});
