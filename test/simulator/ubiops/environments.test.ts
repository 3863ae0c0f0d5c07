import { describe, expect, it } from '@jest/globals';
import { newEnvironment, newVersion, onStage, requirements, zipOf } from './stage.js';

describe('an environment of /v2.1', () => {
  it(
    'is created without revisions, listed by labels and updated as a whole',
    onStage({}, async (stage) => {
      const { get, call } = stage;
      const made = await newEnvironment(stage, { labels: { a: '1' }, description: 'mine' });
      expect(made).toMatchObject({
        status: 201,
        body: {
          ...{ name: 'e', project: 'iris', base_environment: 'python3-12', display_name: 'e' },
          ...{ status: 'active', implicit: false, hidden: false, system: false, gpu_required: false },
          creation_date: expect.stringMatching(/\.\d{6}Z$/),
        },
      });
      expect(made.body).not.toHaveProperty('active_build');
      expect((await get('/environments?labels=b:2,a:1')).list.map(({ name }) => name)).toEqual(['e']);
      expect((await get('/environments?labels=b:2')).list).toEqual([]);
      expect((await get('/environments?environment_type=base')).list).toMatchObject([
        { name: 'python3-12', project: null, base_environment: null, system: true },
      ]);
      expect((await call('PATCH', '/environments/e', { name: 'f', labels: { b: '2' } })).body).toMatchObject({
        ...{ name: 'f', labels: { b: '2' }, active_revision: null, latest_build: null },
      });
      expect((await get('/environments/e')).body).toEqual({ error: 'Environment was not found' });
    }),
  );

  it.each([400, 409])('refuses a name that is there with %s, if told so', (status) =>
    onStage({}, async (stage) => {
      await stage.behave({ duplicates: status });
      await newEnvironment(stage);
      expect(await newEnvironment(stage)).toMatchObject({
        ...{ status, body: { error: 'Environment with this name already exists' } },
      });
    })(),
  );

  it(
    'refuses an archive whose table of contents is not within it',
    onStage({}, async (stage) => {
      await newEnvironment(stage);
      const bytes = Buffer.from(await zipOf({ 'requirements.txt': 'numpy' }).arrayBuffer());
      bytes.writeUInt32LE(1_000_000, bytes.lastIndexOf('PK\u0005\u0006') + 16);
      expect(await stage.upload('/environments/e/revisions', { file: new Blob([bytes]) })).toMatchObject({
        ...{ status: 400, body: { error: expect.stringContaining('The package is damaged') } },
      });
    }),
  );

  it(
    'builds what is uploaded: queued, processing, success',
    onStage({}, async (stage) => {
      const { get, upload, pass } = stage;
      await newEnvironment(stage);
      const file = zipOf({
        'environment_package/requirements.txt': 'numpy\n',
        'environment_package/x.py': '',
      });
      const { status, body } = await upload('/environments/e/revisions', { file });
      expect({ status, body }).toEqual({
        status: 201,
        body: { success: true, revision: expect.any(String), build: expect.any(String) },
      });
      const at = `/environments/e/revisions/${body.revision}`;
      const statusAfter = async (seconds: number) => {
        await pass(seconds);
        return (await get(`${at}/builds/${body.build}`)).body.status;
      };
      expect([await statusAfter(5), await statusAfter(50), await statusAfter(60)]).toEqual([
        ...['queued', 'processing', 'success'],
      ]);
      expect((await get('/environments/e')).body).toMatchObject({
        ...{ active_revision: body.revision, active_build: body.build, latest_build: body.build },
      });
      expect((await get(`${at}/builds/${body.build}/dependency-files`)).list).toEqual([
        { name: 'requirements.txt', content: 'numpy\n' },
      ]);
      const revision = { created_by: 'ada@example.com', environment: 'e', expired: false };
      expect((await get(at)).body).toMatchObject(revision);
      const { bytes, headers } = await get(`${at}/download`);
      expect(bytes).toEqual(Buffer.from(await file.arrayBuffer()));
      expect(headers.get('content-disposition')).toBe('attachment; filename="package.zip"');
    }),
  );

  it(
    'carries the message and the log of a build that fails',
    onStage({}, async (stage) => {
      const { get, upload, pass } = stage;
      await newEnvironment(stage);
      const { body } = await upload('/environments/e/revisions', {
        file: requirements('numpy\nbroken==1\n'),
      });
      await pass(120);
      const at = `/environments/e/revisions/${body.revision}/builds/${body.build}`;
      const error_message = 'No matching distribution found for broken';
      expect((await get(at)).body).toMatchObject({ status: 'failed', error_message });
      const query = encodeURIComponent(`| environment_name=\`e\` and environment_build_id=\`${body.build}\``);
      expect((await get(`/logs?query=${query}`)).list.map(({ log }) => log)).toEqual([
        ...[error_message, '', 'broken==1', 'numpy', 'reading requirements.txt'],
      ]);
      expect((await get('/environments/e')).body).toMatchObject({
        active_build: null,
        latest_build: body.build,
      });
    }),
  );

  it(
    'builds once more, and cancels what has not ended',
    onStage({}, async (stage) => {
      const { call, post, get, upload, pass } = stage;
      await newEnvironment(stage);
      const { body } = await upload('/environments/e/revisions', { file: requirements() });
      const at = `/environments/e/revisions/${body.revision}`;
      await pass(120);
      const again = await post(`${at}/rebuild`);
      expect(again).toMatchObject({ status: 201, body: { status: 'queued', trigger: 'Rebuild triggered' } });
      const cancelled = { status: 'cancelled' };
      const cancel = () => call('PATCH', `${at}/builds/${again.body.id}`, cancelled);
      expect((await cancel()).body).toMatchObject(cancelled);
      expect(await cancel()).toMatchObject({ status: 400, body: { error: 'The build has already ended' } });
      expect((await get(`${at}/builds`)).list.map(({ status }) => status)).toEqual(['success', 'cancelled']);
    }),
  );

  it(
    'copies the file of another one, and takes exactly one of file and source',
    onStage({}, async (stage) => {
      const { get, upload, pass } = stage;
      await newEnvironment(stage);
      await newEnvironment(stage, { name: 'f' });
      await upload('/environments/e/revisions', { file: requirements('scipy\n') });
      await pass(120);
      const copied = await upload('/environments/f/revisions', { source_environment: 'e' });
      const at = `/environments/f/revisions/${copied.body.revision}/builds/${copied.body.build}`;
      expect((await get(`${at}/dependency-files`)).list).toMatchObject([{ content: 'scipy\n' }]);
      const both = { file: requirements(), source_environment: 'e' };
      for (const parts of [{}, both])
        expect(await upload('/environments/f/revisions', parts)).toMatchObject({
          ...{ status: 400, body: { error: 'Either file or source_environment must be provided' } },
        });
    }),
  );

  it(
    'for an own image builds an image alone',
    onStage({}, async (stage) => {
      const { get, post, upload, pass } = stage;
      await post('/environments', { name: 'own' });
      const { body } = await upload('/environments/own/revisions', { file: requirements() });
      await pass(120);
      const at = `/environments/own/revisions/${body.revision}/builds/${body.build}`;
      expect((await get(at)).body).toMatchObject({ error_message: 'The file is no Docker image' });
    }),
  );

  it(
    'is not deleted while a version uses it, nor is one of the platform changed',
    onStage({}, async (stage) => {
      const { call, get } = stage;
      await newEnvironment(stage);
      await newVersion(stage, { version: { environment: 'e' } });
      expect((await get('/environments/e/usage')).list).toMatchObject([
        { deployment: 'd', version: 'v1', environment: 'e', environment_display_name: 'e' },
      ]);
      const refusal = { status: 400, body: { error: 'Environment is in use by d/v1' } };
      expect(await call('DELETE', '/environments/e')).toMatchObject(refusal);
      expect((await call('DELETE', '/deployments/d')).status).toBe(204);
      expect((await call('DELETE', '/environments/e')).status).toBe(204);
      expect((await call('PATCH', '/environments/python3-12', {})).status).toBe(403);
    }),
  );

  it(
    'has files that expire, and says elsewhere where one is, if told so',
    onStage({}, async (stage) => {
      const { behave, get, post, upload, pass } = stage;
      await newEnvironment(stage);
      const { body } = await upload('/environments/e/revisions', { file: requirements() });
      const at = `/environments/e/revisions/${body.revision}`;
      await behave({ downloads: 'redirect' });
      const { status, headers } = await get(`${at}/download`);
      expect(status).toBe(302);
      const there = await fetch(headers.get('location') ?? '');
      expect(Buffer.from(await there.arrayBuffer())).toEqual(Buffer.from(await requirements().arrayBuffer()));
      await behave({ packagesExpireAfterMinutes: 5 });
      await pass(600);
      expect((await get(at)).body).toMatchObject({ expired: true });
      expect([(await get(`${at}/download`)).status, (await post(`${at}/rebuild`)).status]).toEqual([
        404, 404,
      ]);
    }),
  );
});

