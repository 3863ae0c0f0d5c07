/**
 * What an expression may cost. Workflows evaluate expressions, and Temporal takes a workflow that computes for a second for one
 * that hangs; a list that a caller has made long must not do that. No clock is read: the same values cost the same in a replay.
 */
import type { AstNode } from './syntax.js';
import { macros, nodesIn } from './syntax.js';

/** How much an expression may compute: about one for each part of it, each time that it is looked at. */
const mostComputed = 500_000;
/** A pattern is tried on no longer text. */
export const longestMatched = 10_000;

/** Inserts a text into an expression. */
interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** Functions that read a text from one end to the other. */
const readsText: readonly string[] = [
  ...['size', 'contains', 'startsWith', 'endsWith', 'indexOf', 'lastIndexOf', 'matches'],
  ...['split', 'join', 'trim', 'lowerAscii', 'upperAscii', 'substring', 'string', 'bytes'],
];

/** How much there is in one look at a part of an expression, and how often it reads a text. */
function weigh(nodes: readonly AstNode[]): { readonly parts: number; readonly texts: number } {
  let [parts, texts] = [0, 0];
  const visit = (node: AstNode): void => {
    parts += 1;
    const isCall = node.op === 'call' || node.op === 'rcall';
    if (isCall && readsText.includes(node.args[0])) texts += 1;
    nodesIn(node.args).forEach(visit);
  };
  nodes.forEach(visit);
  return { parts, texts };
}

/** The variable that holds the budget of an evaluation; no expression of a document can name it. */
export const budgetName = 'longhaul_budget';

const counted = (parts: number, texts: number): string => `.counted(${budgetName}, ${parts}, ${texts})`;

/** What can be a long list, and be called a method of where it ends: behind a number, a point would be a part of it. */
const mayBeCounted: readonly string[] = ['id', '.', '.?', '[]', '[?]', 'call', 'rcall', 'list'];

/** Has what an expression goes through counted first: `list.map(i, i + 1)` is read as `list.counted(…, 3, 0).map(i, i + 1)`. */
export function countingIn(ast: AstNode): Insertion[] {
  const found: Insertion[] = [];
  const visit = (node: AstNode): void => {
    // A list that is added to itself, again and again, becomes as long as memory is large.
    const passed = node.op === 'in' ? [node.args[1]] : node.op === '+' ? node.args : [];
    for (const { op, end } of passed)
      if (mayBeCounted.includes(op)) found.push({ at: end, text: counted(1, 0) });
    if (node.op === 'rcall') {
      const [name, list, given] = node.args;
      const at = node.input.indexOf('.', list.end);
      const { parts, texts } = weigh(given);
      if (macros.includes(name)) found.push({ at, text: counted(parts, texts) });
      if (name === 'matches') found.push({ at, text: '.matchable()' });
    }
    nodesIn(node.args).forEach(visit);
  };
  visit(ast);
  return found;
}

/** The expression with what is inserted, which must not change its meaning. */
export function withInsertions(text: string, insertions: readonly Insertion[]): string {
  let [written, from] = ['', 0];
  for (const { at, text: inserted } of insertions.toSorted((a, b) => a.at - b.at)) {
    written += text.slice(from, at) + inserted;
    from = at;
  }
  return written + text.slice(from);
}

/** Counts what one evaluation computes. */
export class Budget {
  readonly #longest: () => number;
  #left = mostComputed;
  #exceeded: Error | null = null;

  /** `longest`: the length of the longest text that it sees, which is asked once at most. */
  constructor(longest: () => number) {
    let known: number | undefined;
    this.#longest = () => (known ??= longest());
  }

  /** Why the evaluation has no value, whatever it has come to. */
  get exceeded(): Error | null {
    return this.#exceeded;
  }

  /**
   * Counts one pass through a value, with so many parts at each item, of which some read a text.
   * @throws the same error from the first time on: CEL catches errors within `all` and `exists`, and goes on
   */
  pass(value: unknown, parts: number, texts: number): void {
    const reading = texts === 0 ? 0 : texts * Math.floor(this.#longest() / readAtOnce);
    this.#left -= extentOf(value) * (parts + reading);
    if (this.#left < 0)
      throw (this.#exceeded ??= new RangeError(
        'it goes through too much: filter or shorten its lists first',
      ));
  }
}

/** So many characters are read in the time of a part of an expression. */
const readAtOnce = 32;

/** How many items a list has, or an object. */
function extentOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 1;
}

/** The length of the longest text in some values. */
export function longestIn(values: readonly unknown[]): number {
  let longest = 0;
  for (const value of values) {
    if (typeof value === 'string') longest = Math.max(longest, value.length);
    else if (typeof value === 'object' && value !== null)
      longest = Math.max(longest, longestIn(Object.values(value)));
  }
  return longest;
}
