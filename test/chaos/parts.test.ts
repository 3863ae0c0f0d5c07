import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { createDice } from '../../src/chaos/dice.js';
import type { Rule, RunRecord } from '../../src/chaos/evidence.js';
import { figuresOf, quantile } from '../../src/chaos/figures.js';
import { stepsOf } from '../../src/chaos/histories.js';
import { scenarios, workloadOf } from '../../src/chaos/index.js';
import { ownerBy } from '../../src/chaos/platform.js';
import { explain, explainRecoveries, figureRows, tableOf } from '../../src/chaos/report.js';
import { createSecretSearch } from '../../src/chaos/secrets.js';
import { addSeeds, readSeeds } from '../../src/chaos/seeds.js';
import { builtInWorkload } from '../../src/chaos/domino/workload.js';
import { checkStart } from '../../src/client.js';
import { atMs, ended, evidence, job, objects, record, row, runId } from './evidence.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chaos-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

const place = {
  ...{ connection: 'domino-chaos', project: 'ada/iris', environmentId: '66f0', taken: 'taken-calm-1' },
  prefix: 'calm-1',
};

describe('decisions by a seed', () => {
  it('are the same for the same question, and others for another seed, scope or question', () => {
    const dice = createDice(1, 'calm');
    expect(dice.share('a')).toBe(createDice(1, 'calm').share('a'));
    for (const other of [createDice(2, 'calm'), createDice(1, 'errors')])
      expect(other.share('a')).not.toBe(dice.share('a'));
    expect(dice.share('b')).not.toBe(dice.share('a'));
  });

  it('keep to their bounds and reach both ends', () => {
    const dice = createDice(3, 'calm');
    const numbers = Array.from({ length: 200 }, (_, index) => dice.between(`n ${index}`, 2, 4));
    expect(new Set(numbers)).toEqual(new Set([2, 3, 4]));
    const chances = Array.from({ length: 400 }, (_, index) => dice.chance(`c ${index}`, 0.25));
    expect(chances.filter(Boolean).length).toBeGreaterThan(60);
    expect(chances.filter(Boolean).length).toBeLessThan(140);
    expect(dice.pick('p', ['only'])).toBe('only');
  });
});

describe('the runs of a trial', () => {
  const sharing = { group: 2, retrain: 0.1 };
  const planned = (seed: number) =>
    Array.from({ length: 300 }, (_, index) =>
      builtInWorkload.plan(index, { dice: createDice(seed, 'runs'), place, sharing }),
    );

  it('have longer jobs where a scenario asks for them', () => {
    const [connection] = builtInWorkload.connections;
    const world = (jobPace: number) => builtInWorkload.worldOf(connection, { secret: 'key', jobPace });
    expect(world(1)).toMatchObject({ durations: { job: [150, 210], build: [120, 120] } });
    expect(world(5)).toMatchObject({ durations: { job: [750, 1_050], build: [120, 120] } });
  });

  it('pass the door, and are the same for the same seed', () => {
    const runs = planned(1);
    for (const { pipeline, input } of runs) expect(checkStart(pipeline, input, {}).name).toBe(pipeline);
    expect(planned(1)).toEqual(runs);
    expect(planned(2)).not.toEqual(runs);
  });

  it('are to end in every way', () => {
    const ends = new Set(planned(1).flatMap((one) => [...one.ends, ...(one.after?.ends ?? [])]));
    expect([...ends].sort()).toEqual([
      'BUILD_FAILED',
      'DEPLOYMENT_TAKEN_BACK',
      'GATE_REFUSED',
      'JOB_FAILED',
      'parked CONFLICT',
      'succeeded',
    ]);
  });

  it('are a user’s input with names for each group, on the trial’s connection', () => {
    const input = {
      ...{ connection: 'mine', project: 'ada/iris', environment: { name: 'env', base: { image: 'i' } } },
      ...{ train: { command: 'x', title: 'mine' }, register: { model: 'm' } },
      deploy: { modelApi: 'api', description: 'mine' },
    };
    const { plan } = workloadOf('train-and-deploy', input, undefined);
    expect(plan(3, { dice: createDice(1, 'runs'), place, sharing })).toEqual({
      ...{ key: 'calm-1-0003', pipeline: 'train-and-deploy', ends: ['succeeded'] },
      input: {
        ...{ connection: 'domino-chaos', project: 'ada/iris', train: { command: 'x' } },
        environment: { name: 'env-calm-1-g1', base: { image: 'i' } },
        ...{ register: { model: 'm-calm-1-g1' }, deploy: { modelApi: 'api-calm-1-g1' } },
      },
    });
  });
});

describe('scenarios', () => {
  it('have names of their own, and faults whose decisions a seed makes', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
    for (const { name, faults } of scenarios) {
      const to = { strangerUrl: 'http://127.0.0.1:1', creations: ['jobs.start'] };
      expect(faults(createDice(1, name), to)).toEqual(faults(createDice(1, name), to));
    }
  });
});

