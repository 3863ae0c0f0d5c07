/** How help is written: what must be given is marked, and prose ends where the terminal does. */
import { type Command, Help, type Option } from 'commander';
import { lineWidth, wrapProse as wrapLine } from './terminal/table.js';

/** Sets it for a tree of commands, before the commands are added. */
export function writeHelp(program: Command): void {
  program
    .configureHelp({
      optionDescription(option: Option) {
        const text = Help.prototype.optionDescription.call(this, option);
        return option.mandatory ? `${text} (required)` : text;
      },
      boxWrap: wrapLines,
      subcommandDescription: (command) => command.summary() || briefly(command.description()),
    })
    .configureOutput({
      writeOut: (text) => void process.stdout.write(wrapProse(text, process.stdout.columns || lineWidth)),
    });
}

/** The first sentence, as lists of commands have it: without a capital and a full stop. */
export function briefly(description: string): string {
  const [first = ''] = description.split(/\.(?:\s|$)/, 1);
  return first.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

/** Paragraphs are broken anew; one that has an indented line, such as examples and options, stays as it is. */
export const wrapProse = (text: string, width: number): string =>
  text
    .split('\n\n')
    .map((block) => (/^[ \t]/m.test(block) ? block : wrap(block, width)))
    .join('\n\n');

function wrap(block: string, width: number): string {
  const [, before = '', prose = '', after = ''] = /^(\n*)(.*?)(\n*)$/s.exec(block) ?? [];
  return `${before}${wrapLines(prose.replaceAll('\n', ' '), width)}${after}`;
}

const wrapLines = (text: string, width: number): string =>
  text
    .split('\n')
    .flatMap((line) => wrapLine(line, width))
    .join('\n');
