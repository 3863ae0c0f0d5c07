import { describe, expect, it } from '@jest/globals';
import { fixedWorld, onStage } from './stage.js';

const workspaceId = '66f0a1b2c3d4e5f601234567';
const yaml = `${fixedWorld.replace(
  'files: files }',
  `files: files, workspaces: [{ id: ${workspaceId}, name: notebooks }] }`,
)}
users:
  - name: ada
    roles: [SysAdmin]
    gitCredentials: [{ name: hub, domain: github.com }, { name: lab, domain: gitlab.test, gitServiceProvider: GitLab }]
  - name: ben
`;

describe('users', () => {
  it(
    'are those of the world, with their roles, in pages',
    onStage({ yaml }, async ({ get }) => {
      const { body } = await get('/api/users/v1/users?limit=1&offset=1');
      expect(body).toMatchObject({
        users: [{ userName: 'ben', roles: [] }],
        metadata: { totalCount: 2, pagination: { offset: 1, limit: 1, totalCount: 2 } },
      });
      expect((await get('/api/users/v1/self')).body.user).toMatchObject({
        userName: 'ada',
        roles: ['SysAdmin'],
      });
    }),
  );

  it(
    'have Git credentials whose tokens are replaced and never shown',
    onStage({ yaml }, async ({ get, call, simulator }) => {
      const { id } = (await get('/api/users/v1/self')).body.user;
      const list = async () => (await get(`/api/users/beta/credentials/${id}`)).body.credentials;
      const [hub, lab] = await list();
      expect(hub).toMatchObject({ name: 'hub', gitServiceProvider: 'Github', protocol: 'https' });
      const path = `/api/users/v1/user/${id}/tokenCredentials`;
      const body = { name: 'hub', domain: 'github.com', gitServiceProvider: 'Github', token: 'ghp_new' };
      const replaced = await call('PUT', `${path}/${hub?.id ?? ''}`, body);
      expect(replaced).toMatchObject({ status: 200, body: { credential: { id: hub?.id, name: 'hub' } } });
      expect(replaced.text).not.toContain('ghp_new');
      expect(replaced.body.credential.fingerprint).not.toBe(hub?.fingerprint);
      expect((await list())[0]).toEqual(replaced.body.credential);
      const other = { ...body, gitServiceProvider: 'GitLab' };
      expect(await call('PUT', `${path}/${lab?.id ?? ''}`, other)).toMatchObject({
        status: 400,
        body: { error: 'Only tokens of GitHub and GitHub Enterprise can be updated' },
      });
      expect((await call('PUT', `${path}/${hub?.id ?? ''}`, { ...body, token: undefined })).body.error).toBe(
        'Json validation error: /token error.path.missing',
      );
      expect((await call('PUT', `${path}/none`, body)).status).toBe(404);
      expect((await get('/api/users/beta/credentials/nobody')).status).toBe(404);
      expect(JSON.stringify(simulator.ledger())).not.toContain('ghp_new');
      expect(simulator.ledger().flatMap(({ effects }) => effects)).toEqual([
        { change: 'changed', kind: 'gitCredential', id: hub?.id },
      ]);
    }),
  );

  it(
    'are listed as data in the reference dialect',
    onStage({ yaml, dialect: 'reference' }, async ({ get }) => {
      const { data } = (await get('/api/users/v1/users')).body;
      expect(data).toMatchObject([{ userName: 'ada' }, { userName: 'ben' }]);
      expect((await get(`/api/users/beta/credentials/${data[0]?.id ?? ''}`)).body.data).toHaveLength(2);
    }),
  );
});

describe('workspaces', () => {
  const sessions = (projectId: string, of = workspaceId) =>
    `/api/projects/v1/projects/${projectId}/workspaces/${of}/sessions`;

  it(
    'start a session each time, in a project that is not archived',
    onStage({ yaml }, async ({ post, call, projectId, simulator }) => {
      const path = sessions(await projectId());
      const started = await post(path, { externalVolumeMounts: [] });
      expect(started).toMatchObject({
        status: 200,
        body: { workspaceSession: { id: expect.any(String), executionId: expect.any(String) } },
      });
      const { id } = started.body.workspaceSession;
      expect(simulator.ledger().at(-1)?.effects).toEqual([
        { change: 'created', kind: 'workspaceSession', id },
      ]);
      expect(await post(path, {})).toMatchObject({
        status: 400,
        body: { error: 'Json validation error: /externalVolumeMounts error.path.missing' },
      });
      expect((await post(sessions(await projectId(), 'none'), { externalVolumeMounts: [] })).status).toBe(
        404,
      );
      expect((await post(sessions('none'), { externalVolumeMounts: [] })).status).toBe(404);
      const archived = await projectId();
      await call('DELETE', `/api/projects/beta/projects/${archived}`);
      expect(await post(path, { externalVolumeMounts: [] })).toMatchObject({
        status: 400,
        body: { error: `The project "${archived}" is archived` },
      });
    }),
  );

  it(
    'take a tier, an environment and a kind in the reference dialect, and answer flat',
    onStage({ yaml, dialect: 'reference' }, async ({ post, projectId, environmentId }) => {
      const path = sessions(await projectId());
      const body = {
        hardwareTierId: 'small-k8s',
        environmentId: await environmentId(),
        workspaceType: 'JupyterLab',
      };
      expect((await post(path, body)).body).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{24}$/) });
      expect(await post(path, { ...body, hardwareTierId: 'medium' })).toMatchObject({
        status: 404,
        body: { error: 'No hardware tier "medium" was found' },
      });
    }),
  );
});
