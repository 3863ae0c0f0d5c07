/** Where the runs of a trial act on Domino. */
import { domino } from '../../contract/domino/index.js';
import type { Platform } from '../platform.js';
import type { Scenario } from '../scenarios.js';
import type { Place } from '../workload.js';

/** Another user makes an environment of a name that runs will ask for. */
async function takeName(platform: Platform, prefix: string): Promise<string> {
  const name = `taken-${prefix}`;
  const body = { name, image: 'registry.example/other:1', addBaseDependencies: false, visibility: 'private' };
  await platform.post('/api/environments/beta/environments', { ...body, description: 'by hand' });
  return name;
}

/** The first project of the world. */
export async function firstProject(platform: Platform) {
  const { projects } = await platform.get('/api/projects/beta/projects', domino.projects.list.response);
  const [project] = projects;
  if (project === undefined) throw new Error('the world has no project');
  return project;
}

/** The project of the world, and the environment that everybody has. */
export async function placeOf(
  platform: Platform,
  { scenario: { others }, prefix }: { readonly scenario: Scenario; readonly prefix: string },
): Promise<Omit<Place, 'connection'>> {
  const project = await firstProject(platform);
  const { id } = await platform.get(
    '/v4/environments/defaultEnvironment',
    domino.environments.getDefault.response,
  );
  return {
    ...{ prefix, environmentId: id },
    taken: others === true ? await takeName(platform, prefix) : null,
    project: `${project.ownerUsername ?? ''}/${project.name}`,
  };
}
