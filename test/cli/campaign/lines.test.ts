import { describe, expect, it } from '@jest/globals';
import { campaignLines, countsLine, reportLines } from '../../../src/cli/campaign/lines.js';
import { plainPaint as paint } from '../../../src/cli/terminal/paint.js';
import type { Campaign, CampaignRun } from '../../../src/client.js';

const run = (key: string, change: Partial<CampaignRun> = {}): CampaignRun => ({
  runId: `train-and-deploy.${key}`,
  pipeline: 'train-and-deploy',
  connection: 'domino-prod',
  state: 'succeeded',
  ...change,
});

const campaign: Campaign = {
  name: 'outage',
  query: 'failure=PLATFORM_UNAVAILABLE since=2026-11-21T10:03:00.000Z',
  reason: 'Domino is back',
  by: 'ada@desk',
  state: 'running',
  counts: { succeeded: 1, failed: 1, refused: 1, running: 1, planned: 236 },
  scopes: [{ pipeline: 'train-and-deploy', connection: 'domino-prod' }],
  createdAt: '2026-11-21T12:00:00.000Z',
  rules: { canary: 1, then: 5, pace: '10/minute', stopWhen: 'failures>20%' },
  stage: { number: 2, of: 3 },
  dryRun: {
    planned: 239,
    refused: 1,
    steps: { train: { reused: 239 }, deploy: { run: 237, adopted: 2 } },
    calls: { 'modelApis.publish': 237 },
    longestMinutes: 4,
    expectedMinutes: 36.2,
  },
  steered: [{ action: 'start', actor: 'ada@desk', reason: 'looks right', at: '2026-11-21T12:05:00.000Z' }],
  runs: [
    run('a'),
    run('b', { state: 'failed', failure: { code: 'DEPLOYMENT_FAILED', step: 'deploy' } }),
    run('c', {
      state: 'refused',
      failure: { code: 'REPLAY_STALE', message: 'the world\nhas \u001b[31mmoved' },
    }),
    run('d', { state: 'running' }),
  ],
};

describe('the report of a campaign', () => {
  it('says the counts first, then each run that needs attention, then what was planned, asked and done', () => {
    expect(reportLines(campaign, paint)).toEqual([
      'outage  running, stage 2 of 3',
      '  runs     240: 1 succeeded, 1 failed, 1 refused, 1 running, 236 planned',
      '    TROUBLED            VERDICT  CODE               STEP    WHY',
      '    train-and-deploy.b  failed   DEPLOYMENT_FAILED  deploy',
      '    train-and-deploy.c  refused  REPLAY_STALE               the world\\nhas \\u001b[31mmoved',
      '  plan     239 to replay, 1 refused; about 36m12s in all',
      '    train: 239 reused',
      '    deploy: 237 run, 2 adopted',
      '  calls    237 modelApis.publish',
      '  query    failure=PLATFORM_UNAVAILABLE since=2026-11-21T10:03:00.000Z',
      '  reason   Domino is back (ada@desk)',
      '  rules    canary 1, then 5, then the rest; 10/minute on each connection; stops when failures>20%',
      '  start    2026-11-21T12:05:00Z by ada@desk: looks right',
      '  next: longhaul campaign watch outage',
      '    or: longhaul campaign pause outage --reason "…"',
    ]);
  });

  it.each([
    [1, '1 run: it is a step of a run that is chosen'],
    [3, '3 runs: they are steps of runs that are chosen'],
  ])('says that %d more match, which others go on with', (leftOut, said) => {
    expect(reportLines({ ...campaign, leftOut }, paint)[2]).toBe(`  left out ${said}`);
  });

  it('says that a dry run waits, until when, and what starts it', () => {
    const planned = { ...campaign, state: 'planned', expiresAt: '2026-11-22T12:00:00.000Z' } as const;
    expect(reportLines(planned, paint).slice(-3)).toEqual([
      '  it may be started until 2026-11-22T12:00:00Z',
      '  next: longhaul campaign start outage --reason "…"',
      '    or: longhaul campaign abort outage --reason "…"',
    ]);
  });

  it('says why it starts nothing more while what it has started goes on', () => {
    const stopping = { ...campaign, outcome: 'stopped', conclusion: '1 of 2 did not succeed' } as const;
    expect(reportLines(stopping, paint)[0]).toBe(
      'outage  stopped; what was started goes on: 1 of 2 did not succeed',
    );
  });

  it('says when its runs are not known', () => {
    const unknown = { ...campaign, runs: [], notice: 'no worker answered' };
    expect(reportLines({ ...unknown, state: 'planned' }, paint).join('\n')).not.toContain('started until');
    expect(reportLines(unknown, paint)[2]).toBe('  notice   no worker answered');
  });
});

describe('the list of campaigns', () => {
  it('has a line for each, with how it ended', () => {
    const ended = { ...campaign, state: 'ended', outcome: 'completed', counts: { succeeded: 240 } } as const;
    expect(campaignLines([ended])).toEqual([
      'NAME    STATE      CREATED               RUNS                BY        REASON',
      'outage  completed  2026-11-21T12:00:00Z  240: 240 succeeded  ada@desk  Domino is back',
    ]);
    expect(campaignLines([])).toEqual([]);
    expect(countsLine({ counts: { unplanned: 2, 'not-started': 1 } })).toBe('3: 1 not-started, 2 unplanned');
  });
});
