/**
 * Takes secrets out of text that comes from others: those that are configured, in the forms in which they turn up, and
 * what looks like a credential. It is a net and no promise: a secret that looks like nothing passes.
 */
import { maskCredentials } from './credentials.js';
import { masked } from './masked.js';
import { maskKeyLines } from './private-keys.js';
import { formsOf } from './secret-forms.js';
import { withoutSequences } from './terminal-sequences.js';

/** A text of more characters is cut first: nobody reads a line that long. */
const longestLine = 100_000;

export interface Mask {
  /** Of a text that is whole. It keeps its lines, without colours. */
  text(text: string): string;
  /**
   * Of lines that come in pieces: a private key that one piece begins goes on in the next, which is given `open` as the one
   * before it left it.
   */
  lines(lines: readonly string[], open?: number): { readonly lines: string[]; readonly open: number };
}

/** A mask for the secrets that `secrets` names at the time; it remembers those that it named before. */
export function createMask(secrets: () => readonly string[]): Mask {
  const known = new Set<string>();
  let forms: readonly string[] = [];
  const refresh = (): void => {
    const before = known.size;
    for (const secret of secrets()) known.add(secret);
    if (known.size !== before) forms = formsOf([...known]);
  };
  const maskLines: Mask['lines'] = (coloured, open = 0) => {
    refresh();
    const lines = coloured.map(withoutSequences);
    const all = lines.join('\n'); // looked at once: there are many forms, and few are there
    const present = forms.filter((form) => all.includes(form));
    const whole = lines.map((line) => withoutForms(line.slice(0, longestLine + margin), present));
    const keys = maskKeyLines(withoutBroken(whole, forms), open);
    return { lines: keys.lines.map((line) => shortened(maskCredentials(line))), open: keys.open };
  };
  return { lines: maskLines, text: (text) => maskLines(text.split('\n')).lines.join('\n') };
}

/** A line is cut last, for the front of a secret is not found; no secret is longer than this. */
const margin = 10_000;

const shortened = (line: string): string =>
  line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;

const withoutForms = (line: string, forms: readonly string[]): string =>
  forms.reduce((left, form) => left.replaceAll(form, masked), line);

/** A shorter one would be found by chance where two lines meet. */
const shortestBroken = 12;
/** What wraps lines leaves none that is longer, and a long one would be searched twice. */
const longestBroken = 1_000;

/** Lines without a secret that is broken over several of them, as what wraps long lines leaves it: also further in, or behind a `\\`. */
function withoutBroken(lines: readonly string[], forms: readonly string[]): readonly string[] {
  if (lines.length < 2) return lines;
  const left = withoutJoined(lines, lines.map(pieceOf), forms);
  const whole = left.map(pieceOf);
  const bare = whole.map(bareOf);
  return bare.every(({ text }, at) => text === whole[at]?.text) ? left : withoutJoined(left, bare, forms);
}

/** What of a line is looked at, and where in it that begins. */
interface Piece {
  readonly from: number;
  readonly text: string;
}

const pieceOf = (line: string): Piece => ({
  from: 0,
  text: line.length > longestBroken ? '\0' : line, // which is in no form
});

/** Without the blanks before it, and what stands behind it where a line is broken. */
function bareOf({ text }: Piece): Piece {
  const bare = text.trimStart();
  return { from: text.length - bare.length, text: bare.trimEnd().replace(/\\$/, '') };
}

function withoutJoined(
  lines: readonly string[],
  pieces: readonly Piece[],
  forms: readonly string[],
): readonly string[] {
  const joined = pieces.map(({ text }) => text).join('');
  const places = forms.flatMap((form) => (form.length < shortestBroken ? [] : placesOf(form, joined)));
  if (places.length === 0) return lines;
  let begin = 0;
  return lines.map((line, at) => {
    const { from: before, text } = pieces[at] ?? { from: 0, text: '' };
    const end = begin + text.length;
    const hidden = places.filter((place) => place.begin < end && place.end > begin);
    const from = Math.max(0, Math.min(...hidden.map((place) => place.begin - begin)));
    const to = Math.min(text.length, Math.max(...hidden.map((place) => place.end - begin)));
    begin = end;
    return hidden.length === 0 ? line : `${line.slice(0, before + from)}${masked}${line.slice(before + to)}`;
  });
}

function placesOf(form: string, text: string): { readonly begin: number; readonly end: number }[] {
  const places = [];
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + form.length))
    places.push({ begin: at, end: at + form.length });
  return places;
}
