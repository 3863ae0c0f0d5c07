/** A simulator that begins anew, asked by several people, and what it writes down of requests that it cannot read. */
import { describe, expect, it } from '@jest/globals';
import { sendRaw } from '../support/raw-http.js';
import { onStage } from './stage.js';

const world = {
  user: 'grace',
  users: [
    { name: 'linus', tokens: [{ token: 'token-of-linus' }, { token: 'short-lived', minutes: 10 }] },
    { name: 'admin', roles: ['SysAdmin'], tokens: [{ token: 'token-of-admin' }] },
  ],
  projects: [{ owner: 'grace', name: 'ships' }],
  environments: [{ name: 'Standard', image: 'base:1', default: true }],
  hardwareTiers: [{ id: 'small', default: true }],
};

describe('a reset', () => {
  it(
    'forgets what was made, the ledger and the faults, and keeps the world',
    onStage({}, async ({ post, get, startJob, simulator: { ledger } }) => {
      await startJob();
      await post('/_simulator/faults', { endpoint: 'users.self', kind: 'status', status: 503, times: 9 });
      expect((await post('/_simulator/reset', undefined)).status).toBe(204);
      expect(ledger()).toEqual([]);
      expect((await get('/api/users/v1/self')).body.user.userName).toBe('ada');
      expect(ledger()).toMatchObject([{ seq: 1, endpoint: 'users.self', status: 200 }]);
    }),
  );

  it(
    'takes another world, and changes nothing for one that is not valid or names folders of this machine',
    onStage({}, async ({ post, get }) => {
      expect((await post('/_simulator/reset', { world })).status).toBe(204);
      expect((await get('/api/users/v1/self')).body.user.userName).toBe('grace');
      const [project] = world.projects;
      for (const [wrong, why] of [
        [{ ...world, user: '' }, /what was given is not a world:\n {2}user: must not be empty/],
        [
          { ...world, projects: [{ ...project, files: '/etc' }] },
          /projects\[0\]\.files: only the world of a file/,
        ],
      ] as const)
        expect(await post('/_simulator/reset', { world: wrong })).toMatchObject({
          status: 400,
          body: { error: expect.stringMatching(why) },
        });
      expect((await get('/api/users/v1/self')).body.user.userName).toBe('grace');
    }),
  );
});

describe('several people', () => {
  it(
    'ask each with a token, until it expires',
    onStage({}, async ({ call, post }) => {
      await post('/_simulator/reset', { world });
      const self = (token: string) =>
        call('GET', '/api/users/v1/self', undefined, { authorization: `Bearer ${token}` });
      expect((await self('token-of-linus')).body.user.userName).toBe('linus');
      expect((await self('short-lived')).body.user.userName).toBe('linus');
      await post('/_simulator/clock', { advanceSeconds: 601 });
      expect([(await self('short-lived')).status, (await self('token-of-linus')).status]).toEqual([401, 200]);
    }),
  );

  it(
    'administer the platform only in the role for it',
    onStage({}, async ({ call, post }) => {
      await post('/_simulator/reset', { world });
      const types = async (token: string) =>
        (
          await call('GET', '/api/admin/v1/deploymentTargetTypes', undefined, {
            authorization: `Bearer ${token}`,
          })
        ).status;
      expect([await types('token-of-linus'), await types('token-of-admin')]).toEqual([403, 200]);
    }),
  );

  it(
    'own what they make',
    onStage({}, async ({ call, post }) => {
      await post('/_simulator/reset', { world });
      const made = await call(
        'POST',
        '/api/projects/beta/projects',
        { name: 'boats', description: '', visibility: 'private' },
        { authorization: 'Bearer token-of-linus', 'content-type': 'application/json' },
      );
      expect(made.body.project).toMatchObject({ ownerUsername: 'linus' });
    }),
  );
});

describe('an address', () => {
  it(
    'may have the slashes of a file’s path as they are',
    onStage({}, async ({ projectId, newestCommit, simulator: { url, apiKey } }) => {
      const headers = { 'x-domino-api-key': apiKey };
      const put = await fetch(`${url}/v1/projects/ada/iris/data/deep/a.csv`, {
        method: 'PUT',
        headers,
        body: 'a,b',
      });
      expect(put.ok).toBe(true);
      const content = await fetch(
        `${url}/api/projects/v1/projects/${await projectId()}/files/${await newestCommit()}/data/deep/a.csv/content`,
        { headers },
      );
      expect([content.status, await content.text()]).toEqual([200, 'a,b']);
    }),
  );

  it(
    'that cannot be read, and a body that is too large for nothing, are requests in the ledger',
    onStage({}, async ({ simulator: { url, ledger } }) => {
      await sendRaw(url, 'GET /api/%zz HTTP/1.1\r\nHost: x\r\n\r\n');
      await fetch(`${url}/nowhere`, { method: 'POST', body: 'x'.repeat(2_000_000) }).catch(() => undefined);
      const control = await fetch(`${url}/_simulator/faults`, {
        method: 'POST',
        body: 'x'.repeat(2_000_000),
      });
      expect(control.status).toBe(413);
      expect(ledger()).toMatchObject([
        { method: 'GET', path: '/api/%zz', endpoint: null, status: 401 },
        { method: 'POST', path: '/nowhere', endpoint: null, status: 401 },
      ]);
    }),
  );
});
