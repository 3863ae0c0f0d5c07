/** The documents of examples/pipelines do what their first lines promise. */
import { runCommand } from '../../support/command.js';
import { readFileSync, readdirSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const root = new URL('../../../', import.meta.url).pathname;

it.each(readdirSync(`${root}examples/pipelines`))(
  '%s passes the check that its first lines name, without a warning',
  async (name) => {
    const file = `examples/pipelines/${name}`;
    const [, command = ''] =
      /^# Check it with: longhaul (.+)$/m.exec(readFileSync(`${root}${file}`, 'utf8')) ?? [];
    expect(command).toContain(file);
    const { exitCode, stdout, stderr } = await runCommand(command.split(' '), { cwd: root, env: {} });
    expect([exitCode, stdout, stderr]).toEqual([0, expect.stringContaining(`✔ ${file}`), '']);
  },
);
