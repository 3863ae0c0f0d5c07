/** Looking for requests by their marker among many: against the simulator over HTTP. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { markerOf } from '../../../../src/activities/effect/attempt.js';
import { createMarkedRequests } from '../../../../src/activities/ubiops/requests/marked-requests.js';
import { calls, fromNowOn } from '../../../support/ledger.js';
import { type ServingSetting, openServing, origin } from '../serving-setting.js';

let setting: ServingSetting;
const rules = `
requests:
  - { deployment: ^echo$, input: large, minutes: 0.01, result: { text: ${'x'.repeat(900 * 1024)} } }
  - { deployment: ^echo$, minutes: 0.01 }
`;
beforeEach(async () => {
  setting = await openServing('v2.1', rules);
  await setting.addVersion('v1');
});
afterEach(() => setting.close());

const place = { project: 'iris', deployment: 'echo', version: 'v1' };
const path = { projectName: 'iris', deploymentName: 'echo', version: 'v1' };

/** Sends requests, which end; answers the ids. */
async function send(...texts: readonly string[]): Promise<string[]> {
  const body = texts.map((text) => ({ text }));
  const sent = await setting.deps.ubiops.versionRequests.createBatch({ path, query: {}, body });
  await setting.pass(60);
  return sent.map(({ id }) => id);
}
const others = (count: number): Promise<string[]> =>
  send(...Array.from({ length: count }, (_, index) => `other ${index}`));
const marked = `good ${markerOf(origin)}`;

it('a search that was cut short goes on where it was, and finds what was sent meanwhile', async () => {
  const [first] = await send(marked);
  await others(230);
  let ticks = 0;
  // Each list asks twice whether there is time, and there is for the first page of those that have ended.
  const find = createMarkedRequests(setting.deps, { searchForMs: 3, now: () => (ticks += 1) });
  const search = () => find({ ...place, origin, sinceMs: 0 });
  const seen = fromNowOn(setting.simulator);
  await expect(search()).rejects.toMatchObject({
    code: 'PLATFORM_UNAVAILABLE',
    message: expect.stringContaining('and goes on') as unknown,
  });
  const [second] = await send(marked);
  let found: Awaited<ReturnType<typeof search>> | undefined;
  for (let tries = 1; found === undefined; tries += 1) {
    expect(tries).toBeLessThan(6);
    found = await search().catch(() => undefined);
  }
  expect(found.map(({ requestId }) => requestId)).toEqual([first, second]);
  // None is read twice.
  expect(calls(seen, 'versionRequests.collect')).toBeLessThanOrEqual(8);
});

it('a search reads all that can be of the run, and nothing that is older', async () => {
  const [own] = await send(marked);
  await others(60);
  const find = createMarkedRequests(setting.deps);
  expect((await find({ ...place, origin, sinceMs: 0 })).map(({ requestId }) => requestId)).toEqual([own]);
  const seen = fromNowOn(setting.simulator);
  expect(await find({ ...place, origin, sinceMs: Date.now() + 10 * 86_400_000 })).toEqual([]);
  expect(calls(seen, 'versionRequests.collect')).toBe(0);
});

it('a search reads fewer at once where their results are together larger than any answer that is read', async () => {
  const [own] = await send(marked);
  await send(...Array.from({ length: 37 }, () => 'large'));
  const seen = fromNowOn(setting.simulator);
  const found = await createMarkedRequests(setting.deps)({ ...place, origin, sinceMs: 0 });
  expect(found.map(({ requestId }) => requestId)).toEqual([own]);
  expect(calls(seen, 'versionRequests.collect')).toBe(3);
});
