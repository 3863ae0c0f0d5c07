/** `longhaul completion`: shell completion, generated from the tree of commands. */
import { Argument, type Command } from 'commander';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const examples = `
Examples:
  source <(longhaul completion bash)
  longhaul completion zsh > "\${fpath[1]}/_longhaul"
  longhaul completion fish > ~/.config/fish/completions/longhaul.fish`;

/** Adds `completion`. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description('Print a completion script for bash, zsh or fish.')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText('after', examples)
    .action((shell: Shell) => void process.stdout.write(completionScript(program, shell)));
}

interface Word {
  readonly text: string;
  readonly description: string;
}

/** What can follow a path of commands. */
interface Place {
  /** Command names from the root, joined by blanks; empty at the root. */
  readonly path: string;
  readonly words: readonly Word[];
  /** Values by option, where they are few and known. */
  readonly values: readonly { readonly flags: readonly string[]; readonly choices: readonly string[] }[];
}

/** The script for a shell. */
export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, program, '');
  switch (shell) {
    case 'bash':
      return bash(places);
    case 'zsh':
      return zsh(places);
    case 'fish':
      return fish(places);
  }
}

function placesOf(program: Command, command: Command, path: string): Place[] {
  const options = [...new Set([...command.options, ...program.options])];
  const subcommands = command.commands.filter((sub) => sub.name() !== 'help');
  const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  const place: Place = {
    path,
    words: [
      ...subcommands.map((sub) => ({ text: sub.name(), description: sub.summary() || sub.description() })),
      ...choices.map((choice) => ({ text: choice, description: '' })),
      ...options.map((option) => ({ text: option.long ?? option.flags, description: option.description })),
    ],
    values: options.flatMap(({ short, long, argChoices }) =>
      argChoices ? [{ flags: [short, long].filter((flag) => flag !== undefined), choices: argChoices }] : [],
    ),
  };
  return [place, ...subcommands.flatMap((sub) => placesOf(program, sub, `${path} ${sub.name()}`.trim()))];
}

/** A `case` over places, and one over options whose values are known; both shells read it. */
function cases(places: readonly Place[]): string {
  const values = places.flatMap((place) =>
    place.values.map(
      ({ flags, choices }) =>
        `    ${flags.map((flag) => `"${place.path}:${flag}"`).join('|')}) words="${choices.join(' ')}" ;;`,
    ),
  );
  const words = places.map(
    (place) => `    "${place.path}:"*) words="${place.words.map(({ text }) => text).join(' ')}" ;;`,
  );
  return ['  case "$place:$previous" in', ...values, ...words, '  esac'].join('\n');
}

/** Walks the words typed so far down the tree: a word that names a subcommand of the place goes one deeper. */
function walk(places: readonly Place[]): string {
  const known = places.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  return [
    '    case "${place:+$place }$word" in',
    `      ${known.join('|')}) place="\${place:+$place }$word" ;;`,
    '    esac',
  ].join('\n');
}

const bash = (places: readonly Place[]): string => `# longhaul completion for bash
_longhaul() {
  local place="" words="" word previous="\${COMP_WORDS[COMP_CWORD-1]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
${walk(places)}
  done
${cases(places)}
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _longhaul longhaul
`;

const zsh = (places: readonly Place[]): string => `#compdef longhaul
_longhaul() {
  local place="" words_="" word previous="\${words[CURRENT-1]}"
  for word in "\${(@)words[2,CURRENT-1]}"; do
${walk(places)}
  done
${cases(places).replaceAll('words=', 'words_=')}
  compadd -- \${=words_}
  _files
}
if [ "$funcstack[1]" = "_longhaul" ]; then _longhaul "$@"; else compdef _longhaul longhaul; fi
`;

function fish(places: readonly Place[]): string {
  const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = places.flatMap(({ path, words, values }) => [
    ...words.map(
      ({ text, description }) =>
        `complete -c longhaul -n ${quote(`__longhaul_at ${quote(path)}`)} -a ${quote(text)} -d ${quote(description)}`,
    ),
    ...values.map(({ flags, choices }) => {
      const long = flags.find((flag) => flag.startsWith('--')) ?? '';
      return `complete -c longhaul -n ${quote(`__longhaul_at ${quote(path)}`)} -l ${long.slice(2)} -x -a ${quote(choices.join(' '))}`;
    }),
  ]);
  const known = places.map(({ path }) => quote(path)).join(' ');
  return `# longhaul completion for fish
function __longhaul_at
  set -l place ''
  for word in (commandline -opc)[2..]
    set -l deeper (string trim -- "$place $word")
    contains -- $deeper ${known}; and set place $deeper
  end
  test "$place" = "$argv[1]"
end
${lines.join('\n')}
`;
}
