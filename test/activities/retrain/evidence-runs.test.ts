import { describe, expect, it } from '@jest/globals';
import { readMonthly, readSpacing } from '../../../src/activities/retrain/evidence-runs.js';
import type { RunHistory } from '../../../src/activities/retrain/run-history.js';

type Read = (sources: Parameters<typeof readSpacing>[0]) => ReturnType<typeof readSpacing>;

const dayMs = 86_400_000;
/** Temporal’s time; the clock of this machine shows another. */
const nowMs = Date.parse('2024-02-01T04:00:00Z');
const spacing =
  (duration: string): Read =>
  (sources) =>
    readSpacing(sources, duration);
const monthly =
  (atMost: number): Read =>
  (sources) =>
    readMonthly(sources, atMost);

describe('limits', () => {
  const began = (...daysAgo: number[]): RunHistory => ({
    retentionMs: () => Promise.resolve(3 * dayMs),
    began: ({ since }, limit) =>
      Promise.resolve(
        daysAgo
          .map((days) => new Date(nowMs - days * dayMs))
          .filter((time) => time > since)
          .slice(0, limit),
      ),
  });

  it.each<[string, Read, RunHistory, object]>([
    ['spacing with none', spacing('2d'), began(), { verdict: 'holds', bound: '2d' }],
    ['spacing with one before', spacing('2d'), began(2.5), { verdict: 'holds' }],
    ['spacing with one within', spacing('2d'), began(1.5), { verdict: 'fails', bound: '2d' }],
    [
      'spacing longer than runs are kept',
      spacing('7d'),
      began(),
      {
        verdict: 'unknown',
        reason: 'Temporal keeps runs for 3 days only; raise the namespace’s retention to 7 days',
      },
    ],
    ['spacing longer than that, with one seen', spacing('7d'), began(1), { verdict: 'fails' }],
    ['a month with enough', monthly(2), began(1, 2), { verdict: 'fails', value: 2, bound: 2 }],
    [
      'a month longer than runs are kept',
      monthly(2),
      began(1),
      {
        verdict: 'unknown',
        reason: 'Temporal keeps runs for 3 days only; raise the namespace’s retention to 30 days',
      },
    ],
  ])('judge %s by Temporal’s clock', async (_title, read, history, expected) => {
    const about = { project: 'ada/iris', modelApi: 'iris-api', model: 'm', runId: 'retrain.now' };
    const attempt = { endsMs: () => Infinity, nowMs: () => nowMs, hasStayed: () => false };
    expect(await read({ history, about, attempt })).toMatchObject(expected);
  });
});
