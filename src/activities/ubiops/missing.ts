/**
 * Which object is missing: a 404 of UbiOps names none. What the run has made or seen is waited for; what the input alone names is
 * looked for once more, and is then said not to be there, with what there is instead.
 */
import { PlatformError } from '../../platform/errors.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { type Named, type NamedKind, sayFinding, sayNamed } from '../../run/inputs/preflight.js';
import { createLook } from './preflight.js';
import type { UbiOpsDependencies } from './dependencies.js';

/** An object that another one needs. */
export type Needed = Named & {
  readonly project: string;
  /** Whether the input alone names it: then it need not have been there at any time. */
  readonly isGiven: boolean;
};

/** Refusals that something missing may be the reason of: which status UbiOps has for it is not published. */
const doubtful: readonly string[] = ['NOT_FOUND', 'REQUEST_REJECTED'];

/**
 * Performs what needs these objects, the outermost first.
 * @throws LonghaulError `NOT_FOUND` of what the input names, and two readings do not find
 * @throws PlatformError `OBJECT_MISSING` of anything else that is not there
 */
export async function needing<T>(
  deps: UbiOpsDependencies,
  needed: readonly Needed[],
  perform: () => Promise<T>,
): Promise<T> {
  try {
    return await perform();
  } catch (error) {
    const isOwn = error instanceof LonghaulError && error.code === 'NOT_FOUND';
    if (!isOwn && !(error instanceof PlatformError && doubtful.includes(error.code))) throw error;
    const status = error instanceof PlatformError ? error.status : undefined;
    const look = createLook(deps);
    for (const { isGiven, ...named } of needed) {
      const { isThere, detail } = await look(named, named.project);
      if (isThere) continue;
      const finding = { ...named, verdict: 'missing' as const, ...(detail !== undefined && { detail }) };
      if (isGiven) throw new LonghaulError('NOT_FOUND', sayFinding(finding));
      throw new PlatformError('OBJECT_MISSING', `${sayNamed(named)} is not there; it was there before`, {
        status,
      });
    }
    throw error;
  }
}

/** Names by the field in which they are given, and what of them the input alone says. */
export interface Naming {
  readonly project: string;
  /** The fields that no step has a part in; left out, none. */
  readonly given?: readonly string[] | undefined;
}

/** The project. */
export const projectNeeded = ({ project, given = [] }: Naming): Needed => ({
  ...{ kind: 'project', field: 'project', value: project, project },
  isGiven: given.includes('project'),
});

/** An object of it; nothing where no name is given. */
export const needed = (
  { project, given = [] }: Naming,
  kind: NamedKind,
  field: string,
  { value, within }: { readonly value: string | undefined; readonly within?: string },
): Needed[] =>
  value === undefined
    ? []
    : [
        {
          ...{ kind, field, value, project, isGiven: given.includes(field) },
          ...(within !== undefined && { within }),
        },
      ];
