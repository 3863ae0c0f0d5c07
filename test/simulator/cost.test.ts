import { describe, expect, it } from '@jest/globals';
import { fixedWorld, onStage } from './stage.js';

const costs = '/api/cost/v1';

describe('costs', () => {
  it(
    'come from the jobs that ran, by user, project, organization and machine',
    onStage({}, async ({ get, post, startJob, pass, projectId }) => {
      const start = (await get('/version')).body as unknown as { timestamp: string };
      await startJob();
      await pass(100);
      const me = (await get('/api/users/v1/self')).body.user.id;
      const since = `startTime=${start.timestamp}`;
      const by = async (path: string, subject: string) =>
        (await get(`${costs}/${path}?${since}&aggregateBy=${subject}`)).body;
      // A minute and the three seconds it takes to finish, at one cent a minute.
      const spent = { minutes: 1.05, totalCost: expect.closeTo(0.0105, 6) };
      const project = await projectId();
      expect(await by('allocation', 'project')).toEqual({
        code: 200,
        data: [{ [project]: { name: project, ...spent } }],
      });
      expect(await by('allocation/summary', 'user')).toMatchObject({
        data: { sets: [{ allocations: { [me]: spent } }] },
      });
      expect(await by('allocation', 'organization')).toMatchObject({ data: [{ __unallocated__: spent }] });
      await post('/api/organizations/v1/organizations', { name: 'research', members: [] });
      expect(await by('allocation', 'organization')).toMatchObject({ data: [{ research: spent }] });
      expect((await get(`${costs}/asset?window=1d`)).body).toMatchObject({
        data: [{ 'small-k8s': { type: 'Node', ...spent } }],
      });
      const label = encodeURIComponent('label:dominodatalab.com/project-id');
      const same = await get(`${costs}/allocation?window=1d&aggregate=${label}`);
      expect(same.body).toMatchObject({ data: [{ [project]: spent }] });
    }),
  );

  it(
    'refuse a request without a time or a subject',
    onStage({}, async ({ get }) => {
      expect((await get(`${costs}/allocation?aggregateBy=user`)).body.error).toBe(
        'window or startTime is needed',
      );
      expect((await get(`${costs}/allocation?window=1d`)).status).toBe(400);
      expect((await get(`${costs}/allocation/summary?window=1d&aggregateBy=planet`)).status).toBe(400);
    }),
  );

  it(
    'are booked on tags that are added once, under a mode',
    onStage({}, async ({ get, post, call, simulator }) => {
      const tags = `${costs}/billingtags`;
      const both = { billingTags: [{ tag: 'lab' }, { tag: 'shop' }] };
      expect((await post(tags, { billingTags: ['lab', 'shop'] })).body).toMatchObject(both);
      await post(tags, { billingTags: ['lab'] });
      expect((await get(tags)).body).toMatchObject(both);
      expect((await post(tags, { billingTags: [''] })).body.error).toBe(
        'Json validation error: /billingTags(0) error.minLength',
      );
      const settings = `${costs}/billingtagSettings`;
      expect((await get(settings)).body).toEqual({ mode: 'Optional' });
      expect((await call('PUT', `${settings}/mode`, { mode: 'Required' })).body).toEqual({
        mode: 'Required',
      });
      expect((await get(settings)).body).toEqual({ mode: 'Required' });
      expect((await call('PUT', settings, { mode: 'Disabled' })).body).toEqual({ mode: 'Disabled' });
      expect((await get(`${settings}/mode`)).body).toEqual({ mode: 'Disabled' });
      expect((await call('PUT', settings, { mode: 'Sometimes' })).status).toBe(400);
      expect(
        simulator.ledger().flatMap(({ effects }) => effects.map(({ kind, id }) => `${kind} ${id}`)),
      ).toEqual(['billingTag lab', 'billingTag shop', 'billingSettings mode', 'billingSettings mode']);
    }),
  );

  it.each([
    ['forbidden', 403],
    ['absent', 404],
  ])('are %s where the world says so', (costApi, status) =>
    onStage({ yaml: `${fixedWorld}costApi: ${costApi}\n` }, async ({ get }) => {
      for (const path of [
        'allocation?window=1d',
        'asset?window=1d',
        'billingtags',
        'billingtagSettings/mode',
      ])
        expect((await get(`${costs}/${path}`)).status).toBe(status);
    })(),
  );
});
