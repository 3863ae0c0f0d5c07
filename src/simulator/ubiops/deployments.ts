/** Deployments. */
import type { ubiops } from '../../contract/ubiops/index.js';
import { Refusal } from '../errors.js';
import { auditOf } from './audit.js';
import { type Handlers, isoMicros } from './handlers.js';
import { hasLabel } from './labels.js';
import { isReady } from './version-states.js';
import { type Simulation, birth, end, isThere, listed, need, refuseDuplicate } from './world/simulation.js';
import type { Deployment, Version } from './world/state.js';

type Own = Handlers<typeof ubiops>['deployments'];

/** The handlers of deployments. */
export const deployments: Own = {
  create(simulation, { path: { projectName }, body, note }) {
    const all = deploymentsOf(simulation, projectName);
    refuseDuplicate(simulation, all, 'Deployment', ({ name }) => name === body.name);
    const deployment: Deployment = {
      ...birth(simulation),
      ...{ project: projectName, name: body.name, defaults: [], versions: [], variables: [] },
      description: body.description ?? '',
      supportsRequestFormat: body.supports_request_format ?? true,
      inputType: body.input_type ?? 'structured',
      outputType: body.output_type ?? 'structured',
      inputFields: body.input_fields ?? [],
      outputFields: body.output_fields ?? [],
      labels: body.labels ?? {},
      updatedAt: simulation.clock.now(),
    };
    simulation.state.deployments.push(deployment);
    note({ change: 'created', ...notedOf(deployment), texts: [deployment.description, body.name] });
    return deploymentView(deployment);
  },

  list(simulation, { path: { projectName }, query: { labels, supports_request_format: format } }) {
    return listed(simulation, deploymentsOf(simulation, projectName))
      .filter((one) => hasLabel(one.labels, labels))
      .filter((one) => format === undefined || one.supportsRequestFormat === format)
      .map(deploymentView);
  },

  get: (simulation, { path }) => detailOf(simulation, needDeployment(simulation, path)),

  update(simulation, { path, body, note }) {
    const deployment = needDeployment(simulation, path);
    const { name = deployment.name, default_version: wanted } = body;
    if (name !== deployment.name) {
      const all = deploymentsOf(simulation, path.projectName);
      refuseDuplicate(simulation, all, 'Deployment', (one) => one.name === name);
    }
    if (wanted !== undefined) promote(simulation, deployment, wanted);
    deployment.name = name;
    deployment.description = body.description ?? deployment.description;
    deployment.inputFields = body.input_fields ?? deployment.inputFields;
    deployment.outputFields = body.output_fields ?? deployment.outputFields;
    deployment.labels = body.labels ?? deployment.labels;
    deployment.updatedAt = simulation.clock.now();
    note({ change: 'changed', ...notedOf(deployment), texts: [deployment.description] });
    return detailOf(simulation, deployment);
  },

  delete(simulation, { path, note }) {
    const deployment = needDeployment(simulation, path);
    end(deployment);
    note({ change: 'deleted', ...notedOf(deployment) });
    return undefined;
  },

  audit(simulation, { path, query }) {
    const { name } = needDeployment(simulation, path);
    return auditOf(simulation, { project: path.projectName, deployment: name }, query);
  },
};

function promote(simulation: Simulation, deployment: Deployment, wanted: string): void {
  const version = need(simulation, deployment.versions, 'Deployment version', ({ name }) => name === wanted);
  if (!isReady(simulation, version))
    throw new Refusal(400, 'Default cannot be set to an unavailable version');
  deployment.defaults.push({ sinceMs: performance.now(), version });
}

/** The deployments of a project, which must be there. */
export function deploymentsOf(simulation: Simulation, projectName: string): Deployment[] {
  need(simulation, simulation.state.projects, 'Project', ({ name }) => name === projectName);
  return simulation.state.deployments.filter(({ project }) => project === projectName);
}

/** A deployment by its name. */
export const needDeployment = (
  simulation: Simulation,
  { projectName, deploymentName }: { readonly projectName: string; readonly deploymentName: string },
): Deployment =>
  need(
    simulation,
    deploymentsOf(simulation, projectName),
    'Deployment',
    ({ name }) => name === deploymentName,
  );

/** The version that requests to the deployment go to, as far as is seen. */
export function defaultOf({ seenUntilMs }: Simulation, { defaults }: Deployment): Version | null {
  const version = defaults.findLast(({ sinceMs }) => sinceMs <= seenUntilMs())?.version ?? null;
  return version !== null && isThere(version) ? version : null;
}

const notedOf = ({ id, name, project }: Deployment) =>
  ({ kind: 'deployment', id, name, project, deployment: name }) as const;

function deploymentView(deployment: Deployment) {
  const { id, name, project, description, labels, createdAt, updatedAt } = deployment;
  return {
    ...{ id, name, project, description, labels },
    supports_request_format: deployment.supportsRequestFormat,
    input_type: deployment.inputType,
    output_type: deployment.outputType,
    input_fields: deployment.inputFields.map((field) => ({ ...field })),
    output_fields: deployment.outputFields.map((field) => ({ ...field })),
    creation_date: isoMicros(createdAt),
    last_updated: isoMicros(updatedAt),
  };
}

const detailOf = (simulation: Simulation, deployment: Deployment) => ({
  ...deploymentView(deployment),
  default_version: defaultOf(simulation, deployment)?.name ?? null,
});
