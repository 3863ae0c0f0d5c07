/** Environments as legacy `/v1` lists them, and those that a project may use. */
import { activeRevision, latestRevision } from '../environment-views.js';
import { defaultEnvironment } from '../environments.js';
import { type Simulation, need } from '../world/simulation.js';
import type { Environment } from '../world/state.js';
import { type Routes, route } from './route.js';

/** The routes of environments. */
export const environments: Routes = {
  'v1Environments.list': route({
    method: 'GET',
    path: '/v1/environments',
    answer: (simulation) => ({
      objectType: 'list',
      uri: '/v1/environments',
      data: useable(simulation).map(({ id, name, visibility, ...environment }) => ({
        id,
        name,
        visibility: capital(visibility),
        isDefault: environment.isDefault,
        ...ownerOf(simulation, { visibility }),
      })),
    }),
  }),
  'v4Environments.listUseable': route({
    method: 'GET',
    path: '/v4/projects/{projectId}/useableEnvironments',
    answer(simulation, { path }) {
      need(simulation.state.projects, path.projectId, 'project');
      const { id } = defaultEnvironment(simulation);
      return {
        currentlySelectedEnvironment: { environmentId: id, environmentRevisionSpec: 'ActiveRevision' },
        environments: useable(simulation).map((one) => useableView(simulation, one)),
      };
    },
  }),
};

const useable = ({ state }: Simulation): Environment[] =>
  [...state.environments.values()].filter(({ archivedAt }) => archivedAt === undefined);

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const ownerOf = ({ state: { user } }: Simulation, { visibility }: Pick<Environment, 'visibility'>) =>
  visibility === 'private' ? { owner: { id: user.id, username: user.name } } : {};

function useableView(simulation: Simulation, environment: Environment) {
  const active = activeRevision(simulation, environment);
  return {
    id: environment.id,
    name: environment.name,
    archived: false,
    visibility: capital(environment.visibility),
    version: latestRevision(environment).number,
    supportedClusters: [],
    isCurated: false,
    ...(active && {
      activeRevisionId: active.id,
      activeRevisionNumber: active.number,
      activeRevisionTags: [...active.tags],
    }),
    ...ownerOf(simulation, environment),
  };
}
