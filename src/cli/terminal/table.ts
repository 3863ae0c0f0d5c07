/** Tables as people read them. */

/** A heading and rows with columns of equal width, two blanks apart; nothing for no rows. */
export function tableLines(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => seenLength(row[column] ?? ''))));
  return all.map((row) =>
    row
      .map((text, column) => text + ' '.repeat(Math.max(0, (widths[column] ?? 0) - seenLength(text))))
      .join('  ')
      .trimEnd(),
  );
}

/**
 * The same; where a row would be too wide, the first column, by which a row is named, stands alone, and what is said of it
 * below it, further in.
 */
export function namedTableLines(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const lines = tableLines(heading, rows);
  if (lines.every((line) => seenLength(line) <= width)) return lines;
  const [name = '', ...rest] = heading;
  const [title = '', ...said] = tableLines(
    rest,
    rows.map(([, ...cells]) => cells),
  );
  return [
    name,
    `  ${title}`,
    ...rows.flatMap(([named = ''], at) => [
      named,
      ...foldLine(`  ${said[at] ?? ''}`.trimEnd(), width).filter(Boolean),
    ]),
  ];
}

/** How wide a text is where it is seen: colours take no room. */
export const seenLength = (text: string): number => text.replace(/\u001b\[\d+m/g, '').length;

/** How wide a terminal is where nobody has said otherwise. */
export const lineWidth = 80;
const gap = 2;

/** The same within a width: what is too wide for its column goes on below. The widest columns give way first. */
export function fittedTableLines(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  width = lineWidth,
): string[] {
  const widths = fittedWidths([heading, ...rows], width);
  const fitted = rows.flatMap((row) => {
    const cells = widths.map((most, column) => wrap(row[column] ?? '', most));
    const height = Math.max(...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''));
  });
  return tableLines(heading, fitted);
}

/** Words are broken only where nothing else gives room. No column is narrower than its heading, which is never wrapped. */
function fittedWidths(rows: readonly (readonly string[])[], width: number): number[] {
  const [heading = []] = rows;
  const cells = heading.map((_, column) => rows.map((row) => row[column] ?? ''));
  const headings = heading.map(({ length }) => length);
  const words = cells.map((texts, column) =>
    Math.max(headings[column] ?? 0, longest(texts.flatMap((text) => text.split(' ')))),
  );
  const room = width - gap * (heading.length - 1);
  return narrowed(narrowed(cells.map(longest), words, room), headings, room);
}

const longest = (texts: readonly string[]): number => Math.max(...texts.map(({ length }) => length));

/** Widths that come to no more than the room, the widest first; none goes below its least. */
function narrowed(widths: readonly number[], least: readonly number[], room: number): number[] {
  const fitting = [...widths];
  for (let over = fitting.reduce((sum, one) => sum + one, 0) - room; over > 0; over -= 1) {
    const spare = fitting.map((one, column) => (one > (least[column] ?? 0) ? one : 0));
    const widest = spare.indexOf(Math.max(...spare));
    if (spare[widest] === 0) break;
    fitting[widest] = (fitting[widest] ?? 0) - 1;
  }
  return fitting;
}

/** A text in lines of at most a width, broken at blanks, and within a word that is wider than that. */
export const wrap = (text: string, width = lineWidth): string[] =>
  wrapWords(text, width).flatMap((line) => broken(line, width));

function broken(line: string, width: number): string[] {
  if (seenLength(line) <= width) return [line];
  const points = Array.from(line);
  const most = Math.max(width, 1);
  return Array.from({ length: Math.ceil(points.length / most) }, (_, at) =>
    points.slice(at * most, (at + 1) * most).join(''),
  );
}

/** What is copied as a whole: within a sentence a command, and within a command what is quoted, and an option with its value. */
const commandInProse = /`[^`]*`/g;
const wholeInCommand = /\\.|'[^']*'|"(?:\\.|[^"\\])*"|(?<=^| )--?[a-z][\w-]* (?![-|\\])/gi;

/** Prose, broken at blanks alone, and not within a command: a line is wider where one of them is. */
export const wrapProse = (text: string, width: number): string[] => wrapWords(text, width, commandInProse);

const heldBlank = '\u0000';

/** Broken at blanks alone, and at none of those in `whole`. */
function wrapWords(text: string, width: number, whole?: RegExp): string[] {
  const held = whole === undefined ? text : text.replace(whole, (span) => span.replaceAll(' ', heldBlank));
  const lines: string[] = [];
  let line = '';
  for (const word of held.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (seenLength(longer) > width && line !== '') lines.push(line);
    line = seenLength(longer) > width ? word : longer;
  }
  return [...lines, line].map((each) => each.replaceAll(heldBlank, ' '));
}

/** A command to type; a command with a colon after it begins what went wrong. */
const command = /^(?:\u001b\[\d+m| )*(?:(?:next|or|at once by): |(?:npx )?longhaul (?![a-z -]*: ))/;
const hangs = 4;

/**
 * A line, and what is too wide of it below, further in. A command goes on by a backslash, so that it can be pasted; no
 * word is broken, since it may be an address or an id that somebody copies.
 */
export function foldLine(line: string, width = lineWidth): string[] {
  if (seenLength(line) <= width) return [line];
  const [, style = '', blanks = '', text = ''] = /^((?:\u001b\[\d+m)?)( *)(.*)$/s.exec(line) ?? [];
  const indent = blanks.length;
  const [whole, joint] = command.test(line) ? [wholeInCommand, ' \\'] : [commandInProse, ''];
  return wrapWords(text, width - indent - hangs - joint.length, whole).map((part, at, { length }) =>
    [
      at === 0 ? style : '',
      ' '.repeat(indent + (at === 0 ? 0 : hangs)),
      part.trimEnd(),
      at === length - 1 ? '' : joint,
    ].join(''),
  );
}
