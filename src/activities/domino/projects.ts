/** Projects are named `owner/name` by people and by id on the wire. */
import { PlatformError } from '../../platform/errors.js';
import type { DominoDependencies } from './dependencies.js';
import { readKnown } from '../effect/known-objects.js';
import { createSharedLooks } from '../effect/looks.js';

/** Looks up a project’s id. What was read before is taken if it is not older than `maxAgeMs`; unless stated, a minute. */
export type ProjectIds = (project: string, maxAgeMs?: number) => Promise<string>;

/** A name may come to mean another project: the first one is archived, and made anew. */
const usualAgeMs = 60_000;
const readNow = -1;

/** Look-ups that share their answers: one for each connection. */
export function createProjectIds(domino: DominoDependencies['domino']): ProjectIds {
  const { share } = createSharedLooks();
  return (project, maxAgeMs = usualAgeMs) =>
    share(project, maxAgeMs, async () => {
      const [ownerName = '', projectName = ''] = project.split('/');
      return (await domino.projects.find({ query: { ownerName, projectName } })).id;
    });
}

/** The same in a run that has begun: its project was looked up before, so one that is not found is `OBJECT_MISSING`. */
export const ofKnownProjects =
  (projectIds: ProjectIds): ProjectIds =>
  (project, maxAgeMs) =>
    readKnown(projectIds(project, maxAgeMs));

/**
 * Makes something in a project. Where the platform refuses it, the name is looked up anew, and what it means now is
 * tried.
 */
export async function inProject<T>(
  projectIds: ProjectIds,
  { project, maxAgeMs }: { readonly project: string; readonly maxAgeMs: number },
  make: (projectId: string) => Promise<T>,
): Promise<T> {
  const id = await projectIds(project, maxAgeMs);
  try {
    return await make(id);
  } catch (error) {
    if (!isDoubt(error)) throw error;
    const now = await projectIds(project, readNow);
    if (now === id) throw error;
    return make(now);
  }
}

/** The platform’s own refusal, of which a project that is gone may be the reason. */
const isDoubt = (error: unknown): boolean =>
  error instanceof PlatformError &&
  ['NOT_FOUND', 'OBJECT_MISSING', 'PERMISSION_DENIED', 'REQUEST_REJECTED'].includes(error.code);
