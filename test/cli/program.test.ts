import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { completionScript } from '../../src/cli/completion.js';
import { briefly, wrapProse } from '../../src/cli/help.js';
import { createProgram } from '../../src/cli/program.js';

const program = await createProgram();

const commandsOf = (command: Command): Command[] => [command, ...command.commands.flatMap(commandsOf)];

const leavesOf = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

const nameOf = (command: Command): string =>
  command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;

/** What bash offers after these words. */
function offered(words: readonly string[]): string[] {
  const script = `${completionScript(program, 'bash')}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_longhaul; echo "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.trim().split(' ');
}

describe('the tree of commands', () => {
  it.each(program.commands.map((command) => command.name()).filter((name) => name !== 'completion'))(
    'is the one command that is asked for: %s',
    async (name) => {
      const { commands } = await createProgram([name, '--help']);
      expect(commands.map((command) => command.name())).toEqual([name]);
    },
  );

  it.each([[[]], [['--format', 'json', 'run']], [['help', 'run']], [['completion']], [['toString']]])(
    'is whole for %j',
    async (args) => {
      const { commands } = await createProgram(args);
      expect(commands).toHaveLength(program.commands.length);
    },
  );
});

describe('the help of every command', () => {
  it.each(leavesOf(program).map((command) => [nameOf(command), command] as const))(
    'shows an example: %s',
    (name, command) => {
      const written: string[] = [];
      command.configureOutput({ writeOut: (text) => void written.push(text) }).outputHelp();
      expect(written.join('')).toMatch(new RegExp(`Examples?:\n.*${name}`, 's'));
    },
  );
});

describe('a terminal of 80 columns', () => {
  it.each(commandsOf(program).map((command) => [nameOf(command), command] as const))(
    'shows the whole help of %s',
    (_name, command) => {
      const written: string[] = [];
      command
        .configureOutput({
          getOutHelpWidth: () => 80,
          writeOut: (text) => void written.push(wrapProse(text, 80)),
        })
        .outputHelp();
      expect(
        written
          .join('')
          .split('\n')
          .filter(({ length }) => length > 80),
      ).toEqual([]);
    },
  );
});

describe('prose in help', () => {
  it('ends where the terminal does, and leaves examples as they are to be pasted', () => {
    expect(
      wrapProse(
        '\nExample:\n  longhaul run list --status parked\n\nOne two three four\nfive six seven eight nine ten.\n',
        40,
      ),
    ).toBe(
      '\nExample:\n  longhaul run list --status parked\n\nOne two three four five six seven eight\nnine ten.\n',
    );
  });

  it('lists commands by one sentence each, in one style', () => {
    expect(briefly('Delete schedules. Runs that they have started go on.')).toBe('delete schedules');
    expect(briefly('API keys')).toBe('API keys');
    const schedule = program.commands.find((command) => command.name() === 'schedule');
    expect(schedule?.helpInformation()).toMatch(/ delete \[options\] <name\.\.\.> +delete schedules\n/);
    expect(schedule?.helpInformation()).toContain('describe|get <name>');
  });

  it('says which options must be given', () => {
    const cancel = leavesOf(program).find((command) => nameOf(command) === 'longhaul run cancel');
    expect(cancel?.helpInformation()).toContain('history (required)');
  });
});

describe('completion', () => {
  it('offers commands, then their subcommands and options', () => {
    expect(offered(['longhaul', ''])).toEqual(expect.arrayContaining(['run', 'worker', 'demo', '--config']));
    expect(offered(['longhaul', 'run', 'wa'])).toEqual(['watch', 'wait']);
    expect(offered(['longhaul', 'schedule', 'un'])).toEqual(['unpause']);
    expect(offered(['longhaul', 'run', 'resolve', 'some-id', '--st'])).toEqual(['--step']);
  });

  it('offers the values of options where they are few', () => {
    expect(offered(['longhaul', 'run', 'list', '--status', 'p'])).toEqual(['parked']);
    expect(offered(['longhaul', 'run', 'list', '-o', 'json'])).toEqual(['json', 'jsonl']);
    expect(offered(['longhaul', 'schedule', 'trigger', 'x', '--overlap', 'buffer'])).toEqual([
      'buffer-one',
      'buffer-all',
    ]);
  });

  it.each(['bash', 'zsh', 'fish'] as const)('is written for %s', (shell) => {
    expect(completionScript(program, shell)).toContain('resolve');
  });
});
