/** Command lines as a shell reads them, for as long as they are simple. */

/** The words of one command line, or more where it holds several. What is quoted is one word, without its quotes. */
export function wordsOf(line: string): string[][] {
  const commands: string[][] = [[]];
  // Quoted parts, what ends a command, comments, and all else that is no space.
  for (const [token] of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"|;&<>])+|\|\||&&|[|;&]|[<>]/g)) {
    if (token.startsWith('#')) break;
    if (/^(?:[|;&]+|[<>])$/.test(token)) commands.push(token === '<' || token === '>' ? ['redirected'] : []);
    else
      commands
        .at(-1)
        ?.push(token.replaceAll(/'([^']*)'|"([^"]*)"/g, (_whole, one = '', two = '') => `${one}${two}`));
  }
  return commands;
}

/** What stands before `longhaul` and belongs to the shell, a container or npm. */
const leading = /^(?:\$|npx|exec|[A-Z_]+=\S*)$/;

/** What a command says when it refuses. */
const answer = /^longhaul(?: [a-z-]+)+:/;

/** Of every command in a text that is one of ours: its words after `longhaul`. */
export function ownCommandsIn(text: string): string[][] {
  const lines = text.replaceAll(/\\\n\s*/g, ' ').split('\n');
  return lines
    .filter((line) => !answer.test(line))
    .flatMap((line) =>
      wordsOf(line).flatMap((words) => {
        const at = words.indexOf('longhaul');
        if (at === -1) return [];
        const before = words.slice(0, at);
        const isOurs =
          before.every((word) => leading.test(word)) || /^(?:docker compose|kubectl) /.test(before.join(' '));
        return isOurs ? [words.slice(at + 1)] : [];
      }),
    );
}
