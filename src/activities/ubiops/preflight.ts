/** Looks up what an input names on UbiOps. */
import { ubiops as contract } from '../../contract/ubiops/index.js';
import { PlatformError } from '../../platform/errors.js';
import { itemsOf } from '../../platform/lists.js';
import type { Named } from '../../run/inputs/preflight.js';
import { type LookAtNamed, type Looked, type Preflights, createPreflights } from '../effect/preflights.js';
import { lookTwice } from '../effect/second-look.js';
import { sayWhatThereIs } from '../effect/what-there-is.js';
import { type UbiOpsDependencies, hasTags } from './dependencies.js';

/** Those of one connection. */
export const createUbiOpsPreflights = (deps: UbiOpsDependencies): Preflights =>
  createPreflights(deps, createLook(deps));

/** Builds it. What is not there is asked for twice, and what there is instead is said where that can be listed. */
export const createLook =
  (deps: UbiOpsDependencies): LookAtNamed =>
  (named, project) => {
    const [environment = '', tag] = named.value.split(':');
    // In /v2 a base may be named with its tag.
    if (named.kind !== 'environment' || tag === undefined || !hasTags(deps))
      return lookAt(deps, named, project);
    return lookAtBase(deps, { environment, tag, named }, project);
  };

async function lookAtBase(
  deps: UbiOpsDependencies,
  { environment, tag, named }: { readonly environment: string; readonly tag: string; readonly named: Named },
  project: string,
): Promise<Looked> {
  const found = await lookAt(deps, { ...named, value: environment }, project);
  if (!found.isThere) return found;
  return lookAt(deps, { ...named, kind: 'tag', value: tag, within: environment }, project);
}

async function lookAt(deps: UbiOpsDependencies, named: Named, project: string): Promise<Looked> {
  if (named.kind === 'tag' && !hasTags(deps))
    return { isThere: false, detail: 'this connection speaks /v2.1, which has no tags' };
  const { read, list } = objectOf(deps, named, project);
  if (read !== null) {
    if ((await lookTwice(deps, read)) !== null) return { isThere: true };
    const names = await listed(list).catch((error: unknown) => {
      if (error instanceof PlatformError) return null; // a hint, and no more
      throw error;
    });
    return { isThere: false, ...(names !== null && { detail: sayWhatThereIs(names, named.value) }) };
  }
  let names: string[] = [];
  const seen = await lookTwice(deps, async () => {
    names = await listed(list);
    return names.find((name) => name === named.value) ?? null;
  });
  if (seen !== null) return { isThere: true };
  // Among none at all nothing is missed: then the list says nothing.
  if (names.length === 0)
    throw new PlatformError('ANSWER_UNEXPECTED', `the platform lists no ${named.kind} of the project`);
  return { isThere: false, detail: sayWhatThereIs(names, named.value) };
}

type Names = Iterable<string> | AsyncIterable<string>;

/** How an object is read by its name, and what its list has; `null` where it has no name to be read by. */
interface Reading {
  readonly read: (() => Promise<unknown>) | null;
  readonly list: () => Names | Promise<Names>;
}

/** A hint is not worth more. */
const listedAtMost = 1_000;

async function listed(list: Reading['list']): Promise<string[]> {
  const names: string[] = [];
  for await (const name of await list()) if (names.push(name) >= listedAtMost) break;
  return names;
}

const namesOf = (items: readonly { readonly name?: string | null | undefined }[]): string[] =>
  items.flatMap(({ name }) => name ?? []);

function objectOf({ ubiops }: UbiOpsDependencies, named: Named, projectName: string): Reading {
  const { kind, value, within = '' } = named;
  const path = { projectName };
  switch (kind) {
    case 'project':
      return {
        read: () => ubiops.projects.get({ path: { projectName: value } }),
        list: async () => namesOf(await ubiops.projects.list({})),
      };
    case 'environment':
      return {
        read: () => ubiops.environments.get({ path: { ...path, environmentName: value } }),
        list: async () =>
          namesOf(await ubiops.environments.list({ path, query: { environment_type: 'all' } })),
      };
    case 'tag': {
      const of = { ...path, environmentName: within };
      return {
        read: () => ubiops.tags.get({ path: { ...of, tagName: value } }),
        list: async () => namesOf(await ubiops.tags.list({ path: of, query: {} })),
      };
    }
    case 'deployment':
      return {
        read: () => ubiops.deployments.get({ path: { ...path, deploymentName: value } }),
        list: async () => namesOf(await ubiops.deployments.list({ path, query: {} })),
      };
    case 'version': {
      const of = { ...path, deploymentName: within };
      return {
        read: () => ubiops.versions.get({ path: { ...of, version: value } }),
        list: async () => (await ubiops.versions.list({ path: of, query: {} })).map(({ version }) => version),
      };
    }
    case 'instance type':
      return { read: null, list: () => instanceTypes(ubiops, projectName) };
    case 'bucket':
      return {
        read: () => ubiops.buckets.get({ path: { ...path, bucketName: value } }),
        list: async () => namesOf(await ubiops.buckets.list({ path, query: {} })),
      };
    case 'file': {
      const of = { ...path, bucketName: within };
      return {
        read: () => ubiops.files.get({ path: { ...of, file: value } }),
        list: async () => (await ubiops.files.list({ path: of, query: {} })).files.map(({ file }) => file),
      };
    }
    case 'hardware tier':
    case 'hardware tier for model APIs':
      throw new PlatformError('REQUEST_REJECTED', `UbiOps has no ${kind}`);
  }
}

/** A version names a group of them. */
async function* instanceTypes(
  ubiops: UbiOpsDependencies['ubiops'],
  projectName: string,
): AsyncGenerator<string> {
  const groups = itemsOf(contract.instanceTypes.listGroups, ubiops.instanceTypes.listGroups, {
    path: { projectName },
  });
  for await (const { name } of groups) if (name != null) yield name;
}
