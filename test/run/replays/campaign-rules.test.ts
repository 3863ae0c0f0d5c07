import { describe, expect, it } from '@jest/globals';
import {
  addTotals,
  begunCampaign,
  campaignSummaryOf,
  expectedMinutesOf,
  isBegun,
  isJudged,
  noTotals,
  scopesOf,
  spacingMsOf,
  stageEndsOf,
  stopRuleOf,
  stoppedBy,
  totalsOf,
} from '../../../src/run/replays/campaign-rules.js';
import type { CampaignRun, CampaignRunState } from '../../../src/run/replays/campaigns.js';

const runs = (counts: Partial<Record<CampaignRunState, number>>): CampaignRun[] =>
  Object.entries(counts).flatMap(([state, count]) =>
    Array.from({ length: count }, (_, at) => ({
      runId: `train-and-deploy.${state}-${at}`,
      pipeline: 'train-and-deploy',
      connection: 'domino-prod',
      state: state as CampaignRunState, // keys of the counts
    })),
  );
const rules = { canary: 1, then: 5, pace: '10/minute', stopWhen: 'failures>20%' };

describe('a pace', () => {
  it.each([
    ['10/minute', 6_000],
    ['1/second', 1_000],
    ['7/minute', 8_572],
    ['120/hour', 30_000],
  ])('of %s leaves %d ms between two starts', (pace, spacingMs) => {
    expect(spacingMsOf(pace)).toBe(spacingMs);
  });

  it.each([
    '',
    '10',
    '0/minute',
    '-1/minute',
    '1.5/minute',
    '10/day',
    '10/minutes',
    '10 / minute',
    '10000/second',
  ])('is not %j', (pace) => {
    expect(spacingMsOf(pace)).toBeNull();
  });
});

describe('a stop rule', () => {
  it.each([
    ['failures>20%', { above: 20, unit: 'percent' }],
    ['failures > 3', { above: 3, unit: 'runs' }],
    ['failures>0%', { above: 0, unit: 'percent' }],
    ['failures>100%', { above: 100, unit: 'percent' }],
  ])('is %s', (text, rule) => {
    expect(stopRuleOf(text)).toEqual(rule);
  });

  it.each(['failures>101%', 'failures>-1', 'failures>=3', 'errors>3', 'failures>', '20%'])(
    'is not %j',
    (text) => {
      expect(stopRuleOf(text)).toBeNull();
    },
  );

  it.each<[string, Partial<Record<CampaignRunState, number>>, string | null]>([
    ['failures>20%', { planned: 100 }, null],
    ['failures>20%', { failed: 1 }, '1 of 1 did not succeed: failures>20%'],
    ['failures>20%', { failed: 1, succeeded: 4, running: 9 }, null],
    ['failures>20%', { failed: 1, succeeded: 3, refused: 50 }, '1 of 4 did not succeed: failures>20%'],
    ['failures>20%', { refused: 5, succeeded: 1 }, null],
    ['failures>3', { failed: 1, parked: 1, cancelled: 1, succeeded: 1 }, null],
    [
      'failures>3',
      { failed: 1, parked: 1, cancelled: 1, terminated: 1, succeeded: 96 },
      '4 of 100 did not succeed: failures>3',
    ],
    ['failures>100%', { failed: 9 }, null],
  ])('of %s, with %j, stops: %s', (stopWhen, counts, why) => {
    expect(stoppedBy({ ...rules, stopWhen }, runs(counts))).toBe(why);
  });
});

describe('the stages', () => {
  it('are the canary, the second and the rest; those of no run are left out', () => {
    expect(stageEndsOf(rules)).toEqual([1, 6, Number.POSITIVE_INFINITY]);
    expect(stageEndsOf({ ...rules, canary: 0 })).toEqual([5, Number.POSITIVE_INFINITY]);
    expect(stageEndsOf({ ...rules, canary: 0, then: 0 })).toEqual([Number.POSITIVE_INFINITY]);
  });

  it('take the time of their starts and of the longest run each', () => {
    const expected = (planned: number, minutes: number) =>
      expectedMinutesOf({ rules, runs: runs({ planned }) }, minutes);
    expect(expected(1, 30)).toBe(30);
    expect(expected(6, 30)).toBe(60.4);
    expect(expected(106, 30)).toBe(100.3);
    expect(expected(0, 30)).toBe(0);
    const mixed = { rules, runs: runs({ planned: 1, refused: 20 }) };
    expect(expectedMinutesOf(mixed, 30)).toBe(30);
  });
});

describe('what a campaign touches', () => {
  it('is each connection of each run, once', () => {
    const run = (connection: string, connections?: string[]) => ({
      ...{ runId: 'churn.r', pipeline: 'churn', connection },
      ...(connections && { connections }),
    });
    expect(scopesOf([run('dev'), run('dev', ['dev', 'prod']), run('dev')])).toEqual([
      { pipeline: 'churn', connection: 'dev' },
      { pipeline: 'churn', connection: 'prod' },
    ]);
  });
});

