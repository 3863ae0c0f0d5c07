/** What there is instead of something that was named and is not there. */

/** How many of what there is a message names. */
const namedAtMost = 10;

/** The names, those first that begin like what was asked for. */
export function sayWhatThereIs(names: readonly string[], asked: string): string {
  const distinct = [...new Set(names)];
  if (distinct.length === 0) return 'there are none';
  const more = distinct.length > namedAtMost ? ` and ${distinct.length - namedAtMost} more` : '';
  const verb = distinct.length === 1 ? 'is' : 'are';
  return `there ${verb} ${nearest(distinct, asked).slice(0, namedAtMost).join(', ')}${more}`;
}

function nearest(names: readonly string[], asked: string): string[] {
  const alike = (name: string): number => {
    let length = 0;
    while (length < name.length && name.charAt(length) === asked.charAt(length)) length += 1;
    return length;
  };
  return [...names].sort((a, b) => alike(b) - alike(a));
}
