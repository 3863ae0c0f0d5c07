/** What an input names is looked up before anything is made: against the simulator over HTTP. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { createDominoPreflights } from '../../../src/activities/domino/preflight.js';
import type { Begun } from '../../../src/activities/effect/preflights.js';
import { createProjectIds } from '../../../src/activities/domino/projects.js';
import { preflightOf } from '../../../src/run/inputs/preflight.js';
import { type Setting, openSetting } from '../retraining-stage.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function open(): Promise<Setting & { check: (input: object, begun?: Begun) => Promise<string> }> {
  const setting = await openSetting();
  closing.push(() => setting.close());
  const { check } = createDominoPreflights(setting.deps, createProjectIds(setting.deps.domino));
  return {
    ...setting,
    check: async (input, begun = { tries: 1 }) => {
      const preflight = preflightOf({ project: 'ada/iris', train: {}, ...input });
      return check({ preflight }, begun).then(
        () => 'fits',
        (error: unknown) => {
          if (error instanceof Error && 'code' in error) return `${String(error.code)}: ${error.message}`;
          throw error;
        },
      );
    },
  };
}

const nowhere = '66f000057368be6d6f66ffff';

describe('a preflight', () => {
  it('passes what is there', async () => {
    const setting = await open();
    const id = await setting.environmentId();
    const deploy = { environmentId: id, hardwareTier: 'small-k8s' };
    expect(await setting.check({ train: { hardwareTier: 'small-k8s' }, environment: { id }, deploy })).toBe(
      'fits',
    );
  });

  it.each([
    [
      { train: { hardwareTier: 'gpu-xl' } },
      'train.hardwareTier: there is no hardware tier "gpu-xl"; there is small-k8s',
    ],
    [
      { train: { hardwareTier: 'Small' } },
      'train.hardwareTier: there is no hardware tier "Small"; the tier Small has the id small-k8s',
    ],
    [
      { deploy: { hardwareTier: 'gpu-xl' } },
      'deploy.hardwareTier: there is no hardware tier for model APIs "gpu-xl"; there is small-k8s',
    ],
    [{ environment: { id: nowhere } }, `environment.id: there is no environment "${nowhere}"`],
    [
      { environment: { name: 'new', base: { environmentId: nowhere } } },
      `environment.base.environmentId: there is no environment "${nowhere}"`,
    ],
    [
      { environment: { name: 'new', base: { duplicateOf: nowhere } } },
      `environment.base.duplicateOf: there is no environment "${nowhere}"`,
    ],
    [{ deploy: { environmentId: nowhere } }, `deploy.environmentId: there is no environment "${nowhere}"`],
    [
      { environment: { id: 'Standard' } },
      /environment.id: there is no environment "Standard"; the environment of this name has the id \w{24}$/,
    ],
    [{ project: 'ada/irsi' }, 'project: there is no project "ada/irsi"'],
  ])('refuses %j and says what is missing', async (input, message) => {
    const setting = await open();
    const said = await setting.check(input);
    expect(said).toMatch(
      /^NOT_FOUND: the platform could not find what the input names, so nothing was made: /,
    );
    if (typeof message === 'string')
      expect(said).toBe(
        `NOT_FOUND: the platform could not find what the input names, so nothing was made: ${message}`,
      );
    else expect(said).toMatch(message);
  });

  it('names all that is missing at once, and an archived environment as what it is', async () => {
    const setting = await open();
    const { id } = await setting.newEnvironment();
    await setting.call('DELETE', `/api/environments/v1/environments/${id}`);
    expect(await setting.check({ environment: { id }, train: { hardwareTier: 'gpu-xl' } })).toBe(
      `NOT_FOUND: the platform could not find what the input names, so nothing was made: environment.id: there is no environment "${id}"; it is archived; train.hardwareTier: there is no hardware tier "gpu-xl"; there is small-k8s`,
    );
  });

  it('lets a base pass that is archived: the environment made from it may be there already', async () => {
    const setting = await open();
    const { id } = await setting.newEnvironment();
    await setting.call('DELETE', `/api/environments/v1/environments/${id}`);
    for (const base of [{ duplicateOf: id }, { environmentId: id }])
      expect(await setting.check({ environment: { name: 'new', base } })).toBe('fits');
    expect(await setting.check({ deploy: { environmentId: id } })).toMatch(/; it is archived$/);
  });

  it.each([
    { status: 403, body: { errors: ['no'], requestId: 'r' } },
    { status: 404, body: { error: 'no such route' } },
    { status: 200, body: [] },
  ])('does not block what cannot be looked up (%j)', async (answer) => {
    const setting = await open();
    const fault = { ...answer, kind: 'status', times: 10 };
    await setting.inject({ ...fault, endpoint: 'hardwareTiers.listForProject' });
    expect(await setting.check({ train: { hardwareTier: 'gpu-xl' } })).toBe('fits');
  });

  it.each([
    [{ kind: 'status', status: 503 }, 'PLATFORM_UNAVAILABLE'],
    [{ kind: 'status', status: 429 }, 'PLATFORM_THROTTLED'],
    [{ kind: 'lose-request' }, 'PLATFORM_UN'],
  ])('waits through an outage or a limit, but not for ever (%j)', async (fault, code) => {
    const setting = await open();
    const input = { train: { hardwareTier: 'gpu-xl' } };
    await setting.inject({ ...fault, endpoint: 'hardwareTiers.listForProject', times: 10 });
    expect(await setting.check(input, { tries: 4 })).toMatch(new RegExp(`^${code}`));
    expect(await setting.check(input, { tries: 5 })).toBe('fits');
  });

  it('looks again at the next try, whatever became of the one before, until one may have sent', async () => {
    const setting = await open();
    const input = { train: { hardwareTier: 'gpu-xl' } };
    await setting.inject({ kind: 'status', status: 503, endpoint: 'hardwareTiers.listForProject' });
    expect(await setting.check(input)).toMatch(/^PLATFORM_UNAVAILABLE/);
    expect(await setting.check(input, { tries: 2 })).toMatch(/^NOT_FOUND: .* no hardware tier "gpu-xl"/);
    expect(await setting.check(input, { tries: 3, sent: true })).toBe('fits');
  });

  it('believes one 404 of an environment no more than one of anything else', async () => {
    const setting = await open();
    const id = await setting.environmentId();
    await setting.inject({
      kind: 'status',
      status: 404,
      body: { error: 'gone' },
      endpoint: 'environments.get',
    });
    expect(await setting.check({ environment: { id } })).toBe('fits');
  });

  it('believes one list without a tier no more', async () => {
    const setting = await open();
    const [train, deploy] = [{ hardwareTier: 'small-k8s' }, { hardwareTier: 'small-k8s' }];
    const other = [{ hardwareTier: { id: 'other', name: 'Other', hwtFlags: {} } }];
    const stale = { kind: 'status', status: 200, body: other, endpoint: 'hardwareTiers.listForProject' };
    await setting.inject({ ...stale, times: 1 });
    expect(await setting.check({ train })).toBe('fits');
    await setting.inject({ ...stale, times: 2 });
    expect(await setting.check({ deploy })).toBe('fits');
  });

  it('is done once for runs that start together, and never when something may have been made', async () => {
    const setting = await open();
    const input = { train: { hardwareTier: 'small-k8s' } };
    await setting.check(input);
    const before = setting.asked().length;
    await setting.check(input);
    expect(await setting.check({ train: { hardwareTier: 'gpu-xl' } }, { tries: 2, sent: true })).toBe('fits');
    expect(setting.asked()).toHaveLength(before);
  });
});