describe('what is seen', () => {
  it(
    'comes late, if told so',
    onStage({}, async (stage) => {
      await stage.behave({ visibleAfterMs: 300 });
      expect((await newEnvironment(stage)).status).toBe(201);
      expect((await stage.get('/environments/e')).status).toBe(404);
      expect((await newEnvironment(stage)).status).toBe(400);
      await new Promise((resolve) => setTimeout(resolve, 350));
      expect((await stage.get('/environments/e')).status).toBe(200);
    }),
  );

  it(
    'is old under a fault, also of a build and of what was deleted',
    onStage({}, async (stage) => {
      const { call, fault, get } = stage;
      await newEnvironment(stage);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await call('DELETE', '/environments/e');
      await fault({ endpoint: 'environments.get', kind: 'stale', ms: 1_000 });
      expect([(await get('/environments/e')).status, (await get('/environments/e')).status]).toEqual([
        200, 404,
      ]);
    }),
  );

  it(
    'is listed in the order that was told',
    onStage({}, async (stage) => {
      const names = async (lists: string): Promise<string> => {
        await stage.behave({ lists });
        const { list } = await stage.get('/environments?environment_type=custom');
        return list.map(({ name }) => name).join('');
      };
      for (const name of 'abcdef') await newEnvironment(stage, { name });
      expect([await names('oldest'), await names('newest')]).toEqual(['abcdef', 'fedcba']);
      const shuffled = await names('shuffled');
      expect(Array.from(shuffled).sort().join('')).toBe('abcdef');
      expect([shuffled, await names('shuffled')]).not.toContain('abcdef');
    }),
  );

  it(
    'is made although its answer was lost, with its marker in the ledger',
    onStage({}, async (stage) => {
      await stage.fault({ endpoint: 'environments.create', kind: 'lose-answer' });
      await expect(newEnvironment(stage, { description: 'of a run [lh:abc234def567]' })).rejects.toThrow();
      const [row] = stage.simulator.ledger();
      expect(row).toMatchObject({
        ...{ endpoint: 'environments.create', path: '/v2.1/projects/iris/environments', status: 201 },
        effects: [{ change: 'created', kind: 'environment', marker: 'lh:abc234def567' }],
      });
      expect((await stage.get('/audit?action=create')).list).toMatchObject([
        { action: 'create', user: 'ada@example.com', object_type: 'environment', object_name: 'e' },
      ]);
    }),
  );
});
