/** Every command that a page or the help shows is one that there is, with options that there are. */
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.js';
import { ownCommandsIn } from './command-lines.js';
import { blocksOf, codeIn, pages } from './pages.js';

const leavesOf = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

/** What is wrong with it; parsed as it is when it is typed, and not carried out. */
async function mistakeIn(words: readonly string[]): Promise<string | null> {
  const program = await createProgram(words, { saysMistakes: false });
  program.configureOutput({ writeOut: () => undefined });
  for (const leaf of leavesOf(program)) leaf.action(() => undefined);
  try {
    await program.parseAsync(words, { from: 'user' });
    return null;
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string };
    return code === 'commander.helpDisplayed' || code === 'commander.version' ? null : message;
  }
}

/** What is wrong with a part of one, such as `run list --status`: its command and its options must be there. */
async function mistakeInPart(words: readonly string[]): Promise<string | null> {
  let command = await createProgram(words, { saysMistakes: false });
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined && command.commands.length > 0 && /^[a-z]/.test(word))
      return `no command "${word}"`;
    command = next ?? command;
  }
  const known = [
    '--help',
    ...chainOf(command).flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short])),
  ];
  const unknown = words.filter((word) => /^--?[a-z]/.test(word) && !known.includes(word));
  return unknown.length > 0 ? `no option ${unknown.join(', ')}` : null;
}

const chainOf = (command: Command): Command[] =>
  command.parent === null ? [command] : [command, ...chainOf(command.parent)];

const isPart = (words: readonly string[]): boolean =>
  words.some((word) => word.includes('…') && !word.includes(' '));

async function mistakesIn(text: string, mistake: (words: readonly string[]) => Promise<string | null>) {
  const found: string[] = [];
  // One after the other: their modules are loaded once.
  for (const words of ownCommandsIn(text)) {
    const wrong = await (isPart(words) ? mistakeInPart(words) : mistake(words));
    if (wrong !== null) found.push(`longhaul ${words.join(' ')}: ${wrong}`);
  }
  return found;
}

describe.each(pages)('$name', (page) => {
  it('shows commands that can be typed', async () => {
    const blocks = blocksOf(page).filter(({ language }) => ['', 'sh', 'bash', 'console'].includes(language));
    expect(await mistakesIn(blocks.map(({ text }) => text).join('\n'), mistakeIn)).toEqual([]);
  });

  it('names commands and options that there are', async () => {
    expect(await mistakesIn(codeIn(page).join('\n'), mistakeInPart)).toEqual([]);
  });
});

describe('help', () => {
  it('shows examples that can be typed', async () => {
    const program = await createProgram();
    const written = leavesOf(program).map((command) => {
      const parts: string[] = [];
      command.configureOutput({ writeOut: (text) => void parts.push(text) }).outputHelp();
      return /^Examples?:\n(.*?)(?:\n\n|$(?![^]))/ms.exec(parts.join(''))?.[1] ?? '';
    });
    expect(await mistakesIn(written.join('\n').replaceAll(/ {2,}(?=[a-z])[^\n]*$/gm, ''), mistakeIn)).toEqual(
      [],
    );
  });
});
