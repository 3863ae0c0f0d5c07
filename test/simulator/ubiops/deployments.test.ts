import { describe, expect, it } from '@jest/globals';
import { newEnvironment, newVersion, onStage, requirements, zipOf } from './stage.js';

const version = '/deployments/d/versions/v1';

describe('a deployment', () => {
  it(
    'has its first version as the default, and another one once that is built',
    onStage({}, async (stage) => {
      const { call, get, post, upload, pass } = stage;
      await newVersion(stage);
      await post('/deployments/d/versions', { version: 'v2' });
      const { body } = await upload('/deployments/d/versions/v2/revisions', { file: zipOf({ a: '' }) });
      const promote = () => call('PATCH', '/deployments/d', { default_version: 'v2' });
      expect((await get('/deployments/d')).body).toMatchObject({ default_version: 'v1' });
      expect(await promote()).toMatchObject({
        ...{ status: 400, body: { error: 'Default cannot be set to an unavailable version' } },
      });
      const at = `/deployments/d/versions/v2/revisions/${body.revision}`;
      const seen: string[] = [];
      for (const seconds of [5, 20, 60]) {
        await pass(seconds);
        seen.push((await get(at)).body.status, (await get('/deployments/d/versions/v2')).body.status);
      }
      expect(seen).toEqual(['queued', 'building', 'building', 'building', 'success', 'available']);
      expect((await promote()).body).toMatchObject({ default_version: 'v2' });
      expect((await get('/deployments/d/versions')).list).toMatchObject([
        ...[
          { version: 'v1', default: false },
          { version: 'v2', default: true, active_revision: body.revision },
        ],
      ]);
      expect(await call('PATCH', '/deployments/d', { default_version: 'v3' })).toMatchObject({
        ...{ status: 404, body: { error: 'Deployment version was not found' } },
      });
    }),
  );

  it(
    'calls a version without instances unavailable, if told so, and promotes it all the same',
    onStage({}, async (stage) => {
      const { behave, call, get, pass } = stage;
      await behave({ idleVersions: 'unavailable' });
      await newVersion(stage);
      await pass(100);
      expect((await get(version)).body.status).toBe('unavailable');
      expect((await call('PATCH', '/deployments/d', { default_version: 'v1' })).status).toBe(200);
      await call('PATCH', version, { minimum_instances: 1 });
      expect((await get(version)).body.status).toBe('available');
    }),
  );

  it(
    'waits for its environment, and fails with its package',
    onStage({}, async (stage) => {
      const { get, upload, pass } = stage;
      await newEnvironment(stage);
      await newVersion(stage, { version: { environment: 'e' } });
      await pass(100);
      expect((await get(version)).body.status).toBe('unavailable');
      await upload('/environments/e/revisions', { file: requirements() });
      await pass(120);
      expect((await get(version)).body.status).toBe('available');
      const file = zipOf({ 'requirements.txt': 'broken' });
      const { body } = await upload(`${version}/revisions`, { file });
      await pass(100);
      expect((await get(`${version}/revisions/${body.revision}`)).body).toMatchObject({
        ...{ status: 'failed', error_message: 'No matching distribution found for broken' },
      });
    }),
  );

  it(
    'makes an environment of its own out of a package with dependency files',
    onStage({}, async (stage) => {
      const { get, upload } = stage;
      await newVersion(stage);
      await upload(`${version}/revisions`, {
        file: zipOf({ 'd/deployment.py': '', 'd/requirements.txt': 'numpy' }),
      });
      const { environment } = (await get(version)).body;
      expect(environment).toMatch(/^d-v1-[0-9a-f]{8}$/);
      expect((await get(`/environments/${String(environment)}`)).body).toMatchObject({
        ...{ implicit: true, hidden: true, base_environment: 'python3-12' },
      });
    }),
  );

  it(
    'takes what is there: a template, the package of a version, an environment that suits it',
    onStage({}, async (stage) => {
      const { get, post, upload, pass } = stage;
      await newVersion(stage);
      const [template] = (await get('//template-deployments')).list;
      const at = `${version}/revisions`;
      expect((await upload(at, { template_deployment_id: template?.id ?? '' })).status).toBe(201);
      await pass(100);
      const source = { source_deployment: 'd', source_version: 'v1' };
      await post('/deployments/d/versions', { version: 'v2' });
      expect((await upload('/deployments/d/versions/v2/revisions', source)).status).toBe(201);
      expect((await upload(at, {})).status).toBe(400);
      await newEnvironment(stage, { name: 'raw', supports_request_format: false });
      const misfit = await post('/deployments/d/versions', { version: 'v3', environment: 'raw' });
      expect(misfit).toMatchObject({
        ...{ status: 400, body: { error: 'Given environment is not supported for the deployment' } },
      });
      const tier = { version: 'v3', instance_type_group_name: 'huge' };
      expect((await post('/deployments/d/versions', tier)).status).toBe(400);
    }),
  );

  it(
    'passes variables on to its versions, without the values of secrets',
    onStage({}, async (stage) => {
      const { call, get, post } = stage;
      await newVersion(stage);
      await post('/environment-variables', { name: 'A', value: '1', secret: false });
      await post('/deployments/d/environment-variables', { name: 'B', value: '2', secret: true });
      const { body } = await post(`${version}/environment-variables`, {
        name: 'A',
        value: '3',
        secret: false,
      });
      expect((await get(`${version}/environment-variables`)).list).toMatchObject([
        { name: 'A', value: '3' },
        { name: 'B', value: null, secret: true, inheritance_type: 'deployment', inheritance_name: 'd' },
      ]);
      await call('DELETE', `${version}/environment-variables/${body.id}`);
      expect((await get(`${version}/environment-variables`)).list).toMatchObject([
        { name: 'B' },
        { name: 'A', value: '1' },
      ]);
    }),
  );
});
