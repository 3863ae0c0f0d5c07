import { describe, expect, it } from '@jest/globals';
import { onStage, requirements, type Stage } from './stage.js';

const open = (test: (stage: Stage) => Promise<void>) => onStage({ dialect: 'v2' }, test);
const at = '/environments/e/tags';

/** An environment `e` with a tag `t`. */
async function newTag({ post }: Stage): Promise<void> {
  await post('/environments', { name: 'e' });
  await post(at, { name: 't' });
}

describe('a tag of /v2', () => {
  it(
    'belongs to an environment that knows little of itself',
    open(async ({ post, get, call }) => {
      const made = await post('/environments', {
        name: 'e',
        base_environment: 'python3-12',
        description: 'mine',
      });
      expect(Object.keys(made.body).sort()).toEqual([
        ...['creation_date', 'description', 'id', 'labels', 'last_updated', 'name', 'project', 'system'],
      ]);
      expect((await get('/environments?system=False&labels=')).list.map(({ name }) => name)).toEqual(['e']);
      expect((await get('/environments?system=True')).list.map(({ name }) => name)).toEqual(['python3-12']);
      const patch = { name: 'f', description: 'yours' };
      expect((await call('PATCH', '/environments/e', patch)).body).toMatchObject({ ...patch, name: 'e' });
      expect((await get('/environments/e/revisions')).status).toBe(404);
      expect((await get('/environments/e/usage')).status).toBe(404);
    }),
  );

  it(
    'is built from a file, on a base of the query',
    open(async (stage) => {
      const { get, upload, pass } = stage;
      await newTag(stage);
      expect((await get(`${at}/t`)).body).toMatchObject({
        status: 'pending',
        built: false,
        environment: 'e',
      });
      const on = '?base_environment_name=python3-12&base_environment_tag=latest';
      const built = await upload(`${at}/t/build${on}`, { file: requirements() });
      expect({ status: built.status, body: built.body }).toEqual({ status: 201, body: { success: true } });
      const seen: string[] = [];
      for (const seconds of [5, 10, 25, 25, 25, 30]) {
        await pass(seconds);
        seen.push((await get(`${at}/t`)).body.status);
      }
      expect(seen).toEqual(['queued', 'scanning', 'initialising', 'processing', 'building', 'available']);
      expect((await get(`${at}/t`)).body).toMatchObject({
        ...{ built: true, base_environment_name: 'python3-12', base_environment_tag: 'latest' },
      });
      expect((await get(`${at}/t/dependency-files`)).list).toMatchObject([{ name: 'requirements.txt' }]);
      const file = Buffer.from(await requirements().arrayBuffer());
      expect((await get(`${at}/t/download`)).bytes).toEqual(file);
    }),
  );

  it(
    'has one build at a time, which is cancelled through the tag',
    open(async (stage) => {
      const { call, get, post, upload, pass } = stage;
      await newTag(stage);
      const build = (parts: Record<string, string | Blob>) =>
        upload(`${at}/t/build?base_environment_name=python3-12`, parts);
      await build({ file: requirements() });
      expect(await build({ file: requirements() })).toMatchObject({
        ...{ status: 400, body: { error: 'The environment tag is being built' } },
      });
      expect((await call('PATCH', `${at}/t`, { status: 'cancelled' })).body.status).toBe('cancelled');
      expect((await call('PATCH', `${at}/t`, { status: 'cancelled' })).status).toBe(400);
      expect((await post(`${at}/t/rebuild`)).body).toEqual({ success: true });
      await pass(120);
      expect((await get(`${at}/t`)).body.status).toBe('available');
      await post(at, { name: 'u' });
      const copied = await upload(`${at}/u/build?base_environment_name=python3-12`, {
        ...{ source_environment: 'e', source_tag: 't' },
      });
      expect(copied.status).toBe(201);
    }),
  );

  it(
    'is named by its versions, and not deleted while they are there',
    open(async (stage) => {
      const { call, get, post } = stage;
      await newTag(stage);
      await post('/deployments', { name: 'd', input_type: 'plain' });
      const version = { version: 'v1', environment_name: 'e', environment_tag: 't' };
      const made = await post('/deployments/d/versions', version);
      expect(made.body).toMatchObject({ environment_name: 'e', environment_tag: 't' });
      expect(made.body).not.toHaveProperty('environment');
      expect((await get(`${at}/t/usage`)).list).toMatchObject([
        { deployment: 'd', version: 'v1', environment_name: 'e', environment_tag: 't' },
      ]);
      expect((await call('DELETE', `${at}/t`)).body).toEqual({ error: 'Environment tag is in use by d/v1' });
    }),
  );

  it(
    'gets a name of the server if it has none, and no name twice',
    open(async (stage) => {
      await newTag(stage);
      expect((await stage.post(at, {})).body.name).toMatch(/^tag-[0-9a-f]{8}$/);
      expect((await stage.post(at, { name: 't' })).status).toBe(400);
    }),
  );
});
