/** What came out of a finished step, in a few words: the gate's verdicts, the training's metrics. */
import { z } from 'zod';
import type { Step } from '../../../pipeline/steps.js';
import { harmless } from '../../terminal/paint.js';

const Verdicts = z.object({
  verdicts: z.array(z.object({ condition: z.string(), value: z.number().nullable() })).min(1),
});
const Metrics = z.object({ metrics: z.record(z.string(), z.number()) });
const mostMetrics = 4;

/** What a step came to, in a few words: verdicts or metrics; empty for a step that has neither. */
export function outcomeText({ state }: Step): string {
  if (!('output' in state)) return '';
  const gate = Verdicts.safeParse(state.output);
  if (gate.success) return verdictsOf(gate.data.verdicts);
  const job = Metrics.safeParse(state.output);
  return job.success ? showMetrics(job.data.metrics, mostMetrics) : '';
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
