/** Environments. */
import type { ubiops } from '../../contract/ubiops/index.js';
import { Refusal } from '../errors.js';
import { environmentDetail, environmentView, environmentsOf, needEnvironment } from './environment-views.js';
import type { Handlers } from './handlers.js';
import { hasLabel } from './labels.js';
import { birth, end, isThere, listed, refuseDuplicate, type Simulation } from './world/simulation.js';
import type { Environment, Version } from './world/state.js';
import { versionStatus } from './version-states.js';

type Own = Handlers<typeof ubiops>['environments'];

/** The handlers of environments. */
export const environments: Own = {
  create(simulation, { path: { projectName }, body, note }) {
    const all = environmentsOf(simulation, projectName);
    refuseDuplicate(simulation, all, 'Environment', ({ name }) => name === body.name);
    const base = body.base_environment;
    if (base !== undefined && !all.some(({ kind, name }) => kind === 'base' && name === base))
      throw new Refusal(400, `There is no base environment ${base}`);
    const environment: Environment = {
      ...birth(simulation),
      ...{ kind: 'custom', project: projectName, name: body.name, base: base ?? null, gpu: false },
      displayName: body.display_name ?? body.name,
      description: body.description ?? '',
      labels: body.labels ?? {},
      supportsRequestFormat: body.supports_request_format ?? true,
      updatedAt: simulation.clock.now(),
      ...{ revisions: [], tags: [], secrets: [] },
    };
    simulation.state.environments.push(environment);
    const { id, name, description } = environment;
    note({
      change: 'created',
      kind: 'environment',
      ...{ id, name, project: projectName, texts: [description, name] },
    });
    return environmentView(simulation, environment);
  },

  list(simulation, { path: { projectName }, query }) {
    const { labels, environment_type: type = 'all', supports_request_format: format } = query;
    return listed(simulation, environmentsOf(simulation, projectName))
      .filter(({ kind }) => type === 'all' || (kind === 'base') === (type === 'base'))
      .filter((one) => format === undefined || one.supportsRequestFormat === format)
      .filter((one) => hasLabel(one.labels, labels))
      .map((one) => environmentView(simulation, one));
  },

  get: (simulation, { path }) => environmentDetail(simulation, needEnvironment(simulation, path)),

  update(simulation, { path, body, note }) {
    const environment = needOwn(simulation, path);
    const { name = environment.name } = body;
    if (name !== environment.name)
      refuseDuplicate(
        simulation,
        environmentsOf(simulation, path.projectName),
        'Environment',
        (one) => one.name === name,
      );
    environment.name = name;
    environment.displayName = body.display_name ?? environment.displayName;
    environment.description = body.description ?? environment.description;
    environment.labels = body.labels ?? environment.labels;
    environment.updatedAt = simulation.clock.now();
    note({
      change: 'changed',
      kind: 'environment',
      ...{ id: environment.id, name, project: path.projectName, texts: [environment.description] },
    });
    return environmentDetail(simulation, environment);
  },

  delete(simulation, { path, note }) {
    const environment = needOwn(simulation, path);
    const users = usersOf(simulation, environment);
    if (users.length > 0) throw new Refusal(400, `Environment is in use by ${sayUsers(users)}`);
    end(environment);
    note({
      change: 'deleted',
      kind: 'environment',
      ...{ id: environment.id, name: environment.name, project: path.projectName },
    });
    return undefined;
  },

  usage(simulation, { path }) {
    const environment = needEnvironment(simulation, path);
    return usersOf(simulation, environment)
      .filter(({ deployment }) => deployment.project === path.projectName)
      .map((version) => ({
        id: version.id,
        deployment: version.deployment.name,
        version: version.name,
        environment: environment.name,
        environment_display_name: environment.displayName,
        status: versionStatus(simulation, version),
      }));
  },
};

/**
 * One that the project may change.
 *
 * @throws Refusal 403 for one of the platform's, 404
 */
export function needOwn(
  simulation: Simulation,
  path: { readonly projectName: string; readonly environmentName: string },
): Environment {
  const environment = needEnvironment(simulation, path);
  if (environment.kind === 'base') throw new Refusal(403, 'A base environment cannot be changed');
  return environment;
}

/** The versions that use an environment, or one of its tags. */
export const usersOf = ({ state }: Simulation, environment: Environment, tag?: string): Version[] =>
  state.deployments
    .filter(isThere)
    .flatMap(({ versions }) => versions)
    .filter(
      (one) => isThere(one) && one.environment === environment && (tag === undefined || one.tag === tag),
    );

/** Versions in words. */
export const sayUsers = (versions: readonly Version[]): string =>
  versions.map(({ deployment, name }) => `${deployment.name}/${name}`).join(', ');
