import { describe, expect, it } from '@jest/globals';
import { type Stage, onStage } from './stage.js';

const apps = '/api/apps/beta/apps';

const newApp = async ({ projectId }: Stage, fields: object = {}) => ({
  name: 'dashboard',
  description: 'shows [lh:abc234def567]',
  projectId: await projectId(),
  visibility: 'AUTHENTICATED',
  version: {},
  ...fields,
});

/** The paths of a new app and of its first version and instance. */
async function create(stage: Stage, fields: object = {}) {
  const { status, body } = await stage.post(apps, await newApp(stage, fields));
  expect(status).toBe(200);
  const app = `${apps}/${body.id}`;
  const version = `${app}/versions/${body.currentVersion.id}`;
  const instance = `${version}/instances/${body.currentVersion.currentInstance.id}`;
  return { id: body.id, app, version, instance };
}

describe('apps', () => {
  it(
    'start with their first version, run until they are stopped, and say so in their log',
    onStage({}, async (stage) => {
      const { get, call, pass } = stage;
      const { id, app, version, instance } = await create(stage);
      const seen: unknown[] = [];
      for (const seconds of [0, 4, 3, 4, 1_000]) {
        if (seconds > 0) await pass(seconds);
        seen.push((await get(instance)).body.status);
      }
      expect(seen).toEqual(['Queued', 'Preparing', 'Pulling', 'Running', 'Running']);
      expect((await get(`${apps}?status=Running`)).body.items).toMatchObject([{ id, isPinned: false }]);
      expect((await get(`${apps}?status=Stopped`)).body.items).toEqual([]);
      const first = (await get(`${instance}/logs?logType=stdout&limit=1`)).body;
      expect(first).toMatchObject({ logContent: [{ log: '+ app.sh' }], isComplete: false });
      expect((await call('DELETE', instance)).status).toBe(200);
      expect((await get(instance)).body.status).toBe('StopRequested');
      await pass(10);
      expect((await get(instance)).body.status).toBe('Stopped');
      const logs = (await get(`${instance}/logs`)).body;
      expect(logs.logContent.map(({ log }) => log)).toEqual([
        'Pulling the image',
        '+ app.sh',
        'Listening on 0.0.0.0:8888',
      ]);
      expect(logs.isComplete).toBe(true);
      expect((await get(app)).body.currentVersion.currentInstance.status).toBe('Stopped');
      expect((await get(`${version}/instances`)).body).toMatchObject({
        items: [{ status: 'Stopped' }],
        metadata: { pagination: { totalCount: 1 } },
      });
      expect(stage.simulator.ledger().flatMap(({ effects }) => effects)).toMatchObject([
        { change: 'created', kind: 'app', id, marker: 'lh:abc234def567' },
        { change: 'created', kind: 'appVersion', marker: 'lh:abc234def567' },
        { change: 'created', kind: 'appInstance' },
        { change: 'changed', kind: 'appInstance', marker: 'lh:abc234def567' },
      ]);
    }),
  );

  it(
    'take a new version, which takes over from the one before',
    onStage({}, async (stage) => {
      const { get, call, post, pass } = stage;
      const { app, version, instance } = await create(stage);
      await pass(20);
      const second = (await post(`${app}/versions`, { vanityUrl: 'iris' })).body;
      await pass(20);
      expect((await get(instance)).body.status).toBe('Stopped');
      expect((await get(app)).body).toMatchObject({
        url: '/apps/iris',
        currentVersion: { id: second.id, currentInstance: { status: 'Running' } },
      });
      expect((await get(`${app}/versions`)).body.items).toMatchObject([{ id: second.id }, {}]);
      const other = await create(stage, { name: 'other' });
      expect(await call('PATCH', other.version, { vanityUrl: 'iris' })).toMatchObject({
        status: 400,
        body: { error: 'The vanity URL "iris" is taken' },
      });
      expect((await call('PATCH', other.version, { vanityUrl: 'rose' })).body).toMatchObject({
        vanityUrl: 'rose',
      });
      expect((await get(version)).body.id).not.toBe(second.id);
      expect((await get(`${app}/versions/none`)).status).toBe(404);
    }),
  );

  it(
    'change what is stated, add a version only where it differs, and are gone once they are deleted',
    onStage({}, async (stage) => {
      const { get, call } = stage;
      const { app, instance } = await create(stage);
      const change = { description: 'plots', version: { entryScript: 'python app.py' } };
      const changed = await call('PATCH', app, change);
      expect(changed.body).toMatchObject({
        name: 'dashboard',
        description: 'plots',
        visibility: 'AUTHENTICATED',
      });
      await call('PATCH', app, change);
      expect((await get(`${app}/versions`)).body.items).toHaveLength(2);
      expect(
        (await call('PATCH', app, { accessStatuses: [{ userId: 'x', status: 'ALLOWED' }] })).status,
      ).toBe(404);
      expect((await call('DELETE', app)).status).toBe(200);
      for (const path of [app, instance, `${app}/versions`]) expect((await get(path)).status).toBe(404);
      expect((await call('POST', `${app}/versions`, {})).status).toBe(404);
    }),
  );

  it(
    'fail where their script can only fail',
    onStage({}, async (stage) => {
      const { instance } = await create(stage, { version: { entryScript: 'exit 1' } });
      await stage.pass(30);
      expect((await stage.get(instance)).body.status).toBe('Failed');
      expect((await stage.get(`${instance}/logs?logType=stderr`)).body.logContent).toMatchObject([
        { log: 'the entry script did not succeed' },
      ]);
    }),
  );

  it(
    'are refused with the field that is wrong, and nothing comes of it',
    onStage({}, async (stage) => {
      const { get, post, call, environmentId } = stage;
      const refused = async (fields: object) => {
        const { status, body } = await post(apps, await newApp(stage, fields));
        return `${status} ${body.error}`;
      };
      const play = (rest: string) => `400 Json validation error: ${rest}`;
      expect(await refused({ name: '' })).toBe(play('/name error.minLength'));
      expect(await refused({ version: undefined })).toBe(play('/version error.path.missing'));
      expect(await refused({ visibility: 'SECRET' })).toBe(play('/visibility error.invalid'));
      expect(await refused({ projectId: 'p' })).toBe('404 No project "p" was found');
      expect(await refused({ version: { hardwareTierId: 'huge' } })).toBe(
        '404 No hardware tier "huge" was found',
      );
      const scaling = { enabled: true, maxReplicas: 31 };
      expect(await refused({ version: { autoscalingSpecification: scaling } })).toBe(
        play('/version/autoscalingSpecification/maxReplicas error.invalid'),
      );
      expect((await get(apps)).body.items).toEqual([]);
      expect(stage.simulator.ledger().flatMap(({ effects }) => effects)).toEqual([]);
      const { app } = await create(stage);
      const environment = await environmentId();
      await call('DELETE', `/api/environments/v1/environments/${environment}`);
      expect((await post(`${app}/versions`, { environmentId: environment })).body.error).toBe(
        `The environment "${environment}" is archived`,
      );
      await call('DELETE', `/api/projects/beta/projects/${await stage.projectId()}`);
      expect((await post(`${app}/versions`, {})).status).toBe(400);
    }),
  );

  it(
    'keep the bytes of their thumbnail, up to a bound',
    onStage({}, async (stage) => {
      const { get, call, post, simulator } = stage;
      const { app } = await create(stage);
      const path = `${app}/thumbnail`;
      expect((await get(path)).status).toBe(404);
      const image = Buffer.from([0x89, 0x50, 0, 0xff, 13, 10]);
      const body = { contentBase64: image.toString('base64'), contentType: 'image/png', filename: 'a.png' };
      const set = await post(path, body);
      expect(set).toMatchObject({ status: 200, body: { created: true, sizeBytes: 6, filename: 'a.png' } });
      expect((await post(path, body)).body).toMatchObject({ created: false });
      const read = await fetch(simulator.url + path, { headers: { 'x-domino-api-key': simulator.apiKey } });
      expect(Buffer.from(await read.arrayBuffer())).toEqual(image);
      expect((await get(app)).body).toMatchObject({ thumbnailEtag: expect.stringMatching(/^[0-9a-f]{32}$/) });
      const large = Buffer.alloc(512 * 1_024 + 1).toString('base64');
      expect(await post(path, { ...body, contentBase64: large })).toMatchObject({
        status: 400,
        body: { error: 'The thumbnail has 524289 bytes, and at most 524288 are kept' },
      });
      expect((await post(path, { ...body, contentBase64: '***' })).body.error).toBe(
        'contentBase64 is not Base64',
      );
      expect((await post(path, { ...body, contentType: 'text/html' })).status).toBe(400);
      expect((await call('DELETE', path)).status).toBe(204);
      expect((await call('DELETE', path)).status).toBe(404);
    }),
  );

  it(
    'take their tier and environment flat in the reference dialect, and are listed as data',
    onStage({ dialect: 'reference' }, async (stage) => {
      const { get, post, projectId, environmentId } = stage;
      const body = {
        projectId: await projectId(),
        name: 'my-app',
        description: 'Dashboard app',
        hardwareTierId: 'small-k8s',
        environmentId: await environmentId(),
      };
      const { id } = (await post(apps, body)).body;
      expect((await get(`${apps}/${id}`)).body).toMatchObject({
        ...{ name: 'my-app', visibility: 'AUTHENTICATED' },
        currentVersion: { hardwareTierId: 'small-k8s', environmentId: body.environmentId },
      });
      expect((await get(`${apps}?projectId=${body.projectId}`)).body).toMatchObject({
        data: [{ id }],
        totalCount: 1,
      });
      expect((await get(`${apps}/${id}/versions`)).body.data).toHaveLength(1);
    }),
  );
});
