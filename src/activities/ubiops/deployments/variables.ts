/** Environment variables of a version. Each has its name once, so what is there need not be sent again. */
import { PlatformError } from '../../../platform/errors.js';
import type { VersionPlace } from '../../../steps/ubiops/deployments.js';
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
      'ANSWER_LOST',
      `${missing.join(', ')} of ${Object.keys(variables).length} variables are not there yet; setting them again`,
    );
}

async function setOne(
  { ubiops: { versionVariables } }: UbiOpsDependencies,
  { version, variables, deadlineMs }: Setting,
  name: string,
): Promise<void> {
  const path = pathOf(version);
  const body = { name, value: variables[name] ?? '', secret: false };
  const there = (await ownOf({ ubiops: { versionVariables } }, version)).find((one) => one.name === name);
  if (there?.id == null) await versionVariables.create({ path, body }, { deadlineMs });
  else await versionVariables.update({ path: { ...path, variableId: there.id }, body }, { deadlineMs });
}

/** The names of those that are not there with their value. */
async function missingOf(deps: UbiOpsDependencies, { version, variables }: Setting): Promise<string[]> {
  const there = new Map((await ownOf(deps, version)).map(({ name, value }) => [name, value]));
  return Object.keys(variables).filter((name) => there.get(name) !== variables[name]);
}

/** Its own, without those of its deployment and of its project. */
const ownOf = async ({ ubiops: { versionVariables } }: Variables, version: VersionPlace) =>
  (await versionVariables.list({ path: pathOf(version) })).filter(
    ({ inheritance_type: from }) => from == null || from === '',
  );

type Variables = { readonly ubiops: Pick<UbiOpsDependencies['ubiops'], 'versionVariables'> };
