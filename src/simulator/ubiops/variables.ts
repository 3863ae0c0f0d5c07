/** Environment variables, and secrets of builds. */
import type { ubiops } from '../../contract/ubiops/index.js';
import { needDeployment } from './deployments.js';
import { needEnvironment } from './environment-views.js';
import type { Call, Handlers } from './handlers.js';
import { needTag } from './tags.js';
import { needVersion } from './versions.js';
import { type Simulation, birth, end, listed, need, refuseDuplicate } from './world/simulation.js';
import type { Variable } from './world/state.js';

type Groups = Handlers<typeof ubiops>;
type Own = (typeof ubiops)['projectVariables'];

/** What variables belong to. */
interface Path {
  readonly projectName: string;
  readonly deploymentName?: string;
  readonly version?: string;
  readonly environmentName?: string;
  readonly tagName?: string;
  readonly variableId?: string;
}

type Asked<K extends keyof Own> = Omit<Call<Own[K]>, 'path'> & { readonly path: Path };

const handlers = {
  create(simulation: Simulation, { path, body, note }: Asked<'create'>) {
    const { own } = variablesAt(simulation, path);
    refuseDuplicate(simulation, own, 'Environment variable', ({ name }) => name === body.name);
    const variable: Variable = { ...birth(simulation), ...body };
    own.push(variable);
    note({ change: 'created', ...notedOf(path, variable) });
    return variableView(variable);
  },

  list(simulation: Simulation, { path }: Asked<'list'>) {
    const { own, inherited } = variablesAt(simulation, path);
    const seen = listed(simulation, own);
    const names = seen.map(({ name }) => name);
    const others = inherited.flatMap(({ type, name, variables }) =>
      listed(simulation, variables)
        .filter((one) => !names.includes(one.name))
        .map((one) => ({ ...variableView(one), inheritance_type: type, inheritance_name: name })),
    );
    return [...seen.map(variableView), ...others];
  },

  get: (simulation: Simulation, { path }: Asked<'get'>) => variableView(needVariable(simulation, path)),

  update(simulation: Simulation, { path, body, note }: Asked<'update'>) {
    const variable = needVariable(simulation, path);
    Object.assign(variable, body);
    note({ change: 'changed', ...notedOf(path, variable) });
    return variableView(variable);
  },

  delete(simulation: Simulation, { path, note }: Asked<'delete'>) {
    const variable = needVariable(simulation, path);
    end(variable);
    note({ change: 'deleted', ...notedOf(path, variable) });
    return undefined;
  },
};

export const projectVariables: Groups['projectVariables'] = handlers;
export const deploymentVariables: Groups['deploymentVariables'] = handlers;
export const versionVariables: Groups['versionVariables'] = handlers;

type Copied = Pick<Call<(typeof ubiops)['tagSecrets']['copy']>, 'note'> & {
  readonly path: Path;
  readonly body: { readonly source_environment: string; readonly source_tag?: string };
};

/** Takes over what is not there under the same name. */
function copy(simulation: Simulation, { path, body, note }: Copied) {
  const { projectName } = path;
  const from = { projectName, environmentName: body.source_environment };
  const source = variablesAt(simulation, 'source_tag' in body ? { ...from, tagName: body.source_tag } : from);
  const { own } = variablesAt(simulation, path);
  for (const { name, value, secret } of listed(simulation, source.own)) {
    if (own.some((one) => one.name === name && one.goneMs === undefined)) continue;
    const variable = { ...birth(simulation), name, value, secret };
    own.push(variable);
    note({ change: 'created', ...notedOf(path, variable) });
  }
  return listed(simulation, own).map(variableView);
}

export const secrets: Groups['secrets'] = { ...handlers, copy };
export const tagSecrets: Groups['tagSecrets'] = { ...handlers, copy };

interface Inherited {
  readonly type: string;
  readonly name: string;
  readonly variables: readonly Variable[];
}

/** Those of the object, and those that it takes over. */
function variablesAt(
  simulation: Simulation,
  path: Path,
): { readonly own: Variable[]; readonly inherited: readonly Inherited[] } {
  const { projectName, deploymentName, version, environmentName, tagName } = path;
  if (environmentName !== undefined) {
    const environment = needEnvironment(simulation, { projectName, environmentName });
    return {
      own: tagName === undefined ? environment.secrets : needTag(simulation, environment, tagName).secrets,
      inherited: [],
    };
  }
  const { state } = simulation;
  const project = need(simulation, state.projects, 'Project', ({ name }) => name === projectName);
  if (deploymentName === undefined) return { own: project.variables, inherited: [] };
  const deployment = needDeployment(simulation, { projectName, deploymentName });
  const ofProject = { type: 'project', name: projectName, variables: project.variables };
  if (version === undefined) return { own: deployment.variables, inherited: [ofProject] };
  const ofDeployment = { type: 'deployment', name: deploymentName, variables: deployment.variables };
  const { variables: own } = needVersion(simulation, { projectName, deploymentName, version });
  return { own, inherited: [ofDeployment, ofProject] };
}

const needVariable = (simulation: Simulation, path: Path): Variable =>
  need(
    simulation,
    variablesAt(simulation, path).own,
    'Environment variable',
    ({ id }) => id === path.variableId,
  );

const notedOf = ({ projectName: project, deploymentName: deployment }: Path, { id, name }: Variable) =>
  ({
    kind: 'environmentVariable',
    ...{ id, name, project },
    ...(deployment !== undefined && { deployment }),
  }) as const;

const variableView = ({ id, name, value, secret }: Variable) => ({
  ...{ id, name, secret },
  value: secret ? null : value,
});
