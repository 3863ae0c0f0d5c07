/** Projects are named `owner/name` by people and by id on the wire. */
import type { ActivityDependencies } from './dependencies.js';

/** Looks a project’s id up once per process; a failed look-up is not remembered. */
export function createProjectIds(
  domino: ActivityDependencies['domino'],
): (project: string) => Promise<string> {
  const ids = new Map<string, Promise<string>>();
  return (project) => {
    const known = ids.get(project);
    if (known !== undefined) return known;
    const [ownerName = '', projectName = ''] = project.split('/');
    const id = domino.projects.find({ query: { ownerName, projectName } }).then((found) => found.id);
    ids.set(project, id);
    id.catch(() => ids.delete(project));
    return id;
  };
}