describe('a run of a campaign', () => {
  const states = {
    ...{
      unplanned: [false, false],
      planned: [false, false],
      starting: [true, false],
      running: [true, false],
    },
    ...{ refused: [false, true], 'not-started': [false, true] },
    ...{ succeeded: [true, true], failed: [true, true], parked: [true, true], cancelled: [true, true] },
    ...{ terminated: [true, true], 'timed-out': [true, true] },
  } as const;

  it.each(Object.entries(states))('that is %s is begun, and has a verdict: %j', (state, expected) => {
    const [run] = runs({ [state]: 1 });
    expect(run && [isBegun(run), isJudged(run)]).toEqual(expected);
  });
});

describe('a campaign', () => {
  const start = {
    ...{ name: 'c', query: 'q', reason: 'r', by: 'ada', rules, startsItself: false, startWithinMs: 1 },
    runs: [{ runId: 'churn.a', pipeline: 'churn', connection: 'dev' }],
  };
  const begun = begunCampaign(start, 'then');

  it('has done nothing at first', () => {
    expect(begun).toEqual({
      ...{ name: 'c', query: 'q', reason: 'r', by: 'ada', rules, state: 'planning', createdAt: 'then' },
      ...{ counts: { unplanned: 1 }, scopes: [{ pipeline: 'churn', connection: 'dev' }], steered: [] },
      runs: [{ ...start.runs[0], state: 'unplanned' }],
    });
    expect(begun).not.toHaveProperty('ids');
    expect(begunCampaign({ ...start, ids: ['key:a'] }, 'then').ids).toEqual(['key:a']);
  });

  it('is listed without its runs and rules, and with what is known of its end', () => {
    const listed = {
      ...{ name: 'c', query: 'q', reason: 'r', by: 'ada', state: 'planning', createdAt: 'then' },
      ...{ counts: { unplanned: 1 }, scopes: begun.scopes },
    };
    expect(JSON.stringify(Object.entries(campaignSummaryOf(begun)).sort())).toBe(
      JSON.stringify(Object.entries(listed).sort()),
    );
    const end = { outcome: 'stopped', conclusion: '', startedAt: 'then', endedAt: 'now' } as const;
    expect(campaignSummaryOf({ ...begun, ...end })).toEqual({ ...listed, ...end });
  });
});

describe('the totals of plans', () => {
  it('take the time of the steps that are done, and of what is undone and adopted', () => {
    const planned = (action: 'run' | 'clean' | 'adopted' | 'reused', name: string) => ({
      ...{ name, action, why: '', calls: [], generation: 1 },
      ...{ cleans: [{ endpoint: 'jobs.stop', on: 'x' }], minutes: { p50: 5, p90: 9, runs: 1 } },
    });
    const steps = [
      planned('run', 'a'),
      planned('clean', 'b'),
      planned('adopted', 'c'),
      planned('reused', 'd'),
    ];
    expect(totalsOf({ steps })).toEqual({
      steps: { a: { run: 1 }, b: { clean: 1 }, c: { adopted: 1 }, d: { reused: 1 } },
      ...{ calls: { 'jobs.stop': 4 }, longestMinutes: 15 },
    });
    const { minutes: _, ...unknown } = planned('run', 'train.10');
    expect(totalsOf({ steps: [unknown, { ...unknown, name: 'v1.x' }] })).toMatchObject({
      ...{ steps: { 'v1.x': { run: 1 } }, longestMinutes: 0 },
    });
  });

  it('count a step with items once, with the requests of all of them', () => {
    const planned = (name: string, calls = 0) => ({
      ...{ name, action: 'run' as const, why: '', cleans: [], generation: 1 },
      calls: Array.from({ length: calls }, () => ({ endpoint: 'jobs.start', on: 'x' })),
      minutes: { p50: 5, p90: 5, runs: 1 },
    });
    expect(totalsOf({ steps: [planned('train'), planned('train.0', 1), planned('train.1', 1)] })).toEqual({
      steps: { train: { run: 1 } },
      calls: { 'jobs.start': 2 },
      longestMinutes: 5,
    });
  });

  it('are added step by step and endpoint by endpoint', () => {
    const one = {
      steps: { train: { reused: 1 }, deploy: { run: 1 } },
      calls: { 'modelApis.publish': 1 },
      longestMinutes: 3,
    };
    const other = {
      steps: { train: { run: 1 }, deploy: { run: 1 } },
      calls: { 'jobs.start': 1 },
      longestMinutes: 9,
    };
    expect([one, other].reduce(addTotals, noTotals)).toEqual({
      steps: { train: { reused: 1, run: 1 }, deploy: { run: 2 } },
      calls: { 'modelApis.publish': 1, 'jobs.start': 1 },
      longestMinutes: 9,
    });
  });
});
