/** How help is written: what must be given is marked, and prose ends where the terminal does. */
import { type Command, Help, type Option } from 'commander';

/** Commander’s own lines fit already; those that are added after it are written for wider ones. */
const standardWidth = 80;

/** Sets it for a tree of commands, before the commands are added. */
export function writeHelp(program: Command): void {
  program
    .configureHelp({
      optionDescription(option: Option) {
        const text = Help.prototype.optionDescription.call(this, option);
        return option.mandatory ? `${text} (required)` : text;
      },
      subcommandDescription: (command) => command.summary() || briefly(command.description()),
    })
    .configureOutput({
      writeOut: (text) => void process.stdout.write(wrapProse(text, process.stdout.columns || standardWidth)),
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
  return `${before}${new Help().boxWrap(prose.replaceAll('\n', ' '), width)}${after}`;
}
