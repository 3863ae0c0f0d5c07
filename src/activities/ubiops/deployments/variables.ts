/** Environment variables of a version. Each has its name once, so what is there need not be sent again. */
import { PlatformError } from '../../../platform/errors.js';
import type { VersionPlace } from '../../../steps/ubiops/deployments.js';
import { lookTwice } from '../../effect/second-look.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { pathOf } from './version-path.js';

interface Setting {
  readonly version: VersionPlace;
  readonly variables: Readonly<Record<string, string>>;
  readonly deadlineMs: () => number;
}

/** Sets what is missing or has another value, and reads that it is there. */
export async function setVariables(deps: UbiOpsDependencies, setting: Setting): Promise<void> {
  const { variables } = setting;
  for (const name of await missingOf(deps, setting)) await setOne(deps, setting, name);
  const missing = await missingOf(deps, setting);
  if (missing.length > 0)
    throw new PlatformError(
      'OBJECT_MISSING',
      `${missing.join(', ')} of ${Object.keys(variables).length} variables are not there with their values, although they were set`,
    );
}

/** A name is taken once: where a second one is refused, another run has set it, and a list may not show that at once. */
async function setOne(
  deps: UbiOpsDependencies,
  { version, variables, deadlineMs }: Setting,
  name: string,
): Promise<void> {
  const { versionVariables } = deps.ubiops;
  const path = pathOf(version);
  const body = { name, value: variables[name] ?? '', secret: false };
  const look = async () => (await ownVariables(deps, version)).find((one) => one.name === name) ?? null;
  const update = async ({ id, value }: Variable): Promise<void> => {
    if (value === body.value || id == null) return;
    await versionVariables.update({ path: { ...path, variableId: id }, body }, { deadlineMs });
  };
  const there = await look();
  if (there?.id != null) return update(there);
  try {
    await versionVariables.create({ path, body }, { deadlineMs });
  } catch (error) {
    const isRefused = error instanceof PlatformError && ['REQUEST_REJECTED', 'CONFLICT'].includes(error.code);
    const other = isRefused ? await lookTwice(deps, look) : null;
    if (other === null) throw error;
    await update(other);
  }
}

/** The names of those that are not there with their value. */
async function missingOf(deps: UbiOpsDependencies, { version, variables }: Setting): Promise<string[]> {
  const there = new Map((await ownVariables(deps, version)).map(({ name, value }) => [name, value]));
  return Object.keys(variables).filter((name) => there.get(name) !== variables[name]);
}

/** Those of a version itself, without those of its deployment and of its project. */
export const ownVariables = async (
  { ubiops: { versionVariables } }: UbiOpsDependencies,
  version: VersionPlace,
) =>
  (await versionVariables.list({ path: pathOf(version) })).filter(
    ({ inheritance_type: from }) => from == null || from === '',
  );

type Variable = Awaited<ReturnType<UbiOpsDependencies['ubiops']['versionVariables']['list']>>[number];
