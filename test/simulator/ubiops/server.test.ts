import { describe, expect, it } from '@jest/globals';
import { createSimulator } from '../../../src/simulator/index.js';
import { newEnvironment, onStage, requirements } from './stage.js';

describe('the server of UbiOps', () => {
  it(
    'wants a token with one word before it, but for its status',
    onStage({}, async ({ simulator: { url, apiKey } }) => {
      const statusOf = async (path: string, authorization?: string) =>
        (await fetch(`${url}${path}`, authorization === undefined ? {} : { headers: { authorization } }))
          .status;
      const path = '/v2.1/projects/iris/environments';
      expect(await statusOf(path, `Token ${apiKey}`)).toBe(200);
      expect(await statusOf(path, `Bearer ${apiKey}`)).toBe(200);
      expect(await statusOf(path, `Token Token ${apiKey}`)).toBe(401);
      expect(await statusOf(path)).toBe(401);
      expect(await statusOf('/v2.1/status')).toBe(200);
      expect(await statusOf('/v2/status', `Token ${apiKey}`)).toBe(404);
    }),
  );

  it(
    'counts the requests of an address, and refuses those that are too many until the minute is over',
    onStage({}, async (stage) => {
      const first = await stage.get('/environments');
      expect(first.headers.get('x-ratelimit-limit')).toBe('300');
      expect(first.headers.get('x-ratelimit-remaining')).toBe('299');
      await stage.behave({ callsPerMinute: 3 });
      await stage.get('/environments');
      await stage.get('/environments');
      const refused = await newEnvironment(stage);
      expect(refused).toMatchObject({ status: 429, body: { error: 'Too many requests' } });
      expect(Number(refused.headers.get('x-ratelimit-reset'))).toBeGreaterThan(50);
      expect(stage.simulator.ledger().at(-1)).toMatchObject({ status: 429, effects: [] });
      await stage.behave({ callsPerMinute: null });
      expect((await stage.get('/environments/e')).status).toBe(404);
    }),
  );

  it(
    'takes an empty body that claims to be JSON, and ignores what it does not know',
    onStage({}, async (stage) => {
      expect((await newEnvironment(stage, { colour: 'red', labels: null })).body).toMatchObject({
        labels: {},
      });
      const { body } = await stage.upload('/environments/e/revisions', { file: requirements() });
      expect((await stage.call('POST', `/environments/e/revisions/${body.revision}/rebuild`)).status).toBe(
        201,
      );
      expect((await stage.call('DELETE', '/environments/e')).status).toBe(204);
      expect((await stage.post('/environments', {})).body.error).toMatch(/^name: /);
    }),
  );

  it(
    'puts and gets files by signed addresses, which are no use for anything else',
    onStage({}, async ({ get, post, call, simulator }) => {
      const at = '/buckets/default/files';
      const name = encodeURIComponent('a b/c.txt');
      const { body } = await post(`${at}/${name}`, {});
      expect((await fetch(body.url, { method: 'PUT', body: 'bytes' })).status).toBe(200);
      expect((await fetch(body.url)).status).toBe(403);
      expect((await get(at)).body).toMatchObject({ files: [{ file: 'a b/c.txt', size: 5 }] });
      const there = await get(`${at}/${name}/download`);
      expect(await (await fetch(there.body.url)).text()).toBe('bytes');
      expect(simulator.ledger().some(({ effects }) => effects.some(({ kind }) => kind === 'file'))).toBe(
        true,
      );
      expect((await call('DELETE', `${at}/${name}`)).status).toBe(204);
      expect((await get(`${at}/${name}`)).status).toBe(404);
    }),
  );

  it(
    'pages by token and by cursor',
    onStage({}, async ({ get, post }) => {
      for (const name of ['a', 'b', 'c']) {
        const { body } = await post(`/buckets/default/files/${name}`, {});
        await fetch(body.url, { method: 'PUT', body: name });
      }
      const page = await get('/buckets/default/files?limit=2');
      expect(page.body).toMatchObject({ files: [{ file: 'a' }, { file: 'b' }], continuation_token: 'b' });
      const rest = await get('/buckets/default/files?limit=2&continuation_token=b');
      expect(rest.body).toMatchObject({ files: [{ file: 'c' }], continuation_token: null });
      const types = await get('/instance-types?limit=1');
      expect(types.body).toMatchObject({ results: [{ name: '512mb' }] });
      expect((await get(`/instance-types${String(types.body['next'])}`)).body).toMatchObject({
        ...{ results: [{ name: '4096mb' }], next: null },
      });
    }),
  );

  it('refuses a dialect of the other platform, and a world that is none', async () => {
    await expect(createSimulator({ platform: 'ubiops', dialect: 'v6' })).rejects.toThrow(
      'ubiops has no dialect v6',
    );
    await expect(createSimulator({ dialect: 'v2' })).rejects.toThrow('domino has no dialect v2');
    const world = new URL('../../../examples/worlds/default.yaml', import.meta.url).pathname;
    await expect(createSimulator({ platform: 'ubiops', world })).rejects.toThrow(
      /is not a world:\n {2}user: /,
    );
  });
});