describe('the owner of an object', () => {
  const ownerOf = ownerBy(['train-and-deploy.calm-1-0001', 'train-and-deploy.calm-1-0011']);

  it('is the run that its text names beside a marker', () => {
    expect(ownerOf('Deployed by Longhaul for train-and-deploy.calm-1-0001. [lh:abc234]')).toEqual({
      ...{ runId: 'train-and-deploy.calm-1-0001', marker: 'lh:abc234' },
    });
  });

  it('is nobody where there is no marker, and unknown where the run is', () => {
    expect(ownerOf('train-and-deploy.calm-1-0001 by hand')).toEqual({ runId: null, marker: null });
    expect(ownerOf('train-and-deploy.calm-1-00011 [lh:abc234]')).toEqual({
      runId: null,
      marker: 'lh:abc234',
    });
    expect(ownerOf(undefined)).toEqual({ runId: null, marker: null });
  });
});

describe('the search for a secret', () => {
  const secret = 'canary/0123456789abcdef+fedcba=';
  const search = createSecretSearch(secret);

  it.each([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    ['as hexadecimal digits', Buffer.from(secret).toString('hex')],
    ...[0, 1, 2].map((before): [string, string] => [
      `in base64 after ${before} bytes`,
      Buffer.from(`${'x'.repeat(before)}${secret} and more`).toString('base64'),
    ]),
    ['in base64 for URLs', Buffer.from(`${secret}???`).toString('base64url')],
  ])('finds it %s', (_, text) => {
    expect(search.inText(`before ${text} after`)).toBe(true);
    expect(search.inValue({ deep: [{ bytes: new TextEncoder().encode(text) }] })).toBe(true);
  });

  it('finds nothing in what only looks like it', () => {
    expect(search.inText(secret.slice(0, -2))).toBe(false);
    expect(search.inValue({ deep: [new TextEncoder().encode('canary'), null, 7] })).toBe(false);
  });

  it('finds it in a file, also across the pieces in which that is read, and nothing where there is no file', async () => {
    const file = join(folder, 'log');
    await writeFile(file, `${'x'.repeat(65_536 - 10)}${secret}`);
    expect(await search.inFile(file)).toBe(true);
    await writeFile(file, 'x'.repeat(100_000));
    expect(await search.inFile(file)).toBe(false);
    expect(await search.inFile(join(folder, 'none'))).toBe(false);
  });
});

describe('failing seeds', () => {
  it('are kept once each, in the order in which they came', async () => {
    const file = join(folder, 'new', 'seeds.json');
    const judged = (seed: number, ...rules: readonly Rule[]) => ({
      ...{ scenario: 'kills', seed, runs: 40, durationMs: 1, figures: figuresOf(evidence()) },
      violations: rules.map((rule) => ({ rule, what: 'it' })),
    });
    expect(await readSeeds(file)).toEqual([]);
    await addSeeds(file, [judged(1, 'duplicate', 'duplicate'), judged(2)]);
    await addSeeds(file, [judged(1, 'stuck'), judged(3, 'stuck')]);
    expect(await readSeeds(file)).toEqual([
      { scenario: 'kills', seed: 1, runs: 40, found: ['duplicate'] },
      { scenario: 'kills', seed: 3, runs: 40, found: ['stuck'] },
    ]);
    expect(await readFile(file, 'utf8')).toMatch(/\]\n$/);
    await writeFile(file, '{}');
    await expect(readSeeds(file)).rejects.toThrow(`${file} cannot be read as a list of failed seeds: `);
  });
});

