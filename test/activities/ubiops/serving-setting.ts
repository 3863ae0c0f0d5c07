/** A simulated UbiOps on which steps are performed: between two tries of an effect, its time passes. */
import { setTimeout as delay } from 'node:timers/promises';
import { ubiopsActivities } from '../../../src/activities/ubiops/index.js';
import type { UbiOpsDependencies } from '../../../src/activities/ubiops/dependencies.js';
import type { UbiOpsCalls, UbiOpsStep } from '../../../src/steps/ubiops/effects.js';
import { type Performing, contextOf } from '../performing.js';
import { type UbiOpsSetting, alone, openUbiOps } from './setting.js';

export type Dialect = 'v2.1' | 'v2';

export interface ServingSetting extends UbiOpsSetting {
  /** What a step may say and call; what it waits for, comes. */
  step(performing?: Partial<Performing>): UbiOpsStep;
  /** A version of the deployment `echo`, which answers what it is given, with a package that is built. */
  addVersion(version: string, more?: object): Promise<void>;
}

/** The run on whose behalf tests act, and another one. */
export const origin = { runId: 'serve.x', firstAttemptId: 'a', step: 'serve', generation: 1 };
export const otherOrigin = { ...origin, runId: 'serve.y', firstAttemptId: 'b' };

/** Opens one; `more` is added to its world, and `waits` are other ones than usual. */
export async function openServing(
  dialect: Dialect,
  more = '',
  waits: Parameters<typeof openUbiOps>[2] = {},
): Promise<ServingSetting> {
  const setting = await openUbiOps(dialect, more, waits);
  const activities = ubiopsActivities.createEffects(setting.deps, {
    ...alone,
    createAlone: oneAfterAnother(),
  });
  const between = async (): Promise<void> => {
    await setting.pass(15);
    await delay(setting.deps.waits.settleMs);
  };
  return {
    ...setting,
    step: (performing = {}) => contextOf<UbiOpsCalls>(activities, { origin, between, ...performing }).step,
    addVersion: async (version, more = {}) => {
      await addVersion(setting.deps, version, more);
      await setting.pass(60);
    },
  };
}

async function addVersion({ ubiops }: UbiOpsDependencies, version: string, more: object): Promise<void> {
  const path = { projectName: 'iris' };
  const at = { ...path, deploymentName: 'echo' };
  const fields = [{ name: 'text', data_type: 'string' }];
  const known = await ubiops.deployments.list({ path, query: {} });
  if (!known.some(({ name }) => name === 'echo'))
    await ubiops.deployments.create({
      path,
      body: { name: 'echo', input_fields: fields, output_fields: fields },
    });
  await ubiops.versions.create({ path: at, body: { version, environment: 'python3-12', ...more } });
  const body = { file: { name: 'package.zip', content: 'package' } };
  await ubiops.deploymentRevisions.upload({ path: { ...at, version }, body });
}

/** Of those that create at once, each waits for the one before it. */
function oneAfterAnother(): <T>(_: unknown, _of: unknown, create: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (_, _of, create) => {
    const own = last.then(create);
    last = own.catch(() => undefined);
    return own;
  };
}
