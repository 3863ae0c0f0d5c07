/** A metric out of the answer of a probe. */
import { resolvePointer } from '../webhooks/json-pointer.js';
import type { Probe } from './ask.js';

/** `line` says in words why there is none. */
export type Reading =
  { readonly ok: true; readonly value: number } | { readonly ok: false; readonly line: string };

/** Reads the metric where the configuration says, or else at the top-level key of its name. */
export function metricIn(text: string, { metrics }: Pick<Probe, 'metrics'>, metric: string): Reading {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return { ok: false, line: 'its answer is not JSON' };
  }
  const own = `/${metric.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const pointer = Object.hasOwn(metrics, metric) ? (metrics[metric] ?? own) : own;
  const found = resolvePointer(answer, pointer)?.value;
  return typeof found === 'number' && Number.isFinite(found)
    ? { ok: true, value: found }
    : { ok: false, line: `its answer has no number at ${pointer}` };
}
