/** What commands say of a command line with a mistake in it. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { runCommand } from '../../support/command.js';

describe('what was typed wrong', () => {
  it.each([
    ['run\u001b[31m\u202e'],
    ['run', 'list', '--\u009b31m\u200b'],
    ['key', 'create', '--role', 'a\u001b[2J'],
  ])('is repeated with its control characters escaped: %j', async (...words) => {
    const { exitCode, stderr } = await runCommand(words, { env: {} });
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/\\u(?:001b|009b)/);
    expect(stderr).not.toMatch(/[\u001b\u009b\u200b\u202e]/);
  });
});

describe('the mistakes of a command line that asks for JSON', () => {
  const main = new URL('../../../dist/cli/main.js', import.meta.url).pathname;
  it.each([
    [['run', 'list', '--nothing', '-o', 'json'], 'longhaul run list', "unknown option '--nothing'"],
    [['--format=jsonl', 'run', 'cancel', 'a.b'], 'longhaul run cancel', /^required option '--reason <text>'/],
    [['run', 'list', '-ojson', '--failure', 'NOTHING'], 'longhaul run list', 'there is no failure "NOTHING"'],
    [['run', '-o', 'json'], 'longhaul run', 'what it is to do is missing'],
  ])('are told as one line of it: %j', (words, command, message) => {
    const { status, stderr } = spawnSync(process.execPath, [main, ...words], { encoding: 'utf8' });
    expect(status).toBe(2);
    const matching = typeof message === 'string' ? message : expect.stringMatching(message);
    expect(JSON.parse(stderr)).toEqual({
      error: { command, code: 'USAGE', message: matching, advice: expect.any(String), exitCode: 2 },
    });
  });
});
