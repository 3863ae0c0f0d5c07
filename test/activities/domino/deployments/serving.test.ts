/** Which version serves, whether it stays well, and back to the one before: against the simulator over HTTP. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { type Unsettled, markerOf } from '../../../../src/activities/effect/attempt.js';
import {
  createServingActivities,
  findServing,
} from '../../../../src/activities/domino/deployments/serving.js';
import { takeBack } from '../../../../src/activities/domino/deployments/undo-deployments.js';
import { undo } from '../../../../src/activities/effect/undoing.js';
import { watchVersion } from '../../../../src/activities/domino/deployments/watching.js';
import type { DeploymentOutput, WatchOutput } from '../../../../src/run/undoing/effects.js';
import { type Probes, type Setting, openSetting, repeatedAttempt } from '../../retraining-stage.js';

/** What tries before have come to. */
const nothing = { seen: [], done: [], asked: [] };
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function open(probes: Probes = {}): Promise<Setting> {
  const setting = await openSetting({ probes });
  closing.push(() => setting.close());
  return setting;
}

const origin = { runId: 'retrain.x', firstAttemptId: 'a', step: 'deploy', generation: 1 };

const serving = async (setting: Setting) => findServing(setting.deps, await setting.projectId(), 'iris-api');

it('the version to go back to is missed, and fails no run, where its model API is denied', async () => {
  const setting = await open();
  const { versionId } = await setting.deploy();
  const deps = { ...setting.deps, foreseeing: repeatedAttempt() };
  const { getServingVersion } = createServingActivities(deps);
  const asked = { connection: 'domino-test', project: 'ada/iris', modelApi: 'iris-api' };
  for (const status of [400, 404, 405]) {
    const fault = { endpoint: 'modelApis.list', kind: 'status', status, body: { error: 'no' } };
    await setting.inject({ ...fault, times: status === 404 ? 2 : 1 });
    await expect(getServingVersion(asked)).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
  }
  expect(await getServingVersion(asked)).toMatchObject({ versionId });
});

const tell = async ({ post }: Setting, of: { modelApiId: string; versionId: string }, status: string) => {
  const { modelApiId, versionId } = of;
  expect((await post('/_simulator/health', { modelApiId, versionId, status })).status).toBe(200);
};

/** What the platform was asked to change. */
const orders = ({ simulator }: Setting): string[] =>
  simulator
    .ledger()
    .flatMap(({ endpoint }) => (/\.(start|stop)Version$/.test(endpoint ?? '') ? [endpoint ?? ''] : []));

describe('the version that serves', () => {
  it('is none before anything is deployed, then the one that runs, then none when it is sick', async () => {
    const setting = await open();
    expect(await serving(setting)).toBeNull();
    const first = await setting.deploy();
    expect(await serving(setting)).toEqual({
      modelApiId: first.modelApiId,
      versionId: first.versionId,
      number: 1,
    });
    const second = await setting.deploy();
    expect(await serving(setting)).toMatchObject({ versionId: second.versionId, number: 2 });
    await tell(setting, second, 'Unreachable');
    expect(await serving(setting)).toBeNull();
  });
});

