/** Colours, hyperlinks and what else steers a terminal: they stand within words and hide what these are. */

/** The escape that begins one: as it is, and as loggers, JSON, `repr`, URLs and `cat -v` write it out. */
const writtenEscape = String.raw`(?<!\\)\\+(?:u001[bB]|u\{1[bB]\}|x1[bB]|033|e)`;
const escape = String.raw`(?:\u001b|${writtenEscape}|\^\[|#033|%1[bB])`;
/** Neither takes a quotation mark or a backslash: behind what is cut off, the string of JSON that holds it goes on. */
const control = String.raw`(?:${escape}(?:\[|%5[bB])|\u009b)(?:[0-?]|%3[bB]){0,100}[ !$]?[@-[\]-~]`;
const command = String.raw`(?:(?:\u001b|${writtenEscape})\]|\u009d)[^\u0007\u001b\u009c\u009d\\"]{0,2000}`;
const commandEnd = String.raw`(?:\u0007|\u009c|\u001b\\|(?<!\\)\\+(?:u0007|x07|007|a)|${writtenEscape}\\{1,2})`;
/** Between two sets of characters: what `tput sgr0` writes. */
const characterSet = String.raw`${escape}[()][0B]`;

const sequence = new RegExp(`${control}|${command}${commandEnd}|${characterSet}`, 'g');

/** A line without them, in a time that grows with its length alone. */
export const withoutSequences = (line: string): string => line.replace(sequence, '');
