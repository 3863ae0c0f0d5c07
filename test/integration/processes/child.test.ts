import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type ChildOptions, inWords, startChild } from '../../../src/dev/child.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-child-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A Node program, given as its text. */
const start = (program: string, options: Partial<ChildOptions> = {}) =>
  startChild(process.execPath, ['--input-type=module', '--eval', program], { orphan: 'channel', ...options });

const stays = 'setInterval(() => {}, 1_000);';
const staysAgainstSigterm = `process.on('SIGTERM', () => console.error('no')); ${stays}`;
/** It starts `sleep` in its own group, says its id, and stays. */
const hasChild = `import { spawn } from 'node:child_process';
  console.log(spawn('sleep', ['60'], { stdio: 'ignore' }).pid); ${stays}`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '); // one that nobody has reaped has ended too
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let look = 0; look < 100 && isAlive(pid); look += 1) await delay(50);
  return !isAlive(pid);
}

describe('a child', () => {
  it('says by its first line that it is ready, and is heard on both outputs and in its log', async () => {
    const logFile = join(folder, 'both.log');
    const heard: string[] = [];
    const child = await start(`console.error('one'); console.log('two'); process.exitCode = 3;`, {
      logFile,
      eachLine: (line, output) => heard.push(`${output} ${line}`),
    });
    expect(await child.firstLine(10_000)).toBe('two');
    expect(await child.ended).toBe(3);
    expect(heard.sort()).toEqual(['stderr one', 'stdout two']);
    expect([...child.lastLines()].sort()).toEqual(['one', 'two']);
    expect(readFileSync(logFile, 'utf8').split('\n').sort()).toEqual(['', 'one', 'two']);
  });

  it('that ends before it is ready says how it ended', async () => {
    const child = await start(`process.exit(4)`);
    await expect(child.firstLine(10_000)).rejects.toThrow('exited with 4');
  });

  it('that is not ready in time is told as late', async () => {
    const child = await start(stays);
    await expect(child.firstLine(50)).rejects.toThrow('was not ready after 0.05 s');
    await child.stop(0);
  });

  it('that cannot be run is told with the reason', async () => {
    const nothing = join(folder, 'nothing');
    await expect(startChild(nothing, [], { orphan: 'guard' })).rejects.toThrow(
      `${nothing} cannot be run: spawn ${nothing} ENOENT`,
    );
  });

  it('has the environment that it is given, and no other', async () => {
    const child = await start('console.log(JSON.stringify([process.env.GIVEN, process.env.HOME ?? null]))', {
      env: { GIVEN: 'yes' },
    });
    expect(await child.firstLine(10_000)).toBe('["yes",null]');
    await child.ended;
  });

  it('can be frozen and goes on', async () => {
    const child = await start(`console.log('up'); ${stays}`);
    await child.firstLine(10_000);
    child.kill('SIGSTOP');
    while (!readFileSync(`/proc/${child.pid}/stat`, 'utf8').includes(') T ')) await delay(10);
    child.kill('SIGCONT');
    await child.stop(10_000);
    expect(await child.ended).toBe('SIGTERM');
    expect(inWords(await child.ended)).toBe('died of SIGTERM');
  });
});

describe('a child that is stopped', () => {
  it('gets a time to end by itself, and is killed after it', async () => {
    const child = await start(`${staysAgainstSigterm}; console.log('up')`);
    await child.firstLine(10_000);
    await child.stop(200);
    expect(await child.ended).toBe('SIGKILL');
    expect(child.lastLines()).toEqual(['up', 'no']);
  });

  it.each(['channel', 'guard'] as const)('takes with it what it has started (%s)', async (orphan) => {
    const child = await start(hasChild, { orphan });
    const pid = Number(await child.firstLine(10_000));
    expect(isAlive(pid)).toBe(true);
    await child.stop(10_000);
    expect(await gone(pid)).toBe(true);
  });

  it('may have ended before', async () => {
    const child = await start('');
    await child.ended;
    await child.stop(10_000);
    expect(await child.ended).toBe(0);
  });
});

describe('a program that is killed', () => {
  it.each(['channel', 'guard'] as const)('takes its child with it (%s)', async (orphan) => {
    const module = new URL('../../../dist/dev/child.js', import.meta.url).href;
    const watches = `process.once('disconnect', () => process.exit()); ${stays}`;
    const parent = spawn(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { startChild } from ${JSON.stringify(module)};
       const options = { orphan: ${JSON.stringify(orphan)} };
       const child = await startChild(process.execPath, ['--eval', ${JSON.stringify(watches)}], options);
       console.log(child.pid); ${stays}`,
    ]);
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(String(said));
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    expect(await gone(pid)).toBe(true);
  });

  it('takes its child with it when it ends without stopping it', async () => {
    const module = new URL('../../../dist/dev/child.js', import.meta.url).href;
    const parent = spawn(process.execPath, [
      '--input-type=module',
      '--eval',
      `import { startChild } from ${JSON.stringify(module)};
       const child = await startChild('sleep', ['60'], { orphan: 'channel' });
       console.log(child.pid); process.exit();`,
    ]);
    const [said] = (await once(parent.stdout, 'data')) as [Buffer];
    expect(await gone(Number(String(said)))).toBe(true);
  });
});