describe('taking back', () => {
  /** One try, and what is left after it. */
  const act = async (setting: Setting, previous: Awaited<ReturnType<typeof serving>> | undefined) => {
    const undoing = {
      ...{ connection: 'domino-test', origin, begunBefore: false, awaited: true as const },
      ...{ name: 'iris-api', project: 'ada/iris', previous },
    };
    const projectId = await setting.projectId();
    const perform = () => takeBack(setting.deps, projectId, undoing, nothing);
    return undo(
      setting.deps.waits,
      undoing,
      { elapsedMs: 0, unsettled: null, remember: () => undefined },
      { kind: 'modelApiVersion', perform },
    );
  };

  /** Version 1 serves, then version 2 of the run does. */
  async function replaced() {
    const setting = await open();
    await setting.deploy();
    const previous = await serving(setting);
    const own = await setting.deploy(`new ${markerOf(origin)}`);
    return { setting, previous, own };
  }

  it('stops what the run deployed and starts the one before, once, however often it is done', async () => {
    const { setting, previous, own } = await replaced();
    const stopping = { kind: 'modelApiVersion', id: own.versionId };
    const leftBehind = [{ ...stopping, reason: 'it is stopping', ending: true }];
    expect(await act(setting, previous)).toEqual({ undone: [], leftBehind });
    await setting.pass(5);
    expect(await act(setting, previous)).toEqual({ undone: [stopping], leftBehind: [] });
    await setting.pass(60);
    expect(await serving(setting)).toEqual(previous);
    await act(setting, previous);
    expect(await serving(setting)).toEqual(previous);
    expect(orders(setting).filter((order) => order.endsWith('startVersion'))).toHaveLength(1);
  });

  it('looks for the one before where it is not known any more, also when that is tried again', async () => {
    const { setting, previous } = await replaced();
    await act(setting, undefined);
    await setting.pass(5);
    await act(setting, undefined);
    await setting.pass(60);
    expect(await serving(setting)).toEqual(previous);
    await act(setting, undefined);
    expect(await serving(setting)).toEqual(previous);
    expect(orders(setting).filter((order) => order.endsWith('startVersion'))).toHaveLength(1);
  });

  it('is done when the one before runs, also where its model API has another name by now', async () => {
    const { setting, previous, own } = await replaced();
    await setting.pass(60);
    const body = { items: [], metadata: { offset: 0, limit: 100, total: 0 } };
    await setting.inject({ endpoint: 'modelApis.list', kind: 'status', status: 200, body, times: 100 });
    const undoing = {
      ...{ connection: 'domino-test', origin, begunBefore: false },
      ...{ name: 'iris-api', project: 'ada/iris', previous },
      made: { id: own.versionId, parent: own.modelApiId },
    };
    await takeBack(setting.deps, await setting.projectId(), undoing, nothing);
    await setting.pass(60);
    expect(await takeBack(setting.deps, await setting.projectId(), undoing, nothing)).toEqual([
      { state: 'undone', object: { kind: 'modelApiVersion', id: own.versionId } },
      { state: 'ended', id: previous?.versionId, serves: 'version 1' },
    ]);
  });

  it('goes on where it was cut off between stopping and starting', async () => {
    const { setting, previous } = await replaced();
    await setting.inject({ endpoint: 'modelApis.startVersion', kind: 'lose-request' });
    expect((await act(setting, previous)).leftBehind).toMatchObject([
      { reason: 'it is stopping' },
      { id: previous?.versionId, reason: expect.stringContaining('got no whole answer') },
    ]);
    expect(await serving(setting)).toBeNull();
    await act(setting, previous);
    await setting.pass(60);
    expect(await serving(setting)).toEqual(previous);
  });

  it('does not start again what was started when that answer was lost', async () => {
    const { setting, previous } = await replaced();
    await setting.inject({ endpoint: 'modelApis.startVersion', kind: 'lose-answer' });
    expect((await act(setting, previous)).leftBehind).toHaveLength(2);
    await act(setting, previous);
    expect(orders(setting).filter((order) => order.endsWith('startVersion'))).toHaveLength(1);
  });

  it('only stops when nothing served before', async () => {
    const setting = await open();
    await setting.deploy(`first ${markerOf(origin)}`);
    await act(setting, null);
    await setting.pass(10);
    expect((await act(setting, null)).undone).toHaveLength(1);
    expect(await serving(setting)).toBeNull();
    expect(new Set(orders(setting))).toEqual(new Set(['modelApis.stopVersion']));
  });

  it('leaves a newer version of somebody else as it is, and says so', async () => {
    const { setting, previous } = await replaced();
    const other = await setting.deploy('by hand');
    expect((await act(setting, previous)).leftBehind).toEqual([
      {
        kind: 'modelApiVersion',
        id: previous?.versionId,
        reason: 'version 3 serves meanwhile, so it was not started',
        lasting: true,
      },
    ]);
    expect(await serving(setting)).toMatchObject({ versionId: other.versionId });
  });
});

describe('taking back where somebody else has deployed meanwhile', () => {
  const undoing = async (setting: Setting) => ({
    ...{ connection: 'domino-test', origin, begunBefore: false, awaited: true as const },
    ...{ name: 'iris-api', project: 'ada/iris', previous: await serving(setting) },
  });

  it.each(['Unreachable', 'Stalled'])('starts nothing over a newer version that is %s', async (status) => {
    const setting = await open();
    await setting.deploy();
    const of = await undoing(setting);
    await setting.deploy(`new ${markerOf(origin)}`);
    const other = await setting.deploy('by hand');
    await tell(setting, other, status);
    expect(await takeBack(setting.deps, await setting.projectId(), of, nothing)).toContainEqual({
      state: 'left',
      left: {
        ...{ kind: 'modelApiVersion', id: of.previous?.versionId, lasting: true },
        reason: 'version 3 was deployed meanwhile, so it was not started',
      },
    });
    expect(orders(setting)).not.toContain('modelApis.startVersion');
  });

  it('starts the one before where the newer one has failed', async () => {
    const setting = await open();
    await setting.deploy();
    const of = await undoing(setting);
    await setting.deploy(`new ${markerOf(origin)}`);
    await tell(setting, await setting.deploy('by hand'), 'Failed');
    await takeBack(setting.deps, await setting.projectId(), of, nothing);
    expect(orders(setting)).toContain('modelApis.startVersion');
  });
});