describe('figures', () => {
  it('count faults, kills and what was made twice, and time recoveries', () => {
    const created = (kind: 'job' | 'modelApi') => ({
      change: 'created' as const,
      kind,
      id: 'x',
      marker: 'lh:a',
    });
    const asked = (id: string, scheduled: string) => ({
      ...{ atMs: atMs(0), text: `${id} ${scheduled} scheduled`, scheduled, asks: id },
    });
    const history = [
      ...[asked('1', 'ensureJob'), asked('2', 'awaitJob'), asked('3', 'awaitHold')],
      { atMs: atMs(3_500), text: '4 ensureJob started, try 2', begins: '1' },
      { atMs: atMs(4_000), text: '5 ensureJob completed', ends: '1' },
      { atMs: atMs(9_000), text: '6 awaitJob started, try 30', begins: '2' },
      { atMs: atMs(9_500), text: '7 awaitJob completed', ends: '2' },
      { atMs: atMs(12_000), text: '8 awaitHold started, try 3', begins: '3' },
    ];
    const figures = figuresOf(
      evidence({
        runs: [{ ...record, history }],
        processes: [1_000, 5_000, 10_000].map((ms) => ({ atMs: atMs(ms), what: 'kill' as const })),
        objects,
        ledger: [
          row(1, 0, { effects: [created('job'), created('modelApi')], fault: 'lose-answer' }),
          row(2, 1, { effects: [created('job'), created('modelApi')] }),
          row(3, 5_200, { path: '/api/jobs/beta/jobs/job-1', endpoint: 'jobs.get' }),
        ],
      }),
    );
    const recoveries = [
      { runId, atMs: atMs(1_000), ms: 2_500, sign: '4 ensureJob started, try 2' },
      { runId, atMs: atMs(5_000), ms: 200, sign: 'jobs.get' },
    ];
    expect(figures).toEqual({
      ...{ faults: 1, calls: 3, transient: 1, kept: 1, progressed: 1, succeeded: 1, hopeful: 1 },
      ...{ durations: [10_000], recoveries },
      events: { kill: 3, freeze: 0, drain: 0, 'temporal-stop': 0, 'temporal-kill': 0 },
    });
  });

  it('count as hopeful whoever can only succeed, by how the run ended that it follows', () => {
    const following: RunRecord = {
      ...ended({ status: 'failed', failure: { code: 'GATE_REFUSED', message: 'it is poorer' } }),
      ...{ runId: `${runId}-after`, acceptedMs: atMs(11_000) },
      planned: {
        ...{ ...record.planned, key: 'calm-1-0001', ends: ['succeeded', 'GATE_REFUSED'] },
        after: { key: record.planned.key, ends: ['GATE_REFUSED'] },
      },
    };
    const cancelled = { ...ended({ status: 'cancelled' }), cancelAsked: true };
    expect(figuresOf(evidence({ runs: [record, following, cancelled] }))).toMatchObject({
      ...{ kept: 2, hopeful: 1, succeeded: 1 },
    });
  });

  it('name the slowest recoveries beyond the bound', () => {
    const recovery = (ms: number) => ({ runId, ms, atMs: atMs(1_000), sign: 'jobs.get' });
    const recoveries = [recovery(30_000), recovery(30_100), recovery(42_000)];
    expect(explainRecoveries({ ...figuresOf(evidence()), recoveries })).toEqual([
      `  run ${runId} went on 42.0 s after a kill at 05:00:01.000: jobs.get`,
      `  run ${runId} went on 30.1 s after a kill at 05:00:01.000: jobs.get`,
    ]);
  });

  it('know from a history which task each event asks for, begins and ends', async () => {
    const file = new URL('../replay/histories/0.2.0/train-and-deploy.succeeded.json', import.meta.url);
    const steps = stepsOf(historyFromJSON(JSON.parse(await readFile(file, 'utf8'))));
    const asked = steps.flatMap(({ asks = [] }) => asks);
    expect(asked.length).toBeGreaterThan(10);
    expect(steps.flatMap(({ begins = [] }) => begins)).toEqual(asked);
    expect(steps.flatMap(({ ends = [] }) => ends)).toEqual(asked);
  });

  it('know quantiles', () => {
    expect(quantile([], 0.5)).toBeNull();
    expect(quantile([5, 1, 3], 0.5)).toBe(3);
    expect(quantile([1, 2, 3, 4], 0.95)).toBe(4);
  });

  it('stand in a table that says which bounds are broken', () => {
    const judged = (scenario: string, durations: readonly number[], calls: number) => ({
      ...{ scenario, seed: 1, runs: 10, durationMs: 1_000, violations: [] },
      figures: {
        ...figuresOf(evidence()),
        durations,
        calls,
        kept: 10,
        progressed: 10,
        hopeful: 10,
        succeeded: 10,
      },
    });
    const rows = figureRows([judged('calm', [1_000], 100), judged('errors', [4_000], 120)]);
    expect(tableOf(rows.slice(-3))).toEqual([
      '| figure | measured | bound |',
      '| --- | --- | --- |',
      '| calls sent over calls needed, at 10 % 5xx | 1.20 | ≤ 1.5 |',
      '| p95 of a run at 10 % 5xx over a calm one | 4.00 **broken** | ≤ 3 |',
      '| p95 of a calm run, s | 1.0 |  |',
    ]);
    expect(rows.filter(({ isKept }) => !isKept)).toHaveLength(1);
  });

  it('explain a violation by the rows of the ledger and the steps of the history that matter', () => {
    const effects = [{ change: 'created' as const, kind: 'job' as const, id: job.id }];
    const history = [
      { atMs: atMs(1_000), text: '5 ensureJob scheduled', scheduled: 'ensureJob' },
      { atMs: atMs(1_100), text: '6 ensureJob started, try 2; before: ECONNRESET' },
    ];
    const lines = explain(
      evidence({ objects, runs: [{ ...record, history }], ledger: [row(1, 900, { effects }), row(2, 950)] }),
      { rule: 'duplicate', what: '2 jobs', runId, about: [job.id] },
    );
    expect(lines).toEqual([
      'I1: no more than one live effect for each step of a run, and for each shared name',
      '  calm, seed 1: 2 jobs',
      `  run ${runId}, ended 2026-11-29T05:00:10.000Z as succeeded`,
      '  ledger domino-chaos 1 05:00:00.900 jobs.start 200 created job job-1',
      '  history 05:00:01.100 6 ensureJob started, try 2; before: ECONNRESET',
    ]);
  });
});
