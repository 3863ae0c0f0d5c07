/**
 * Whether to retrain, by conditions of which some may not be readable: a logic of three values.
 *
 * What is cheap is read first, and only what can still change the decision is read at all.
 */
import type { Condition, ConditionOrGroup, When } from '../../run/inputs/retrain-input.js';
import type { Decision, Evidence } from '../../run/retraining/retraining.js';
import { isCheap, wordsOf } from './conditions.js';

/** What reading one condition came to. */
export type Reading = Omit<Evidence, 'condition' | 'verdict'> & {
  readonly verdict: Exclude<Evidence['verdict'], 'not-read'>;
};

/** `open`: what has not been read could still decide. */
type Value = Reading['verdict'] | 'open';

/** A condition by its place in the input, or some of them together. */
type Node = number | { readonly op: 'all' | 'any'; readonly of: readonly Node[] };

/** The longest reason; the evidence has it all. */
const maxReasonLength = 300;

/** Reads as little as decides. An unknown condition never counts as holding. `nowMs`: milliseconds since the epoch. */
export async function decide(
  when: When,
  read: (condition: Condition) => Promise<Reading>,
  nowMs: () => number,
): Promise<Decision> {
  const { root, conditions } = treeOf(when);
  const readings = new Map<number, Reading>();
  for (const { condition, index } of cheapestFirst(conditions))
    if (matters(root, index, readings)) readings.set(index, await read(condition));
  const evidence = conditions.map((condition, index): Evidence => ({
    condition: wordsOf(condition),
    ...bounded(readings.get(index) ?? { verdict: 'not-read' }),
  }));
  const value = valueOf(root, readings);
  const decisive = decisiveIn(root, value, readings).flatMap((index) => evidence[index] ?? []);
  return { ...concluded(value, decisive), evidence, decidedAt: new Date(nowMs()).toISOString() };
}

/** The evidence is in the memo of its run: a long list of it must fit there. */
const bounded = (reading: Omit<Evidence, 'condition'>): Omit<Evidence, 'condition'> =>
  reading.reason === undefined ? reading : { ...reading, reason: reading.reason.slice(0, maxReasonLength) };

/** All of `all`, and one of `any`. */
function treeOf({ all = [], any }: When): { root: Node; conditions: readonly Condition[] } {
  const conditions: Condition[] = [];
  const nodeOf = (one: ConditionOrGroup): Node => {
    if ('any' in one) return { op: 'any', of: one.any.map(nodeOf) };
    if ('all' in one) return { op: 'all', of: one.all.map(nodeOf) };
    return conditions.push(one) - 1;
  };
  const nodes = all.map(nodeOf);
  const root: Node = { op: 'all', of: any ? [...nodes, { op: 'any', of: any.map(nodeOf) }] : nodes };
  return { root, conditions };
}

const cheapestFirst = (conditions: readonly Condition[]) =>
  conditions
    .map((condition, index) => ({ condition, index }))
    .sort((a, b) => Number(isCheap(b.condition)) - Number(isCheap(a.condition)) || a.index - b.index);

type Readings = ReadonlyMap<number, Reading>;

function valueOf(node: Node, readings: Readings): Value {
  if (typeof node === 'number') return readings.get(node)?.verdict ?? 'open';
  const values = node.of.map((inner) => valueOf(inner, readings));
  const [decides, otherwise] =
    node.op === 'all' ? (['fails', 'holds'] as const) : (['holds', 'fails'] as const);
  if (values.includes(decides)) return decides;
  if (values.includes('open')) return 'open';
  return values.includes('unknown') ? 'unknown' : otherwise;
}

/** Whether reading a condition can still change the whole: nothing around it is decided. */
function matters(node: Node, index: number, readings: Readings): boolean {
  if (valueOf(node, readings) !== 'open') return false;
  return typeof node === 'number' ? node === index : node.of.some((inner) => matters(inner, index, readings));
}

/** The conditions that made a node what it is. */
function decisiveIn(node: Node, value: Value, readings: Readings): number[] {
  if (typeof node === 'number') return [node];
  return node.of
    .filter((inner) => valueOf(inner, readings) === value)
    .flatMap((inner) => decisiveIn(inner, value, readings));
}

function concluded(value: Value, decisive: readonly Evidence[]): Pick<Decision, 'verdict' | 'reason'> {
  const telling = decisive.filter(({ condition }) => condition !== 'always');
  const said = (telling.length > 0 ? telling : decisive).map(sentenceOf).join('; ').slice(0, maxReasonLength);
  if (value === 'holds') return { verdict: 'retrain', reason: said };
  if (value === 'fails') return { verdict: 'skip', reason: `does not hold: ${said}` };
  return { verdict: 'undecided', reason: `could not be read: ${said}` };
}

const sentenceOf = ({ condition, value, reason }: Evidence): string => {
  const more = [value, reason].filter((part) => part !== undefined);
  return more.length === 0 ? condition : `${condition} (${more.join(', ')})`;
};
