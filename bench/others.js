/**
 * What a caller can keep others waiting for: documents of 220 KB that are made to be slow, one after the other, while another
 * caller asks for something small all the time. Others wait at most for the time of the server's main thread; how long they have
 * waited also counts what else the machine does.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { withServer } from './server-stage.js';

const bytes = 220_000;
const head = 'longhaul: pipeline/v1\npipeline: p\nconnection: domino-dev\n';
const job = (n, command) => `  s${n}: { uses: job, with: { project: a/b, command: ${command} } }\n`;
const steps = (count, command) =>
  `${head}steps:\n${Array.from({ length: count }, (_, n) => job(n, command)).join('')}`;
const filled = (begin, part, end = '') =>
  begin + part.repeat(Math.floor((bytes - begin.length - end.length) / part.length)) + end;
const numbered = (begin, line) => {
  let text = begin;
  for (let n = 0; text.length < bytes; n += 1) text += line(n);
  return text;
};

const documents = {
  'deep lists': filled(`${head}x: `, '['),
  'wrong YAML at each character': filled(`${head}x: `, ']'),
  'thousands of aliases': numbered(`${head}x:\n  - &a 1\n`, () => '  - *a\n'),
  'thousands of keys': numbered(head, (n) => `k${n}: 1\n`),
  'thousands of inputs': numbered(
    `${head}steps:\n${job(0, 'x')}input:\n  properties:\n`,
    (n) => `    p${n}: {}\n`,
  ),
  'patterns that are hard to judge': numbered(
    `${head}steps:\n${job(0, 'x')}input:\n  properties:\n`,
    (n) => `    p${n}: { pattern: "${'a*'.repeat(240)}" }\n`,
  ),
  '200 steps with long texts': steps(200, `"${'x'.repeat(1_020)}"`),
  '200 steps with 55 expressions each': steps(200, `"${'${{ 1 + 2 * 3 }} '.repeat(55)}"`),
};

export const measureOthers = () =>
  withServer({}, async ({ server }) => {
    const check = async (document) => {
      const answer = await fetch(`${server.url}/v1/pipelines/check`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ document }),
      });
      const text = await answer.text();
      if (!answer.ok && !text.includes('to check')) throw new Error(text);
    };
    await check(steps(1, 'x')); // starts the process of checks
    const rows = [];
    for (const [what, document] of Object.entries(documents)) {
      const before = mainThreadMs(server.pid);
      const began = performance.now();
      await check(document);
      const took = performance.now() - began;
      const main = mainThreadMs(server.pid) - before;
      let isDone = false;
      const done = check(document).then(() => (isDone = true));
      let longest = 0;
      for (; !isDone; await delay(5)) longest = Math.max(longest, await answerMs(server.url));
      await done;
      rows.push([
        `a document of 220 KB, ${what}: answer / CPU of the main thread / longest answer to others, ms`,
        [took, main, longest].map(Math.round).join(' / '),
        '≤ 50 of the main thread',
      ]);
    }
    return rows;
  });

async function answerMs(url) {
  const began = performance.now();
  await (await fetch(`${url}/livez`)).text();
  return performance.now() - began;
}

/** CPU time of the first thread of a process. */
const mainThreadMs = (pid) =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
