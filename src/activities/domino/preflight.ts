/** Looks up what an input names before anything is made: a run that could only fail fails at once. */
import { LonghaulError, failureKinds } from '../../run/failures/errors.js';
import type { DominoEffects } from '../../steps/domino/effects.js';
import { type Finding, type Named, type Preflight, missingIn } from '../../run/inputs/preflight.js';
import { PlatformError } from '../../platform/errors.js';
import { environments } from '../../contract/domino/environments.js';
import { itemsOf } from '../../platform/lists.js';
import { attempted } from '../effect/attempt.js';
import type { DominoDependencies } from './dependencies.js';
import { createSharedLooks } from '../effect/looks.js';
import type { ProjectIds } from './projects.js';
import { lookTwice } from '../effect/second-look.js';

/** What was found is not looked up again for so long: runs that start together share it. */
const foundForMs = 300_000;
const notFound = 'the platform could not find what the input names, so nothing was made';
/** An outage or a limit is waited for so often, with longer and longer pauses; then what is not known stops nothing. */
const triesOfLookUp = 5;
/** A hint is not worth more requests. */
const searchedPages = 5;
/** How many of what there is a message names. */
const namedAtMost = 10;

/** What an effect may be given that is the first of its run. */
export interface Preflighted {
  readonly preflight?: Preflight | undefined;
  readonly begunBefore?: boolean;
}

/** How far an effect has come. */
export interface Begun {
  /** This one included. */
  readonly tries: number;
  /** Whether a try before may have sent. */
  readonly sent?: boolean;
}

export interface Preflights extends Pick<DominoEffects, 'lookUp'> {
  /**
   * Looks up what the first effect of a run brings with it, unless something of it may have been made already, and says
   * whether all of it was seen.
   * @throws LonghaulError `NOT_FOUND`, naming what is missing and what there is instead
   * @throws PlatformError of an outage or a limit, at the first tries
   */
  check(effect: Preflighted, begun: Begun): Promise<boolean>;
}

/** Those of one connection. */
export function createPreflights(deps: DominoDependencies, projectIds: ProjectIds): Preflights {
  const lookUp = createLookUp(deps, projectIds);
  const found = new Map<string, number>();
  const isKnown = (key: string): boolean => performance.now() - (found.get(key) ?? -Infinity) < foundForMs;
  return {
    lookUp: attempted(deps, ({ project, named }) => lookUp({ project, named })),
    check: async ({ preflight, begunBefore = false }, { tries, sent = false }) => {
      if (preflight === undefined || begunBefore || sent) return false;
      const keyOf = ({ kind, value }: Named): string => JSON.stringify([preflight.project, kind, value]);
      const named = preflight.named.filter((one) => !isKnown(keyOf(one)));
      const failed: PreflightError[] = [];
      const findings = await lookUp({ ...preflight, named }, (error) => failed.push(error));
      const missing = missingIn(findings);
      if (missing.length > 0) throw new LonghaulError('NOT_FOUND', `${notFound}: ${missing.join('; ')}`);
      for (const [key] of found) if (!isKnown(key)) found.delete(key);
      // What is archived is found as a base alone.
      for (const finding of findings)
        if (finding.verdict === 'found' && finding.detail === undefined)
          found.set(keyOf(finding), performance.now());
      const passing = failed.find(({ code }) => ['backoff', 'after'].includes(failureKinds[code].retry));
      if (passing !== undefined && tries < triesOfLookUp) throw passing;
      return findings.every(({ verdict }) => verdict === 'found');
    },
  };
}

type PreflightError = PlatformError | LonghaulError;

/** A look-up that fails says nothing: whatever it would have shown, the platform says later. `failed` is told of it. */
function createLookUp(
  deps: DominoDependencies,
  projectIds: ProjectIds,
): (preflight: Preflight, failed?: (error: PreflightError) => void) => Promise<Finding[]> {
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
  const look = async ({ kind, field, value }: Named, project: string): Promise<Looked> => {
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
    }
  };
  return ({ project, named: all }, failed) =>
    Promise.all(
      all.map(async (one): Promise<Finding> => {
        try {
          const { isThere, detail } = await look(one, project);
          return { ...one, verdict: isThere ? 'found' : 'missing', ...(detail !== undefined && { detail }) };
        } catch (error) {
          if (!(error instanceof PlatformError || error instanceof LonghaulError)) throw error;
          failed?.(error);
          return { ...one, verdict: 'unknown', detail: `${error.message} (${error.code})` };
        }
      }),
    );
}

interface Looked {
  readonly isThere: boolean;
  readonly detail?: string;
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
  const ids = [...new Set(tiers.map(({ id }) => id))];
  const more = ids.length > namedAtMost ? ` and ${ids.length - namedAtMost} more` : '';
  const detail =
    meant === undefined
      ? `there are ${nearest(ids, value).slice(0, namedAtMost).join(', ')}${more}`
      : `the tier ${meant.name} has the id ${meant.id}`;
  return { isThere: false, detail };
}

/** Those first that begin like what was asked for. */
function nearest(ids: readonly string[], value: string): string[] {
  const alike = (id: string): number => {
    let length = 0;
    while (length < id.length && id.charAt(length) === value.charAt(length)) length += 1;
    return length;
  };
  return [...ids].sort((a, b) => alike(b) - alike(a));
}

/** Environments are named by id; whoever wrote a name is told its id. */
async function named({ domino }: DominoDependencies, value: string): Promise<{ detail?: string }> {
  const list = itemsOf(environments.list, domino.environments.list, {}, { pages: searchedPages });
  for await (const { id, name, archived } of list)
    if (name === value && !archived) return { detail: `the environment of this name has the id ${id}` };
  return {};
}
