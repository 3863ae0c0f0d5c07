import { describe, expect, it } from '@jest/globals';
import { TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common';
import { entryOf, retrainingQuery } from '../../src/client/retrainings.js';
import { evidenceLines, ledgerLines } from '../../src/cli/retrain/log.js';

const keyword = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');
const decision = {
  verdict: 'retrain',
  reason: 'accuracy < 0.9 holds',
  evidence: [{ condition: 'accuracy < 0.9', verdict: 'holds', value: 0.87, bound: 0.9, source: 'job j1' }],
  decidedAt: '2026-11-21T02:00:03.000Z',
} as const;

const execution = (memo: Record<string, unknown>, outcome = 'deployed') => ({
  workflowId: 'retrain._nightly-2026-11-21T02:00:00Z',
  runId: 'a1',
  status: { name: 'COMPLETED' },
  startTime: new Date('2026-11-21T02:00:01.000Z'),
  closeTime: new Date('2026-11-21T04:00:00.000Z'),
  typedSearchAttributes: new TypedSearchAttributes([
    { key: keyword('LonghaulPipeline'), value: 'retrain' },
    { key: keyword('LonghaulModel'), value: 'domino-prod/ada/iris/iris-api' },
    { key: keyword('LonghaulOutcome'), value: outcome },
    { key: keyword('TemporalScheduledById'), value: 'nightly' },
    {
      key: defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME'),
      value: new Date('2026-11-21T02:00:00.000Z'),
    },
  ]),
  memo,
});

describe('the query of the ledger', () => {
  it('asks for retrainings, and for what narrows them', () => {
    expect(
      retrainingQuery({
        model: 'p/a/i/x',
        schedule: "night'ly",
        outcome: 'skipped',
        since: new Date(0),
        within: [{ pipelines: ['*'], connections: ['p'] }],
      }),
    ).toBe(
      "LonghaulPipeline IS NOT NULL AND LonghaulPipeline = 'retrain' AND ((LonghaulPipeline IS NOT NULL AND" +
        " LonghaulConnection IN ('p'))) AND ExecutionStatus != 'ContinuedAsNew' AND StartTime >= '1970-01-01T00:00:00.000Z' AND LonghaulModel = 'p/a/i/x'" +
        String.raw` AND TemporalScheduledById = 'night\'ly' AND LonghaulOutcome = 'skipped'`,
    );
  });
});

describe('a line of the ledger', () => {
  it('says the model, the tick, the decision with its evidence, and what it came to', () => {
    expect(entryOf(execution({ decision, conclusion: 'version 4 serves' }))).toEqual({
      runId: 'retrain._nightly-2026-11-21T02:00:00Z',
      model: 'domino-prod/ada/iris/iris-api',
      tick: { schedule: 'nightly', at: '2026-11-21T02:00:00.000Z' },
      startedAt: '2026-11-21T02:00:01.000Z',
      endedAt: '2026-11-21T04:00:00.000Z',
      status: 'succeeded',
      decision,
      outcome: 'deployed',
      conclusion: 'version 4 serves',
    });
  });

  it.each([
    ['nothing', {}],
    ['text', { decision: 'retrain', conclusion: 7 }],
    ['a verdict that there is not', { decision: { ...decision, verdict: 'maybe' }, conclusion: null }],
    ['a list', { decision: [decision] }],
  ])('is there without what does not fit: %s', (_what, memo) => {
    const entry = entryOf(execution(memo, 'exploded'));
    expect(entry).toMatchObject({ runId: 'retrain._nightly-2026-11-21T02:00:00Z', decision: null });
    expect([entry.outcome, entry.conclusion]).toEqual([undefined, undefined]);
  });

  it('keeps the evidence that fits beside what does not', () => {
    const evidence = [
      { condition: {} },
      ...decision.evidence,
      { ...decision.evidence[0], value: { $ne: 1 } },
    ];
    expect(entryOf(execution({ decision: { ...decision, evidence } })).decision).toEqual(decision);
  });

  it('is a row of a table, with each value that was read under it', () => {
    const entries = [entryOf(execution({ decision }))];
    expect(ledgerLines([])).toEqual([]);
    expect(evidenceLines(entries)).toEqual([
      'TIME                  TICK                          DECISION  WHY                   OUTCOME   RUN',
      '2026-11-21T02:00:01Z  nightly 2026-11-21T02:00:00Z  retrain   accuracy < 0.9 holds  deployed  retrain._nightly-2026-11-21T02:00:00Z',
      '  holds     accuracy < 0.9: 0.87, from job j1',
    ]);
  });

  it('cannot steer the terminal', () => {
    const evil = { ...decision, reason: 'a\u001b[2Jb\nc' };
    expect(ledgerLines([entryOf(execution({ decision: evil }))])[1]).toContain('a\\u001b[2Jb\\nc');
  });
});
