/** Why a pattern that somebody has written is not tried. */
import { longestMatched } from '../../pipelines/document/budget.js';
import { patternOf } from '../../pipelines/document/json-schema.js';
import { placesOf } from '../../pipelines/document/pattern-places.js';
import { powerOf } from '../../pipelines/document/slow-pattern.js';
import { isEndless } from './endless-pattern.js';

/** No pattern that people can read is longer. */
export const longestPattern = 500;

/**
 * Why a pattern cannot be tried on texts of up to so many characters; `null` where it can. `bound` says how fewer are stated,
 * where that is possible.
 */
export function patternFault(
  pattern: string,
  { longest = longestMatched, bound }: { readonly longest?: number; readonly bound?: string } = {},
): string | null {
  if (pattern.length > longestPattern)
    return `a pattern has ${pattern.length} characters; at most ${longestPattern} are allowed`;
  try {
    patternOf(pattern);
  } catch {
    return `"${pattern}" is no regular expression`;
  }
  const read = placesOf(pattern);
  if (read === null || isEndless(pattern, read))
    return `"${pattern}" may take for ever, for it can read one text in many ways, as (a+)+ does: write it so that there is one`;
  const power = powerOf(read);
  const texts = Math.min(longest, longestMatched);
  // For each character that is tried: `checkDocumentInput` counts on it.
  if (texts ** (power - 1) <= longestMatched) return null;
  const shorter = Math.floor(longestMatched ** (1 / (power - 1)));
  const advice = bound === undefined ? '' : `, or state ${bound} of at most ${shorter}`;
  return `"${pattern}" is too slow for texts of ${texts} characters, for several of its loops can read the same ones: write it so that one can, begin it with "^"${advice}`;
}
