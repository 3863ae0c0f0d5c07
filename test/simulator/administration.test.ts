import { describe, expect, it } from '@jest/globals';
import { onStage } from './stage.js';

const everyone = { isEveryone: true, userAndOrganizationIds: [] };
const newDataSource = (fields: object = {}) => ({
  name: 'warehouse',
  description: 'the warehouse [lh:k3f9x2m7qa]',
  dataSourceType: 'SnowflakeConfig',
  authType: 'Basic',
  credentialType: 'Shared',
  config: { database: 'sales' },
  credentials: { secretCredentials: { password: 'hunter2-source' }, visibleCredentials: { username: 'ada' } },
  permissions: everyone,
  ...fields,
});

const sources = '/api/datasource/v1/datasources';
const gateway = '/api/aigateway/v1/endpoints';
const organizations = '/api/organizations/v1/organizations';
const accounts = '/api/serviceAccounts/v1/serviceAccounts';

describe('data sources', () => {
  it(
    'live, change and end, and their audit tells each deed',
    onStage({}, async ({ get, post, call, simulator }) => {
      const { id } = (await post(sources, newDataSource())).body;
      expect((await get(`${sources}/${id}`)).body).toMatchObject({
        ...{ id, name: 'warehouse', displayName: 'warehouse', ownerUsername: 'ada', permissions: everyone },
        lastUpdated: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      const closed = { isEveryone: false, userAndOrganizationIds: [] };
      const changed = await call('PATCH', `${sources}/${id}`, {
        config: { schema: 'eu' },
        permissions: closed,
      });
      expect(changed.body).toMatchObject({
        config: { database: 'sales', schema: 'eu' },
        permissions: closed,
      });
      expect((await get(`${sources}?dataSourceNames=warehouse`)).body).toMatchObject({
        dataSources: [{ id }],
        metadata: { offset: 0, limit: 10, totalCount: 1, pagination: { offset: 0, limit: 10 } },
      });
      expect((await call('DELETE', `${sources}/${id}`)).body.id).toBe(id);
      expect((await get(`${sources}/${id}`)).status).toBe(404);
      const audit = (await get('/api/datasource/v1/audit')).list;
      const deed = { dataSourceId: id, dataSourceName: 'warehouse', dataSourceType: 'SnowflakeConfig' };
      expect(audit).toEqual(
        ['CreateDataSource', 'DataSourceChangeOfPermissions', 'DeleteDataSource'].map((eventKind) => ({
          ...{ ...deed, eventKind, performedBy: expect.stringMatching(/^[0-9a-f]{24}$/) },
          ...{ metadata: { performedByUsername: 'ada' }, timestamp: expect.any(String) },
        })),
      );
      const only = (await get('/api/datasource/v1/audit?eventKinds=DeleteDataSource')).list;
      expect(only).toEqual([audit[2]]);
      expect(simulator.ledger().flatMap(({ effects }) => effects)).toEqual([
        { change: 'created', kind: 'dataSource', id, marker: 'lh:k3f9x2m7qa' },
        { change: 'changed', kind: 'dataSource', id, marker: 'lh:k3f9x2m7qa' },
        { change: 'changed', kind: 'dataSource', id, marker: 'lh:k3f9x2m7qa' },
      ]);
    }),
  );

  it(
    'are told of yesterday only when a time is stated',
    onStage({}, async ({ get, post, pass }) => {
      await post(sources, newDataSource());
      await pass(2 * 86_400);
      expect((await get('/api/datasource/v1/audit')).list).toEqual([]);
      const since = new Date(0).toISOString();
      expect((await get(`/api/datasource/v1/audit?startTime=${since}`)).list).toHaveLength(1);
      expect((await get('/api/datasource/v1/audit?startTime=yesterday')).body.error).toBe(
        'startTime must be a time of ISO 8601, not "yesterday"',
      );
    }),
  );

  it(
    'never show a credential, and refuse a taken name, an empty one and a stranger',
    onStage({}, async ({ get, post }) => {
      await post(sources, newDataSource());
      expect((await get(sources)).text).not.toContain('hunter2');
      expect(await post(sources, newDataSource())).toMatchObject({
        status: 400,
        body: { error: 'A data source named "warehouse" already exists' },
      });
      expect((await post(sources, newDataSource({ name: '' }))).status).toBe(400);
      const strangers = { isEveryone: false, userAndOrganizationIds: ['f'.repeat(24)] };
      expect((await post(sources, newDataSource({ name: 'b', permissions: strangers }))).status).toBe(404);
      expect((await get(`${sources}?limit=-1`)).body.error).toBe('Json validation error: /limit error.min');
    }),
  );
});

describe('the AI gateway', () => {
  const openAi = {
    name: 'openai-gpt4',
    provider: 'openai',
    model: 'gpt-4',
    providerApiKey: 'hunter2-provider',
  };

  it(
    'keeps endpoints with permissions and an audit, and shows no key of a provider',
    onStage({}, async ({ get, post, call }) => {
      const me = (await get('/api/users/v1/self')).body.user.id;
      const created = await post(gateway, openAi);
      const told = { name: 'openai-gpt4', provider: 'openai', model: 'gpt-4' };
      expect(created.body).toMatchObject({ endpoint: told });
      const path = `${gateway}/openai-gpt4`;
      const changed = await call('PATCH', path, { model: 'gpt-5', providerApiKey: 'hunter2-other' });
      expect(changed.body).toMatchObject({ endpoint: { ...told, model: 'gpt-5' } });
      const permissions = { isEveryoneAllowed: false, userIds: [me] };
      expect((await get(`${path}/permissions`)).body).toMatchObject({
        permissions: { isEveryoneAllowed: false, userIds: [] },
      });
      expect((await call('PATCH', `${path}/permissions`, { userIds: [me] })).body).toMatchObject({
        permissions,
      });
      expect((await get(gateway)).body).toMatchObject({
        endpoints: [{ name: 'openai-gpt4', model: 'gpt-5' }],
      });
      const texts = [created.text, changed.text, (await get(gateway)).text, (await get(path)).text];
      expect(texts.join(' ')).not.toContain('hunter2');
      expect((await call('DELETE', path)).status).toBe(200);
      expect((await get(path)).status).toBe(404);
      const kinds = (await get('/api/aigateway/v1/audit?endpointNames=openai-gpt4')).list;
      expect(kinds).toMatchObject([
        { eventKind: 'CreateEndpoint', endpointName: 'openai-gpt4', performedBy: me },
        { eventKind: 'UpdateEndpoint' },
        { eventKind: 'ChangeEndpointPermissions' },
        { eventKind: 'DeleteEndpoint' },
      ]);
    }),
  );

  it(
    'refuses a name that is taken, an empty key and an endpoint that is not there',
    onStage({}, async ({ post, call }) => {
      await post(gateway, openAi);
      expect(await post(gateway, openAi)).toMatchObject({
        status: 409,
        body: { error: 'An endpoint named "openai-gpt4" already exists' },
      });
      expect((await post(gateway, { ...openAi, name: 'b', providerApiKey: '' })).status).toBe(400);
      expect((await post(gateway, { name: 'b' })).body.error).toBe(
        'Json validation error: /provider error.path.missing',
      );
      expect((await call('PATCH', `${gateway}/c`, { model: 'x' })).status).toBe(404);
    }),
  );
});

describe('organizations', () => {
  const world = `
user: ada
projects: [{ owner: ada, name: iris }, { owner: grace, name: tulips }]
environments: [{ name: Standard, image: 'base:1', default: true }]
hardwareTiers: [{ id: small-k8s, default: true }]
`;

  it(
    'take members with roles, and keep an administrator',
    onStage({ yaml: world }, async ({ get, post, call }) => {
      const me = (await get('/api/users/v1/self')).body.user.id;
      const projects: unknown = (await get('/api/projects/beta/projects')).body;
      const { projects: list } = projects as { projects: { ownerId: string; ownerUsername: string }[] };
      const grace = list.find(({ ownerUsername }) => ownerUsername === 'grace')?.ownerId ?? '';
      const { org } = (await post(organizations, { name: 'research', members: [] })).body as unknown as {
        org: { id: string };
      };
      expect(org).toMatchObject({ name: 'research', members: [{ userId: me, organizationRole: 'admin' }] });
      const user = `${organizations}/${org.id}/user`;
      expect((await call('PUT', user, { userId: grace, organizationRole: 'member' })).body).toMatchObject({
        org: { members: [{ userId: me }, { userId: grace, organizationRole: 'member' }] },
      });
      expect((await call('DELETE', `${user}?memberToRemoveId=${me}`)).body.error).toBe(
        'An organization needs an administrator',
      );
      expect((await call('DELETE', `${user}?memberToRemoveId=${grace}`)).body).toMatchObject({
        org: { members: [{ userId: me }] },
      });
      expect((await call('DELETE', `${user}?memberToRemoveId=${grace}`)).status).toBe(404);
      expect((await call('PUT', user, { userId: grace, organizationRole: 'admin' })).status).toBe(200);
      expect((await call('PUT', user, { userId: me, organizationRole: 'member' })).status).toBe(200);
      expect((await call('DELETE', `${user}?memberToRemoveId=${grace}`)).status).toBe(403);
      expect((await get(`${organizations}/${org.id}`)).status).toBe(200);
    }),
  );

  it(
    'have names of their own, and list by the exact one',
    onStage({}, async ({ get, post }) => {
      await post(organizations, { name: 'research', members: [] });
      for (const name of ['research', 'ada', ''])
        expect((await post(organizations, { name, members: [] })).status).toBe(400);
      expect((await get(`${organizations}?nameFilter=research`)).body).toMatchObject({
        orgs: [{ name: 'research' }],
      });
      expect((await get(`${organizations}?nameFilter=rese`)).body).toMatchObject({ orgs: [] });
      const nobody = { userId: 'f'.repeat(24), organizationRole: 'member' };
      expect((await post(organizations, { name: 'b', members: [nobody] })).status).toBe(404);
    }),
  );
});

describe('service accounts', () => {
  it(
    'show the value of a token once, and never again',
    onStage({}, async ({ get, post, pass }) => {
      const created = await post(accounts, { username: 'ci', email: 'ci@example.test' });
      const { serviceAccount } = created.body as unknown as { serviceAccount: { id: string; idpId: string } };
      expect(serviceAccount.idpId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      const tokens = `${accounts}/${serviceAccount.idpId}/tokens`;
      const { token } = (await post(tokens, { name: 'deploy' })).body as unknown as { token: string };
      expect(token).toMatch(/^[0-9a-f]{64}$/);
      const list = await get(tokens);
      expect(list.body).toMatchObject({
        tokens: [{ name: 'deploy', serviceAccountIdpId: serviceAccount.idpId, isValid: true }],
      });
      expect(list.text).not.toContain(token);
      await pass(366 * 86_400);
      expect((await get(tokens)).body).toMatchObject({ tokens: [{ name: 'deploy', isValid: false }] });
      expect((await post(tokens, { name: 'deploy' })).status).toBe(400);
      expect((await post(accounts, { username: 'ci', email: 'b@example.test' })).status).toBe(400);
      expect((await post(accounts, { username: 'cd', email: '' })).status).toBe(400);
      expect((await get(`${accounts}/nobody/tokens`)).status).toBe(404);
    }),
  );
});

describe('the audit trail', () => {
  it(
    'tells what was done, newest first, by time and by type, in pages',
    onStage({}, async ({ get, post, startJob, pass }) => {
      const job = await startJob();
      await pass(60);
      await post(organizations, { name: 'research', members: [] });
      const all = (await get('/auditevents')).body;
      expect(all).toMatchObject({
        events: [
          { eventType: 'CreateOrganization', actor: { name: 'ada' }, target: { type: 'organization' } },
          { eventType: 'CreateJob', target: { type: 'job', id: job } },
        ],
        metadata: { totalCount: 2 },
      });
      const { events } = all as unknown as { events: { timestamp: string }[] };
      expect((await get('/auditevents?eventType=CreateJob')).body).toMatchObject({
        metadata: { totalCount: 1 },
      });
      const since = `/auditevents?startTime=${events[0]?.timestamp}`;
      expect((await get(since)).body).toMatchObject({ metadata: { totalCount: 1 } });
      expect((await get('/auditevents?offset=1&limit=1')).body).toMatchObject({
        events: [{ eventType: 'CreateJob' }],
        metadata: { offset: 1, limit: 1 },
      });
      const before = '/auditevents?startTime=2030-01-01T00:00:00Z&endTime=2029-01-01T00:00:00Z';
      expect((await get(before)).status).toBe(400);
    }),
  );

  it(
    'is a list as the reference has them in its dialect',
    onStage({ dialect: 'reference' }, async ({ get, post }) => {
      await post(organizations, { name: 'research', members: [] });
      expect((await get('/auditevents?limit=5')).body).toMatchObject({
        data: [{ eventType: 'CreateOrganization' }],
        ...{ offset: 0, limit: 5, totalCount: 1 },
      });
    }),
  );
});
