import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type Stage, onStage } from './stage.js';

const inject = async ({ post }: Stage, fault: object): Promise<void> => {
  const { status, text } = await post('/_simulator/faults', fault);
  if (status !== 200) throw new Error(text);
};

const start = async ({ post, projectId }: Stage, title = 'train') =>
  post('/api/jobs/v1/jobs', { projectId: await projectId(), runCommand: 'x', title });

const listed = async ({ get, projectId }: Stage, query = '') =>
  (await get(`/api/jobs/beta/jobs?projectId=${await projectId()}${query}`)).body.jobs.map(({ id }) => id);

const rows = ({ simulator }: Stage, endpoint: string) =>
  simulator.ledger().filter((row) => row.endpoint === endpoint);

/** What the requests of a test met: the status, or `broken`. */
const outcome = (asked: Promise<{ readonly status: number }>): Promise<number | 'broken'> =>
  asked.then(
    ({ status }) => status,
    () => 'broken' as const,
  );

describe('which requests a fault strikes', () => {
  it(
    'strikes every endpoint of a group, or every endpoint, by a pattern',
    onStage({}, async (stage) => {
      await inject(stage, { endpoint: 'users.*', kind: 'status', status: 502, times: 9 });
      expect((await stage.get('/api/users/v1/self')).status).toBe(502);
      expect((await stage.get('/version')).status).toBe(200);
      await inject(stage, { endpoint: '*', kind: 'status', status: 503 });
      expect((await stage.get('/version')).status).toBe(503);
      await inject(stage, { endpoint: '*.version', kind: 'status', status: 504 });
      expect((await stage.get('/version')).status).toBe(504);
    }),
  );

  it(
    'strikes only what reads, or only what does not',
    onStage({}, async (stage) => {
      const all = { endpoint: 'jobs.*', kind: 'status', times: 9 };
      await inject(stage, { ...all, status: 502, requests: 'writes' });
      expect((await start(stage)).status).toBe(502);
      expect(await listed(stage)).toEqual([]);
      await inject(stage, { ...all, status: 503, requests: 'reads' });
      expect((await stage.get('/api/jobs/beta/jobs/none')).status).toBe(503);
    }),
  );

  it(
    'decides a chance by seed, endpoint and count alone, so that it can be had again',
    onStage({}, async (stage) => {
      const chance = { endpoint: '*', kind: 'status', status: 500, probability: 0.3 };
      const statuses = async (seed: number): Promise<number[]> => {
        await stage.call('DELETE', '/_simulator/faults');
        await inject(stage, { ...chance, seed });
        const seen: number[] = [];
        for (let count = 0; count < 40; count += 1) {
          seen.push((await stage.get('/version')).status);
          if (seed === 7 && count % 3 === 0) await stage.get('/api/users/v1/self');
        }
        return seen;
      };
      const first = await statuses(8);
      const struck = first.filter((status) => status === 500).length;
      expect(struck).toBeGreaterThan(4);
      expect(struck).toBeLessThan(20);
      expect(await statuses(8)).toEqual(first);
      const other = await statuses(7);
      expect(other).not.toEqual(first);
      expect(await statuses(7)).toEqual(other);
    }),
  );

  it(
    'strikes without end by chance, and as often as is stated',
    onStage({}, async (stage) => {
      await inject(stage, { endpoint: '*', kind: 'status', status: 500, probability: 1 });
      for (let count = 0; count < 5; count += 1) expect((await stage.get('/version')).status).toBe(500);
      expect((await stage.get('/_simulator/faults')).list).toEqual([
        expect.objectContaining({ id: expect.any(Number), probability: 1, seen: 5, struck: 5 }),
      ]);
      await stage.call('DELETE', '/_simulator/faults');
      await inject(stage, { endpoint: '*', kind: 'status', status: 500, probability: 1, times: 2 });
      const statuses = [];
      for (let count = 0; count < 3; count += 1) statuses.push((await stage.get('/version')).status);
      expect(statuses).toEqual([500, 500, 200]);
    }),
  );

  it(
    'refuses what no request can meet, and what is not understood, with the reason',
    onStage({}, async (stage) => {
      const said = async (fault: object) => {
        const { status, body } = await stage.post('/_simulator/faults', fault);
        return [status, body.error];
      };
      expect(await said({ endpoint: 'jobs.start', kind: 'stale', ms: 5 })).toEqual([
        400,
        'endpoint: no request of jobs.start is one that this fault strikes',
      ]);
      expect(await said({ endpoint: '*.list', kind: 'late-commit', ms: 5 })).toEqual([
        400,
        'endpoint: no request of *.list is one that this fault strikes',
      ]);
      expect(await said({ endpoint: 'job.*', kind: 'lose-answer' })).toEqual([
        400,
        expect.stringMatching(/^endpoint: job\.\* is none of environments\.list, /),
      ]);
      expect(await said({ endpoint: '*', kind: 'lose-answer', seed: 3 })).toEqual([
        400,
        'seed: decides a probability, and there is none',
      ]);
      for (const wrong of [
        { endpoint: '*', kind: 'lose-answer', probability: 0 },
        { endpoint: '*', kind: 'lose-answer', probability: 1.1 },
        { endpoint: '*', kind: 'lose-answer', often: true },
        { endpoint: '*', kind: 'garble', into: 'xml' },
        { endpoint: '*', kind: 'late-commit' },
        { endpoint: '*', kind: 'page-shift' },
        { endpoint: '*', kind: 'explode' },
      ])
        expect((await said(wrong))[0]).toBe(400);
    }),
  );
});

