/** Where the runs of a trial act on the platform. */
import { domino } from '../../contract/domino/index.js';
import type { Scenario } from '../scenarios.js';
import type { Stage } from '../stage.js';
import type { Place } from '../workload.js';
import type { Platform } from './platform.js';

/** Another user makes an environment of a name that runs will ask for. */
async function takeName(platform: Platform, prefix: string): Promise<string> {
  const name = `taken-${prefix}`;
  const body = { name, image: 'registry.example/other:1', addBaseDependencies: false, visibility: 'private' };
  await platform.post('/api/environments/beta/environments', { ...body, description: 'by hand' });
  return name;
}

/** A place, with the project’s id for whoever looks at what is there. */
export type Here = Place & { readonly projectId: string };

/** The project of the world, and the environment that everybody has. */
export async function placeOf(
  { connection }: Stage,
  platform: Platform,
  { others }: Scenario,
  prefix: string,
): Promise<Here> {
  const { projects } = await platform.get('/api/projects/beta/projects', domino.projects.list.response);
  const [project] = projects;
  if (project === undefined) throw new Error('the world has no project');
  const { id } = await platform.get(
    '/v4/environments/defaultEnvironment',
    domino.environments.getDefault.response,
  );
  return {
    ...{ connection, prefix, environmentId: id, projectId: project.id },
    taken: others === true ? await takeName(platform, prefix) : null,
    project: `${project.ownerUsername ?? ''}/${project.name}`,
  };
}
