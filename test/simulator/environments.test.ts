import { describe, expect, it } from '@jest/globals';
import { onStage } from './stage.js';

describe('environments and their revisions', () => {
  it(
    'builds the first revision of a new environment, tells no status at first, and activates it at the end',
    onStage({}, async ({ get, pass, newEnvironment }) => {
      const { id } = await newEnvironment();
      const look = async () => (await get(`/api/environments/v1/environments/${id}`)).body.environment;
      const seen: unknown[] = [];
      for (const seconds of [0, 2, 4, 5, 50, 30, 8]) {
        if (seconds > 0) await pass(seconds);
        const environment = await look();
        seen.push(environment.latestRevision.status);
        expect(environment.selectedRevision).toBeUndefined();
      }
      expect(seen).toEqual([undefined, 'queued', 'starting', 'pulling', 'building', 'pushing', 'pushing']);
      await pass(2);
      const built = await look();
      expect(built.latestRevision.status).toBe('succeeded');
      expect(built.selectedRevision).toEqual(built.latestRevision);
      expect(id).toMatch(/^[0-9a-f]{24}$/);
    }),
  );

  it(
    'writes statuses in Title-Case on /v4, and names the image once it is built',
    onStage({}, async ({ get, pass, newEnvironment }) => {
      const { id, revisionId } = await newEnvironment({
        summary: 'first',
        dockerfileInstructions: 'RUN pip install x',
      });
      await pass(50);
      const path = `/v4/environments/${id}/environmentRevision/${revisionId}`;
      expect((await get(path)).body).toMatchObject({ id: revisionId, number: 1, status: 'Building' });
      await pass(50);
      expect((await get(`/v4/environments/${id}`)).body).toMatchObject({
        latestRevision: { status: 'Succeeded' },
        base: { dockerImage: 'base:1' },
        latestRevisionDetails: {
          summary: 'first',
          dockerfileInstructions: 'RUN pip install x',
          dockerImage: `registry.simulator.test/environment:${id}-1`,
        },
      });
    }),
  );

  it.each(['RUN false', 'RUN exit 3'])(
    'fails the build of a Dockerfile that says %s, and the active revision stays',
    async (instruction) => {
      await onStage({}, async ({ get, post, pass, newEnvironment }) => {
        const { id, revisionId } = await newEnvironment();
        await pass(100);
        const dockerfileInstructions = `ENV A=1\n${instruction}`;
        const { body } = await post(`/api/environments/beta/environments/${id}/revisions`, {
          dockerfileInstructions,
        });
        expect(body.environmentRevision).toMatchObject({ number: 2 });
        await pass(100);
        const { environment } = (await get(`/api/environments/v1/environments/${id}`)).body;
        expect(environment.latestRevision).toMatchObject({ number: 2, status: 'failed' });
        expect(environment.selectedRevision.id).toBe(revisionId);
      })();
    },
  );

  it(
    'shows anybody’s newer revision as the latest, while the one asked for stays to be found',
    onStage({}, async ({ get, post, pass, newEnvironment }) => {
      const { id, revisionId } = await newEnvironment();
      const other = await post(`/api/environments/beta/environments/${id}/revisions`, {
        summary: 'somebody else',
      });
      const { environment } = (await get(`/api/environments/v1/environments/${id}`)).body;
      expect(environment.latestRevision.id).toBe(other.body.environmentRevision.id);
      expect((await get(`/v4/environments/${id}/environmentRevision/${revisionId}`)).body.number).toBe(1);
      await pass(100);
      const built = (await get(`/v4/environments/${id}/page/1/pageSize/10/revisions`)).body;
      expect(built.revisions.map(({ number }) => number)).toEqual([2, 1]);
    }),
  );

  it(
    'kills a build that is cancelled, refuses to activate it, and builds it again on request',
    onStage({}, async ({ get, post, pass, newEnvironment }) => {
      const { id, revisionId } = await newEnvironment();
      const path = `/v4/environments/${id}/environmentRevision/${revisionId}`;
      await pass(20);
      expect((await post(`${path}/cancel`)).status).toBe(204);
      expect((await post(`${path}/cancel`)).status).toBe(204);
      expect((await get(path)).body.status).toBe('Killed');
      const refused = await post(`/v4/environments/${id}/setactive?revisionId=${revisionId}`);
      expect([refused.status, refused.body]).toEqual([
        400,
        { message: `Revision ${revisionId} is not built` },
      ]);
      expect((await post('/v4/environments/rebuildrevision', { revisionId })).status).toBe(201);
      await pass(100);
      expect((await get(path)).body.status).toBe('Succeeded');
      expect((await post(`${path}/cancel`)).status).toBe(400);
    }),
  );

  it(
    'pages the list, and keeps archived environments in it, marked',
    onStage({}, async ({ get, call, newEnvironment }) => {
      const { id } = await newEnvironment({ name: 'one' });
      await newEnvironment({ name: 'two' });
      await call('DELETE', `/api/environments/v1/environments/${id}`);
      const { body } = await get('/api/environments/beta/environments?offset=1&limit=1');
      expect(body.environments).toHaveLength(1);
      expect(body.environments[0]).toMatchObject({ name: 'one', archived: true });
      expect(body.metadata).toMatchObject({ offset: 1, limit: 1, totalCount: 3, notices: [] });
      const own = (await get('/v4/environments/self')).list;
      expect(own.map(({ name }) => name)).toEqual(['two']);
    }),
  );

  it(
    'leaves the active revision alone where the world says that it is chosen by hand',
    onStage(
      {
        yaml: `user: ada
projects: [{ owner: ada, name: iris }]
environments: [{ name: Standard, image: 'base:1', default: true }]
hardwareTiers: [{ id: small-k8s, default: true }]
activation: manual
durations: { build: [100, 100] }`,
      },
      async ({ get, post, pass, newEnvironment }) => {
        const { id, revisionId } = await newEnvironment();
        await pass(100);
        const second = (await post(`/api/environments/beta/environments/${id}/revisions`, {})).body;
        await pass(100);
        const active = async () =>
          (await get(`/api/environments/v1/environments/${id}`)).body.environment.selectedRevision.id;
        expect(await active()).toBe(revisionId);
        await post(`/v4/environments/${id}/setactive?revisionId=${second.environmentRevision.id}`);
        expect(await active()).toBe(second.environmentRevision.id);
      },
    ),
  );
});
