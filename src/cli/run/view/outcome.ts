/** What came out of a finished step, in a few words: the gate's verdicts, the training's metrics. */
import { z } from 'zod';
import type { Json, Run, Step } from '../../../run/steps.js';
import { cut, harmless } from '../../terminal/paint.js';

const Verdicts = z.object({
  verdicts: z.array(z.object({ condition: z.string(), value: z.number().nullable() })).min(1),
});
const Metrics = z.object({ metrics: z.record(z.string(), z.number()) });
const Counts = z.object({ counts: z.object({ succeeded: z.number(), failed: z.number() }) });
const Decided = z.object({
  decision: z.enum(['approved', 'rejected']),
  by: z.string(),
  reason: z.string().optional(),
});
const mostMetrics = 4;

/** What a step came to, in a few words: verdicts, metrics or a decision; empty for a step that has none. */
export function outcomeText({ state }: Step): string {
  if (!('output' in state)) return '';
  const gate = Verdicts.safeParse(state.output);
  if (gate.success) return verdictsOf(gate.data.verdicts);
  const items = Counts.safeParse(state.output);
  if (items.success) return countsOf(items.data.counts);
  const decided = Decided.safeParse(state.output);
  if (decided.success) return decisionOf(decided.data);
  const job = Metrics.safeParse(state.output);
  return job.success ? showMetrics(job.data.metrics, mostMetrics) : '';
}

const decisionOf = ({ decision, by, reason }: z.output<typeof Decided>): string =>
  harmless(`${decision} by ${by}${reason === undefined ? '' : `: ${reason}`}`);

const Chosen = z.object({ index: z.number(), value: z.number(), item: z.json() });

/** The item that a step has chosen as the best; nothing where it has chosen none. */
export const chosenItem = ({ state }: Pick<Step, 'state'>): Json | undefined =>
  Chosen.safeParse('output' in state ? state.output : null).data?.item;

const countsOf = (counts: z.output<typeof Counts>['counts']): string =>
  Object.entries(counts)
    .filter(([name, count]) => count > 0 || name === 'succeeded')
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');

const Result = z.object({
  outcome: z.string().optional(),
  conclusion: z.string().optional(),
  outputs: z.record(z.string(), z.unknown()).default({}),
});
const longestOutput = 100;

/** What a run has come to: its outcome and conclusion, where it has them, and what a document hands over. */
export function resultLines({ result }: Pick<Run, 'result'>): string[] {
  const read = Result.safeParse(result);
  if (!read.success) return [];
  const { outcome, conclusion, outputs } = read.data;
  return [
    ...[[outcome, conclusion].filter(Boolean).join(': ')].filter(Boolean),
    ...Object.entries(outputs).map(
      ([name, value]) => `${name}: ${cut(JSON.stringify(value), longestOutput)}`,
    ),
  ].map((line) => `  ${harmless(line)}`);
}

const Notes = z.object({
  metricsLeftOut: z.number().optional(),
  notNumbers: z.record(z.string(), z.string()).default({}),
  logNotice: z.string().optional(),
});
const mostNotNumbers = 5;

/** What is missing in the output of a finished step, a line each. */
export function notesOf({ name, state }: Step): string[] {
  const read = Notes.safeParse('output' in state ? state.output : null);
  if (!read.success) return [];
  const { metricsLeftOut, notNumbers, logNotice } = read.data;
  const texts = Object.entries(notNumbers).map(([metric, text]) => `${metric} ${JSON.stringify(text)}`);
  const more = texts.length > mostNotNumbers ? ` and ${texts.length - mostNotNumbers} more` : '';
  return [
    ...(metricsLeftOut === undefined ? [] : [`${metricsLeftOut} values more were written than are kept`]),
    ...(texts.length === 0 ? [] : [`not numbers: ${texts.slice(0, mostNotNumbers).join(', ')}${more}`]),
    ...(logNotice === undefined ? [] : [logNotice]),
  ].map((note) => `${name}: ${harmless(note)}`);
}

/** `accuracy >= 0.9 (0.9333), accuracy >= baseline (0.9333)`. */
function verdictsOf(verdicts: readonly { condition: string; value: number | null }[]): string {
  return verdicts
    .map(({ condition, value }) => `${harmless(condition)}${value === null ? '' : ` (${short(value)})`}`)
    .join(', ');
}

/** `accuracy 0.9333, log_loss 0.1303`. */
export function showMetrics(
  metrics: Readonly<Record<string, number>>,
  most = Number.POSITIVE_INFINITY,
): string {
  const all = Object.entries(metrics);
  const shown = all.slice(0, most).map(([name, value]) => `${harmless(name)} ${short(value)}`);
  return [...shown, ...(all.length > most ? ['…'] : [])].join(', ');
}

/** Four digits tell metrics apart. */
const short = (value: number): string => String(Number(value.toPrecision(4)));
