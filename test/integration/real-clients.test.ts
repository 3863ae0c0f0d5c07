import { spawn } from 'node:child_process';
import { expect, it } from '@jest/globals';

/** What `run.js` ends with when a client cannot be installed here. */
const cannotInstall = 3;

function run(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['scripts/real-clients/run.js', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

it.each(['domino'])('the real client of %s works, each public member of it', async (client) => {
  const { code, out, err } = await run(client);
  if (code === cannotInstall) {
    console.warn(err); // there is no Python here, or no package index
    return;
  }
  expect(out.split('\n').filter((line) => line.startsWith('FAILS'))).toEqual([]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
});
