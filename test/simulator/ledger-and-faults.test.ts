import { describe, expect, it } from '@jest/globals';
import { type Stage, onStage } from './stage.js';

const jobCount = async ({ get, projectId }: Stage): Promise<number> =>
  (await get(`/api/jobs/beta/jobs?projectId=${await projectId()}`)).body.metadata.totalCount;

const start = async ({ post, projectId }: Stage, title = 'train') =>
  post('/api/jobs/v1/jobs', { projectId: await projectId(), runCommand: 'x', title });

describe('the ledger', () => {
  it(
    'holds every request in order, with what it really changed and the marker of that',
    onStage({}, async ({ simulator, get, newEnvironment, startJob }) => {
      const { id, revisionId } = await newEnvironment({
        description: 'by a run [lh:abc234def567]',
        summary: 'first [lh:zzz234def567]',
      });
      const jobId = await startJob({ title: 'train [op:k3f9x2m7qa] of today' });
      await get('/nowhere?token=secret');
      const rows = simulator.ledger();
      expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
      expect(rows[0]).toEqual({
        seq: 1,
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        method: 'POST',
        path: '/api/environments/beta/environments',
        endpoint: 'environments.create',
        status: 200,
        effects: [
          { change: 'created', kind: 'environment', id, marker: 'lh:abc234def567' },
          { change: 'created', kind: 'revision', id: revisionId, marker: 'lh:zzz234def567' },
        ],
      });
      expect(rows[2]?.effects).toEqual([
        { change: 'created', kind: 'job', id: jobId, marker: 'op:k3f9x2m7qa' },
      ]);
      expect(rows[3]).toMatchObject({ path: '/nowhere', endpoint: null, status: 404, effects: [] });
    }),
  );

  it(
    'tells the rows after a sequence number over HTTP, and none of its own requests',
    onStage({}, async ({ get, simulator }) => {
      await get('/version');
      await get('/api/users/v1/self');
      const rows = (await get('/_simulator/ledger?since=1')).list;
      expect(rows).toMatchObject([{ seq: 2, endpoint: 'users.self' }]);
      expect(simulator.ledger()).toHaveLength(2);
      expect(simulator.ledgerUrl).toBe(`${simulator.url}/_simulator/ledger`);
    }),
  );

  it(
    'shows a request that was not let in, without effects',
    onStage({}, async ({ call, simulator }) => {
      await call('POST', '/api/jobs/v1/jobs', {}, {});
      expect(simulator.ledger()).toMatchObject([{ endpoint: 'jobs.start', status: 401, effects: [] }]);
    }),
  );
});

describe('faults', () => {
  it(
    'loses the answer of the second start only, and the job is there all the same',
    onStage({}, async (stage) => {
      await stage.post('/_simulator/faults', { endpoint: 'jobs.start', occurrence: 2, kind: 'lose-answer' });
      expect((await start(stage)).status).toBe(200);
      await expect(start(stage)).rejects.toThrow('fetch failed');
      expect((await start(stage)).status).toBe(200);
      expect(await jobCount(stage)).toBe(3);
      const lost = stage.simulator.ledger().filter(({ fault }) => fault !== undefined);
      expect(lost).toMatchObject([
        { endpoint: 'jobs.start', status: 200, fault: 'lose-answer', effects: [{ kind: 'job' }] },
      ]);
    }),
  );

  it(
    'loses a request before anything is carried out, and keeps its row',
    onStage({}, async (stage) => {
      await stage.post('/_simulator/faults', { endpoint: 'jobs.start', kind: 'lose-request', times: 2 });
      await expect(start(stage)).rejects.toThrow('fetch failed');
      await expect(start(stage)).rejects.toThrow('fetch failed');
      expect(await jobCount(stage)).toBe(0);
      expect((await start(stage)).status).toBe(200);
      const [first] = stage.simulator.ledger().filter(({ endpoint }) => endpoint === 'jobs.start');
      expect(first).toMatchObject({ status: null, fault: 'lose-request', effects: [] });
    }),
  );

  it(
    'holds an answer back for a while after the request was carried out',
    onStage({}, async (stage) => {
      await stage.post('/_simulator/faults', { endpoint: 'jobs.start', kind: 'hold-answer', ms: 3_000 });
      const before = performance.now();
      const held = start(stage);
      while ((await jobCount(stage)) === 0);
      expect(performance.now() - before).toBeLessThan(2_950);
      expect((await held).status).toBe(200);
      expect(performance.now() - before).toBeGreaterThanOrEqual(2_999);
    }),
  );

  it(
    'answers any status, headers and body without carrying anything out',
    onStage({}, async (stage) => {
      const fault = {
        endpoint: 'jobs.start',
        kind: 'status',
        status: 429,
        headers: { 'retry-after': '3', 'content-type': 'text/html' },
        body: '<h1>busy</h1>',
      };
      await stage.post('/_simulator/faults', fault);
      const response = await fetch(`${stage.simulator.url}/api/jobs/v1/jobs`, {
        method: 'POST',
        headers: { 'x-domino-api-key': stage.simulator.apiKey },
      });
      expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([
        429,
        '3',
        '<h1>busy</h1>',
      ]);
      expect(await jobCount(stage)).toBe(0);
    }),
  );

  it(
    'lists the faults with what they met, clears them, and refuses bad ones with the reason',
    onStage({}, async (stage) => {
      const { get, post, call } = stage;
      const fault = { endpoint: 'jobs.start', occurrence: 9, kind: 'lose-answer' };
      const { id } = (await post('/_simulator/faults', fault)).body;
      await start(stage);
      expect((await get('/_simulator/faults')).list).toEqual([
        { id, ...fault, times: 1, seen: 1, struck: 0 },
      ]);
      expect((await call('DELETE', '/_simulator/faults')).status).toBe(204);
      expect((await get('/_simulator/faults')).list).toEqual([]);
      const unknown = await post('/_simulator/faults', { endpoint: 'jobs.begin', kind: 'lose-answer' });
      expect(unknown.status).toBe(400);
      expect(unknown.body.error).toMatch(/^endpoint: jobs\.begin is none of environments\.list, /);
      const wrong = await post('/_simulator/faults', { endpoint: 'jobs.start', kind: 'hold-answer' });
      expect([wrong.status, wrong.body.error]).toEqual([400, expect.stringMatching(/^ms: /)]);
    }),
  );

  it(
    'changes the speed of time while it runs, without a jump',
    onStage({}, async ({ post, get, startJob }) => {
      const id = await startJob();
      expect((await post('/_simulator/clock', { speed: 10_000 })).status).toBe(200);
      const status = async () => (await get(`/v4/jobs/${id}`)).body.statuses;
      while (!(await status()).isCompleted);
      expect((await status()).executionStatus).toBe('Succeeded');
      expect((await post('/_simulator/clock', { speed: 0 })).status).toBe(400);
    }),
  );
});
