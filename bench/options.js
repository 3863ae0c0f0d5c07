/** What the command line of `npm run bench` says: names of figures, and options of the form `--name value`. */

const words = process.argv.slice(2);

/** The figures that are named; none: all of them. */
export const named = words.filter((word, at) => !word.startsWith('--') && !words[at - 1]?.startsWith('--'));

/** The value of an option, or what counts without it. */
export function option(name, otherwise) {
  const at = words.indexOf(`--${name}`);
  return at === -1 ? otherwise : words[at + 1];
}

/** Several values, between commas. */
export const options = (name, otherwise) => option(name, otherwise).split(',');

/** One positive number, or several. @throws Error */
export const numbers = (name, otherwise) =>
  options(name, otherwise).map((text) => {
    const number = Number(text);
    if (!(number > 0)) throw new Error(`--${name}: ${text} is not a positive number`);
    return number;
  });
