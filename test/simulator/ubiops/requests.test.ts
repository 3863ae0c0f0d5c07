import { describe, expect, it } from '@jest/globals';
import { type Stage, fixedWorld, newVersion, onStage } from './stage.js';

const at = '/deployments/d/requests';
const ofVersion = '/deployments/d/versions/v1/requests';

/** A version `v1` of a deployment `d` that is built. */
async function built(stage: Stage, how: Parameters<typeof newVersion>[1] = {}): Promise<void> {
  await newVersion(stage, how);
  await stage.pass(100);
}

const send = async ({ post }: Stage, ...inputs: unknown[]): Promise<string[]> =>
  (await post(`${ofVersion}/batch`, inputs)).list.map(({ id }) => id);

describe('a request', () => {
  it(
    'is pending, then processing, then completed with its result',
    onStage({}, async (stage) => {
      const { get, pass, post } = stage;
      await built(stage);
      const [made] = (await post(`${ofVersion}/batch`, [{ x: 4 }])).list;
      expect(made).toMatchObject({ deployment: 'd', version: 'v1', status: 'pending' });
      const seen: unknown[] = [];
      for (const seconds of [0.5, 10, 60]) {
        await pass(seconds);
        const { body } = await get(`${ofVersion}/${made?.id ?? ''}`);
        seen.push([body.status, body['success'], body['result']]);
      }
      expect(seen).toEqual([
        ['pending', null, null],
        ['processing', null, null],
        ['completed', true, { x: 4 }],
      ]);
      expect((await post(`${at}/collect`, [made?.id])).list).toMatchObject([{ request_data: { x: 4 } }]);
      expect((await get(`${at}/${made?.id ?? ''}?metadata_only=True`)).body).not.toHaveProperty('result');
      expect((await get(`${at}/${made?.id ?? ''}/output`)).bytes.toString()).toBe('{"x":4}');
    }),
  );

  it(
    'is waited for at the deployment, whose default version answers',
    onStage({ speed: 1_000 }, async (stage) => {
      await built(stage);
      expect((await stage.post(at, { x: 2 })).body).toMatchObject({
        ...{ status: 'completed', success: true, version: 'v1', result: { x: 2 }, timeout: 300 },
      });
    }),
  );

  it(
    'is text as it is, of a plain deployment',
    onStage({ speed: 1_000 }, async (stage) => {
      await built(stage, { deployment: { input_type: 'plain', output_type: 'plain' } });
      expect((await stage.post(at, 'hello there')).body).toMatchObject({ result: 'hello there' });
    }),
  );

  it(
    'that does not fit refuses all that come with it',
    onStage({}, async (stage) => {
      await built(stage);
      expect(await stage.post(`${ofVersion}/batch`, [{ x: 1 }, { y: 1 }])).toMatchObject({
        ...{ status: 400, body: { error: 'Missing input field: x' } },
      });
      expect((await stage.get(`${at}?status=pending`)).list).toEqual([]);
      expect((await stage.post(`${ofVersion}/batch`, [])).status).toBe(400);
    }),
  );

  it(
    'is refused while its version is not built',
    onStage({}, async (stage) => {
      await newVersion(stage);
      expect(await stage.post(`${ofVersion}/batch`, [{ x: 1 }])).toMatchObject({
        ...{ status: 400, body: { error: 'The deployment version is not available' } },
      });
    }),
  );

  it(
    'is cancelled in a while, and not once it has ended',
    onStage({}, async (stage) => {
      const { call, get, pass } = stage;
      await built(stage);
      const [id = ''] = await send(stage, { x: 1 });
      const cancel = () => call('PATCH', `${ofVersion}/${id}`, { status: 'cancelled' });
      expect((await cancel()).status).toBe(200);
      expect((await get(`${ofVersion}/${id}`)).body.status).toBe('cancelled_pending');
      await pass(3);
      expect((await get(`${ofVersion}/${id}`)).body.status).toBe('cancelled');
      expect((await cancel()).status).toBe(400);
      expect((await call('DELETE', `${ofVersion}/${id}`)).status).toBe(204);
      expect((await get(`${ofVersion}/${id}`)).status).toBe(404);
    }),
  );

  it(
    'is listed by states that go together, newest first',
    onStage({}, async (stage) => {
      const { get, pass } = stage;
      await built(stage);
      const [first] = await send(stage, { x: 1 });
      await pass(100);
      const [second] = await send(stage, { x: 2 });
      const ids = async (query: string) => (await get(`${at}?${query}`)).list.map(({ id }) => id);
      expect(await ids('')).toEqual([first]);
      expect(await ids('status=pending')).toEqual([second]);
      await pass(100);
      expect(await ids('status=completed,failed,cancelled')).toEqual([second, first]);
      expect(await ids('limit=1&offset=1')).toEqual([first]);
      expect((await get(`${at}?status=pending,completed`)).status).toBe(400);
      expect((await get(`${at}?status=pending&start_date=2020-01-01`)).status).toBe(400);
    }),
  );

  it.each([
    ['none', 404, undefined],
    ['metadata', 200, null],
    ['full', 200, { x: 1 }],
  ])('with retention %s is read back as far as that says', (mode, status, result) =>
    onStage({}, async (stage) => {
      await built(stage, { version: { request_retention_mode: mode, request_retention_time: 3_600 } });
      const [id = ''] = await send(stage, { x: 1 });
      await stage.pass(100);
      const read = await stage.get(`${ofVersion}/${id}`);
      expect([read.status, read.body['result']]).toEqual([status, result]);
      await stage.pass(3_700);
      expect((await stage.get(`${ofVersion}/${id}`)).status).toBe(404);
    })(),
  );

  const ruled = `${fixedWorld}
requests:
  - { deployment: ^d$, input: '"x":7', status: failed, error: no seven, times: 1, log: [trying, no seven] }
  - { deployment: ^d$, input: '"x":9', minutes: 60, result: { x: 0.9 } }
`;
  it(
    'goes as the world says, as often as it says, and no longer than it may',
    onStage({ yaml: ruled }, async (stage) => {
      const { get, pass, post } = stage;
      await built(stage);
      const [failing = '', fine = ''] = await send(stage, { x: 7 }, { x: 7 });
      const [late] = (await post(`${ofVersion}/batch?timeout=60`, [{ x: 9 }])).list;
      await pass(100);
      expect((await get(`${at}/${failing}`)).body).toMatchObject({
        status: 'failed',
        error_message: 'no seven',
      });
      expect((await get(`${at}/${fine}`)).body.status).toBe('completed');
      expect((await get(`${at}/${late?.id ?? ''}`)).body).toMatchObject({
        ...{ status: 'failed', error_message: 'The request timed out after 60 seconds' },
      });
      const query = encodeURIComponent(`| deployment_request_id=\`${failing}\``);
      const logged = async (times = '') => (await get(`/logs?query=${query}${times}`)).list;
      const textsOf = async (times?: string) => (await logged(times)).map(({ log }) => log);
      // From now back to yesterday: so it is unless both times are stated.
      expect(await textsOf()).toEqual(['no seven', 'trying']);
      const [, first] = await logged();
      const after = (BigInt(Math.floor(Number(first?.['timestamp']) / 1_000)) + 1n) * 1_000n;
      expect(await textsOf(`&start=${after}`)).toEqual(['trying']);
      expect(await textsOf(`&start=${after}&end=${after * 2n}`)).toEqual(['no seven']);
      expect(await textsOf('&start=0&end=2100-01-01&limit=1')).toEqual(['trying']);
    }),
  );
});