describe('what a fault does', () => {
  it(
    'commits late: the connection breaks at once, and the effects come later, with their time',
    onStage({}, async (stage) => {
      await inject(stage, { endpoint: 'jobs.*', kind: 'late-commit', ms: 1_000 });
      await expect(start(stage)).rejects.toThrow('fetch failed');
      expect(await listed(stage)).toEqual([]);
      expect(rows(stage, 'jobs.start')).toMatchObject([{ fault: 'late-commit', status: null, effects: [] }]);
      while ((await listed(stage)).length === 0) await wait(50);
      const [row] = rows(stage, 'jobs.start');
      expect(row).toMatchObject({ status: 200, effects: [{ change: 'created', kind: 'job' }] });
      expect(Date.parse(row?.committed ?? '') - Date.parse(row?.time ?? '')).toBeGreaterThanOrEqual(999);
    }),
  );

  it(
    'commits late where a gateway has timed out: its status is answered at once',
    onStage({}, async (stage) => {
      await inject(stage, { endpoint: 'jobs.start', kind: 'late-commit', ms: 1_000, status: 408 });
      expect(await start(stage)).toMatchObject({ status: 408 });
      expect(await listed(stage)).toEqual([]);
      while ((await listed(stage)).length === 0) await wait(50);
      expect(rows(stage, 'jobs.start')).toMatchObject([
        { fault: 'late-commit', status: 200, committed: expect.any(String) },
      ]);
    }),
  );

  it(
    'commits after the same request was sent once more, and never where it was not',
    onStage({}, async (stage) => {
      const late = { endpoint: 'jobs.start', kind: 'late-commit', ms: 0, after: 'repeat' };
      await inject(stage, { ...late, times: 2 });
      await expect(start(stage, 'once')).rejects.toThrow('fetch failed');
      await expect(start(stage, 'twice')).rejects.toThrow('fetch failed');
      expect(await listed(stage)).toEqual([]);
      await start(stage, 'twice');
      while ((await listed(stage)).length < 2) await wait(10);
      expect(rows(stage, 'jobs.start').map(({ status }) => status)).toEqual([null, 200, 200]);
    }),
  );

  it(
    'reads what was there a while ago: nothing new, old statuses, what was archived meanwhile',
    onStage({ speed: 1_000 }, async (stage) => {
      const { get, call, projectId } = stage;
      const { id: older } = await stage.newEnvironment({ name: 'older' });
      await wait(2_050);
      await inject(stage, { endpoint: '*', kind: 'stale', ms: 2_000, probability: 1 });
      const { id, revisionId } = await stage.newEnvironment({ name: 'newer' });
      const job = (await start(stage)).body.job.id;
      await call('DELETE', `/api/environments/v1/environments/${older}`);
      expect((await get(`/api/environments/v1/environments/${id}`)).status).toBe(404);
      expect((await get(`/api/environments/v1/environments/${older}`)).body.environment).toMatchObject({
        archived: false,
      });
      expect((await get(`/api/jobs/beta/jobs/${job}`)).status).toBe(404);
      expect((await get(`/api/jobs/beta/jobs?projectId=${await projectId()}`)).body.metadata.totalCount).toBe(
        0,
      );
      await wait(2_010);
      expect((await get(`/api/environments/v1/environments/${older}`)).body.environment).toMatchObject({
        archived: true,
      });
      const shown = (await get(`/api/environments/v1/environments/${id}`)).body.environment;
      expect(shown.latestRevision.id).toBe(revisionId);
      expect((await get(`/api/jobs/beta/jobs/${job}`)).body.job.id).toBe(job);
    }),
  );

  it(
    'hides what is new in what it shows',
    onStage({}, async (stage) => {
      const { get, post, projectId } = stage;
      const { id: environmentId } = await stage.newEnvironment();
      const version = {
        projectId: await projectId(),
        source: { type: 'File', file: 'predict.py', function: 'predict' },
        logHttpRequestResponse: false,
        monitoringEnabled: false,
      };
      const { body: api } = await post('/api/modelServing/v1/modelApis', {
        ...{ name: 'iris', description: '', environmentId, environmentVariables: [] },
        ...{ isAsync: false, strictNodeAntiAffinity: false, version },
      });
      const versions = `/api/modelServing/v1/modelApis/${api.id}/versions`;
      await wait(300);
      await inject(stage, { endpoint: '*', kind: 'stale', ms: 300, probability: 1 });
      await post(versions, version);
      await post(`/api/environments/beta/environments/${environmentId}/revisions`, {});
      expect((await get(versions)).list).toHaveLength(1);
      const environment = (await get(`/api/environments/v1/environments/${environmentId}`)).body;
      expect(environment.environment.latestRevision.number).toBe(1);
      await wait(310);
      expect((await get(versions)).list).toHaveLength(2);
    }),
  );

  it(
    'shows the status that a job had, however simulated time has passed since',
    onStage({}, async (stage) => {
      const job = await stage.startJob();
      const status = async () => (await stage.get(`/v4/jobs/${job}`)).body.statuses.executionStatus;
      await wait(1_000);
      await inject(stage, { endpoint: 'jobs.inspect', kind: 'stale', ms: 1_000, times: 2 });
      await stage.pass(30);
      expect(await status()).toBe('Queued');
      await wait(1_010);
      expect(await status()).toBe('Running');
    }),
  );

  it(
    'shows an item twice across pages, or leaves one out, from the second page on',
    onStage({}, async (stage) => {
      const ids: string[] = [];
      for (let count = 0; count < 4; count += 1) ids.unshift((await start(stage)).body.job.id);
      const bothPages = async () => [
        ...(await listed(stage, '&limit=2&offset=0')),
        ...(await listed(stage, '&limit=2&offset=2')),
      ];
      await inject(stage, { endpoint: 'jobs.list', kind: 'page-shift', items: 'twice' });
      expect(await bothPages()).toEqual([ids[0], ids[1], ids[1], ids[2]]);
      await inject(stage, { endpoint: 'jobs.list', kind: 'page-shift', items: 'missing' });
      expect(await bothPages()).toEqual([ids[0], ids[1], ids[3]]);
      expect(await bothPages()).toEqual(ids);
    }),
  );

  it(
    'breaks off in the body, after half of it or after a number of bytes, once the request was carried out',
    onStage({}, async (stage) => {
      const first = async (fault: object): Promise<[number, string]> => {
        await inject(stage, { endpoint: 'platform.version', kind: 'truncate', ...fault });
        const response = await fetch(`${stage.simulator.url}/version`, {
          headers: { 'x-domino-api-key': stage.simulator.apiKey },
        });
        return [response.status, await response.text().catch(() => 'broken')];
      };
      expect(await first({})).toEqual([200, 'broken']);
      expect(await first({ bytes: 3 })).toEqual([200, 'broken']);
      await inject(stage, { endpoint: 'jobs.start', kind: 'truncate' });
      await expect(start(stage)).rejects.toThrow('terminated');
      expect(await listed(stage)).toHaveLength(1);
    }),
  );

  it(
    'answers bodies that cannot be decoded: half of them, none, a page, or compressed ones that are not',
    onStage({}, async (stage) => {
      const body = async (into?: string): Promise<string> => {
        await inject(stage, { endpoint: 'platform.version', kind: 'garble', ...(into && { into }) });
        const response = await fetch(`${stage.simulator.url}/version`, {
          headers: { 'x-domino-api-key': stage.simulator.apiKey },
        });
        expect(response.status).toBe(200);
        return response.text().catch(() => 'not decoded');
      };
      const whole = (await stage.get('/version')).text;
      expect(await body()).toBe(whole.slice(0, Math.floor(whole.length / 2)));
      expect(await body('nothing')).toBe('');
      expect(await body('page')).toMatch(/^<!doctype html>/);
      expect(await body('gzip')).toBe('not decoded');
    }),
  );

  it(
    'drips a body for as long as is stated',
    onStage({}, async (stage) => {
      await inject(stage, { endpoint: 'platform.version', kind: 'slow-body', ms: 3_000 });
      const beforeMs = performance.now();
      const response = await fetch(`${stage.simulator.url}/version`, {
        headers: { 'x-domino-api-key': stage.simulator.apiKey },
      });
      expect(performance.now() - beforeMs).toBeLessThan(2_950);
      expect(await response.json()).toHaveProperty('version');
      expect(performance.now() - beforeMs).toBeGreaterThanOrEqual(2_995);
    }),
  );

  it(
    'answers the page of a proxy after the request was carried out, where that is stated',
    onStage({}, async (stage) => {
      const page = { status: 504, headers: { 'content-type': 'text/html' }, body: '<h1>Time-out</h1>' };
      await inject(stage, { endpoint: 'jobs.start', kind: 'status', carryOut: true, ...page });
      const answer = await start(stage);
      expect([answer.status, answer.text]).toEqual([504, '<h1>Time-out</h1>']);
      expect(await listed(stage)).toHaveLength(1);
      expect(rows(stage, 'jobs.start')).toMatchObject([{ status: 504, effects: [{ kind: 'job' }] }]);
    }),
  );

  it(
    'refuses connections for a while, and listens again at the same address',
    onStage({}, async (stage) => {
      await inject(stage, { endpoint: 'users.self', kind: 'refuse-connection', ms: 300 });
      const beforeMs = performance.now();
      expect(await outcome(stage.get('/api/users/v1/self'))).toBe('broken');
      await expect(fetch(`${stage.simulator.url}/version`)).rejects.toMatchObject({
        cause: { code: 'ECONNREFUSED' },
      });
      while ((await outcome(stage.get('/version'))) === 'broken') await wait(20);
      expect(performance.now() - beforeMs).toBeGreaterThanOrEqual(295);
      expect(rows(stage, 'users.self')).toMatchObject([{ fault: 'refuse-connection', status: null }]);
    }),
  );

  it(
    'can be closed while it refuses connections',
    onStage({}, async (stage) => {
      await inject(stage, { endpoint: '*', kind: 'refuse-connection', ms: 60_000 });
      expect(await outcome(stage.get('/version'))).toBe('broken');
    }),
  );
});
