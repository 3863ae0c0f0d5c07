/** How the built revisions of an environment are searched, and at which cost: against the simulator over HTTP. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import {
  type BuiltRevisions,
  createBuiltRevisions,
} from '../../../../src/activities/domino/environments/built-revisions.js';
import { type Setting, openSetting } from '../../retraining-stage.js';

let setting: Setting;
let environmentId: string;
let built: BuiltRevisions;
beforeEach(async () => {
  setting = await openSetting();
  environmentId = await setting.environmentId();
  built = createBuiltRevisions(setting.deps.domino);
});
afterEach(() => setting.close());

async function add(...summaries: string[]): Promise<void> {
  const path = { environmentId };
  for (const summary of summaries)
    await setting.deps.domino.environments.createRevision({
      path,
      body: { dockerfileInstructions: 'RUN x', summary },
    });
  await setting.pass(2_000);
}

/** The summary of what is found, and how many pages and revisions were read for it. */
async function search(text: string, mayOverlook = true) {
  const since = setting.asked().length;
  const found = await built.find({ environmentId, fits: (summary) => summary.includes(text), mayOverlook });
  const asked = setting.asked(since);
  const count = (name: string) => asked.filter((one) => one === `environments.${name}`).length;
  const read = { pages: count('listBuiltRevisions'), revisions: count('revisionDetails') };
  return { found: found?.summary ?? null, ...read };
}

it('a new search in an environment that is known costs one page, and what was built since', async () => {
  await add('oldest', ...Array.from({ length: 110 }, (_, index) => `other ${index}`));
  expect(await search('wanted')).toMatchObject({ found: null, pages: 2 });
  expect(await search('wanted')).toEqual({ found: null, pages: 1, revisions: 0 });
  await add('wanted, and newer');
  expect(await search('nothing')).toEqual({ found: null, pages: 1, revisions: 1 });
  expect(await search('wanted')).toEqual({ found: 'wanted, and newer', pages: 1, revisions: 0 });
});

it('what was read before is found behind newer ones, and what must be found is sought in every page', async () => {
  await add('oldest', ...Array.from({ length: 110 }, (_, index) => `other ${index}`));
  await search('wanted');
  expect(await search('oldest')).toEqual({ found: 'oldest', pages: 2, revisions: 0 });
  expect(await search('wanted', false)).toEqual({ found: null, pages: 2, revisions: 0 });
});

it('what others have built before a revision that is known by other means is not overlooked', async () => {
  await add('oldest');
  await search('wanted');
  await add('wanted', ...Array.from({ length: 25 }, (_, index) => `other ${index}`), 'read by itself');
  const path = { environmentId };
  const { latestRevision } = await setting.deps.domino.environments.details({ path });
  const { id = '', number = 0 } = latestRevision ?? {};
  expect(await built.read(environmentId, { id, number })).toMatchObject({ summary: 'read by itself' });
  expect(await search('wanted')).toMatchObject({ found: 'wanted', pages: 2 });
});

it('a revision whose reading failed, or told no image, is read again', async () => {
  await add('wanted');
  const endpoint = 'environments.revisionDetails';
  await setting.inject({ endpoint, kind: 'status', status: 500 });
  await expect(search('wanted')).rejects.toMatchObject({ code: 'PLATFORM_UNAVAILABLE' });
  const environmentRevision = { id: 'r', number: 2, summary: 'wanted' };
  await setting.inject({ endpoint, kind: 'status', status: 200, body: { environmentRevision } });
  expect(await search('wanted')).toMatchObject({ found: 'wanted', revisions: 1 });
  expect(await search('wanted')).toMatchObject({ found: 'wanted', revisions: 1 });
  expect(await search('wanted')).toMatchObject({ found: 'wanted', revisions: 0 });
});