describe('watching', () => {
  const forMs = 10_000;

  /** Looks again and again, as attempts do, until it is decided or the looks are over. */
  async function watch(
    setting: Setting,
    of: { modelApiId: string; versionId: string },
    {
      probe,
      before,
      most = 12,
    }: { probe?: string; before?: (look: number) => Promise<void>; most?: number } = {},
  ): Promise<{ output: WatchOutput | null; pauses: number[]; said: string[] }> {
    const deployment: DeploymentOutput = {
      ...{ ...of, number: 2, previousVersionId: null, modelApiCreated: false, link: '', predictUrl: '' },
    };
    let unsettled: Unsettled | null = null;
    let elapsedMs = 0;
    const pauses: number[] = [];
    const said: string[] = [];
    const remember = (left: Unsettled): void => void (unsettled = left);
    for (let look = 1; look <= most; look += 1) {
      await before?.(look);
      const input = {
        connection: 'domino-test',
        deployment,
        forMs,
        failures: 3,
        probe,
        sample: { data: {} },
      };
      try {
        const output = await watchVersion(setting.deps, input, { elapsedMs, unsettled, remember });
        return { output, pauses, said };
      } catch (error) {
        if (!(error instanceof ApplicationFailure) || error.type !== 'STILL_WAITING') throw error;
        expect(error.category).toBe('BENIGN');
        const pause = Number(error.nextRetryDelay);
        elapsedMs += pause;
        pauses.push(pause);
        said.push(error.message);
      }
    }
    return { output: null, pauses, said };
  }

  const own: Probes = {
    own: {
      url: 'SIMULATOR/models/{modelApiId}/latest/model',
      headers: () => ({ 'x-domino-api-key': 'simulator-key' }),
    },
  };

  it('finds a version well that runs and answers to the end', async () => {
    const setting = await open(own);
    const { output, pauses } = await watch(setting, await setting.deploy(), { probe: 'own', most: 200 });
    expect(output).toMatchObject({ well: true, seen: 'version 2 is Running, and the probe own is content' });
    expect(output?.looks).toBe(pauses.length + 1);
    expect(pauses.length).toBeGreaterThanOrEqual(5);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(forMs / 5);
  });

  it.each(['Failed', 'Stopped'])('ends at the first look that finds it %s', async (status) => {
    const setting = await open();
    const version = await setting.deploy();
    if (status === 'Stopped') await setting.deploy();
    else await tell(setting, version, status);
    expect((await watch(setting, version)).output).toEqual({
      well: false,
      looks: 1,
      seen: `version 2 is ${status}`,
    });
  });

  it('ends when too many looks in a row find it unreachable, and forgives fewer', async () => {
    const setting = await open();
    const version = await setting.deploy();
    const sick = [2, 3, 6, 7, 8];
    const before = (look: number) => tell(setting, version, sick.includes(look) ? 'Unreachable' : 'Running');
    const { output, said } = await watch(setting, version, { before });
    expect(output).toEqual({ well: false, looks: 8, seen: 'version 2 is Unreachable, 3 looks in a row' });
    expect(said.slice(0, 4)).toEqual([
      'version 2 is Running',
      'version 2 is Unreachable, for the first time in a row',
      'version 2 is Unreachable, for the second time in a row',
      'version 2 is Running',
    ]);
  });

  it.each<[string, object, string, { timeoutMs?: number }]>([
    ['answers errors', { kind: 'status', status: 500, body: 'a secret' }, 'it answered 500', {}],
    ['hangs', { kind: 'hold-answer', ms: 5_000 }, 'it did not answer within 0.2 s', { timeoutMs: 200 }],
    ['breaks off', { kind: 'lose-answer' }, 'the request failed (ECONNRESET)', {}],
  ])('ends when the model %s, look after look', async (_what, fault, line, limit) => {
    const setting = await open({ own: { ...own['own'], ...limit } });
    const version = await setting.deploy();
    await setting.inject({ endpoint: 'predictions.predict', times: 3, ...fault });
    expect((await watch(setting, version, { probe: 'own' })).output).toEqual({
      well: false,
      looks: 3,
      seen: `version 2 is Running, but the probe own is not content: ${line}, 3 looks in a row`,
    });
  });

  it('does not hold it against the model when the platform does not answer', async () => {
    const setting = await open();
    const version = await setting.deploy();
    await setting.inject({ endpoint: 'modelApis.getVersion', kind: 'status', status: 503 });
    await expect(watch(setting, version)).rejects.toMatchObject({ code: 'PLATFORM_UNAVAILABLE' });
  });

  it('takes a probe that the worker does not know for a failed look', async () => {
    const setting = await open();
    expect((await watch(setting, await setting.deploy(), { probe: 'own' })).output?.seen).toBe(
      'version 2 is Running, but the probe own is not content: the configuration of this worker has none of this name, 3 looks in a row',
    );
  });
});
