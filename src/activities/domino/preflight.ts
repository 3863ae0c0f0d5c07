/** Looks up what an input names on Domino. */
import type { Named } from '../../run/inputs/preflight.js';
import { PlatformError } from '../../platform/errors.js';
import { environments } from '../../contract/domino/environments.js';
import { itemsOf } from '../../platform/lists.js';
import { type LookAtNamed, type Looked, type Preflights, createPreflights } from '../effect/preflights.js';
import type { DominoDependencies } from './dependencies.js';
import { createSharedLooks } from '../effect/looks.js';
import type { ProjectIds } from './projects.js';
import { lookTwice } from '../effect/second-look.js';
import { sayWhatThereIs } from '../effect/what-there-is.js';

/** A hint is not worth more requests. */
const searchedPages = 5;

/** Those of one connection. */
export const createDominoPreflights = (deps: DominoDependencies, projectIds: ProjectIds): Preflights =>
  createPreflights(deps, createLook(deps, projectIds));

function createLook(deps: DominoDependencies, projectIds: ProjectIds): LookAtNamed {
  const { domino } = deps;
  const { share } = createSharedLooks();
  const tiers = async (project: string, forModelApi: boolean): Promise<Tier[]> => {
    const projectId = await projectIds(project);
    const list = await share(`${projectId} ${forModelApi}`, 0, () =>
      domino.hardwareTiers.listForProject({ path: { projectId }, query: forModelApi ? { forModelApi } : {} }),
    );
    return list
      .map(({ hardwareTier }) => hardwareTier)
      .filter(({ hwtFlags }) => hwtFlags?.isArchived !== true);
  };
  const lookAmong = async (list: () => Promise<readonly Tier[]>, value: string): Promise<Looked> => {
    let listed: readonly Tier[] = [];
    await lookTwice(deps, async () => {
      listed = await list();
      return listed.find(({ id }) => id === value) ?? null;
    });
    return lookedAmong(listed, value);
  };
  return async ({ kind, field, value }: Named, project: string) => {
    switch (kind) {
      case 'project':
        return { isThere: (await lookTwice(deps, () => projectIds(value))) !== null };
      case 'environment': {
        const path = { environmentId: value };
        const seen = await lookTwice(deps, () => domino.environments.get({ path }));
        // Of a base, an environment of the name that is made from it may be there already.
        if (seen?.environment.archived === true)
          return { isThere: field.startsWith('environment.base.'), detail: 'it is archived' };
        return { isThere: seen !== null, ...(seen === null && (await named(deps, value))) };
      }
      case 'hardware tier':
        return lookAmong(() => tiers(project, false), value);
      case 'hardware tier for model APIs': {
        const both = () => Promise.all([tiers(project, true), tiers(project, false)]);
        return lookAmong(async () => (await both()).flat(), value);
      }
      case 'tag':
      case 'instance type':
      case 'deployment':
      case 'version':
      case 'bucket':
      case 'file':
        throw new PlatformError('REQUEST_REJECTED', `Domino has no object of the kind ${kind}`);
    }
  };
}

interface Tier {
  readonly id: string;
  readonly name: string;
}

/** Among none at all nothing is missed: then the list says nothing. */
function lookedAmong(tiers: readonly Tier[], value: string): Looked {
  if (tiers.some(({ id }) => id === value)) return { isThere: true };
  if (tiers.length === 0)
    throw new PlatformError('ANSWER_UNEXPECTED', 'the platform lists no hardware tier of the project');
  const meant = tiers.find(({ name }) => name.toLowerCase() === value.toLowerCase());
  const detail =
    meant === undefined
      ? sayWhatThereIs(
          tiers.map(({ id }) => id),
          value,
        )
      : `the tier ${meant.name} has the id ${meant.id}`;
  return { isThere: false, detail };
}

/** Environments are named by id; whoever wrote a name is told its id. */
async function named({ domino }: DominoDependencies, value: string): Promise<{ detail?: string }> {
  const list = itemsOf(environments.list, domino.environments.list, {}, { pages: searchedPages });
  for await (const { id, name, archived } of list)
    if (name === value && !archived) return { detail: `the environment of this name has the id ${id}` };
  return {};
}
