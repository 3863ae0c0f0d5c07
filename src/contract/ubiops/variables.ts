/** Environment variables of projects, deployments and versions, and secrets of builds of environments. */
import { z } from 'zod';
import { type Endpoint, endpoint } from '../endpoint.js';
import { before, nothing, since } from './fields.js';

/** A variable; the value of a secret is `null`. */
const Variable = z.object({
  id: z.string().nullish(),
  name: z.string(),
  value: z.string().nullish(),
  secret: z.boolean(),
  /** What it is taken over from, and its name. */
  inheritance_type: z.string().nullish(),
  inheritance_name: z.string().nullish(),
});

const NewVariable = z.strictObject({ name: z.string().min(1), value: z.string(), secret: z.boolean() });

/** The endpoints of the variables below a path. */
const variablesBelow = <const P extends string, const D extends Pick<Endpoint, 'dialects'>>(
  path: P,
  source: string,
  dialects: D,
) =>
  ({
    create: endpoint({
      ...dialects,
      method: 'POST',
      path: `/${path}`,
      summary: 'Create an environment variable.',
      source: `${source}_create`,
      replay: 'creates',
      found: 'none',
      body: NewVariable,
      response: Variable,
      secret: true,
      status: 201,
    }),
    list: endpoint({
      ...dialects,
      method: 'GET',
      path: `/${path}`,
      summary: 'List environment variables; values of secrets are left out.',
      source: `${source}_list`,
      replay: 'safe',
      response: z.array(Variable),
    }),
    get: endpoint({
      ...dialects,
      method: 'GET',
      path: `/${path}/{variableId}`,
      summary: 'Get an environment variable.',
      source: `${source}_get`,
      replay: 'safe',
      response: Variable,
    }),
    update: endpoint({
      ...dialects,
      method: 'PATCH',
      path: `/${path}/{variableId}`,
      summary: 'Update an environment variable.',
      source: `${source}_update`,
      replay: 'idempotent',
      body: NewVariable,
      response: Variable,
      secret: true,
    }),
    delete: endpoint({
      ...dialects,
      method: 'DELETE',
      path: `/${path}/{variableId}`,
      summary: 'Delete an environment variable.',
      source: `${source}_delete`,
      replay: 'idempotent',
      response: nothing,
      encoding: 'none',
      status: 204,
    }),
  }) as const;

const project = 'projects/{projectName}';
const deployment = `${project}/deployments/{deploymentName}` as const;
const version = `${deployment}/versions/{version}` as const;
const environment = `${project}/environments/{environmentName}` as const;
const tag = `${environment}/tags/{tagName}` as const;

/** Of a project. */
export const projectVariables = variablesBelow(
  `${project}/environment-variables`,
  'ubiops 4.14.0 docs/Projects.md#project_environment_variables',
  {},
);

/** Of a deployment. */
export const deploymentVariables = variablesBelow(
  `${deployment}/environment-variables`,
  'ubiops 4.14.0 docs/Deployments.md#deployment_environment_variables',
  {},
);

/** Of a version. */
export const versionVariables = variablesBelow(
  `${version}/environment-variables`,
  'ubiops 4.14.0 docs/Deployments.md#deployment_version_environment_variables',
  {},
);

/** Of builds of an environment. */
export const secrets = {
  ...variablesBelow(
    `${environment}/secrets`,
    'ubiops 4.14.0 docs/Environments.md#environment_secrets',
    before,
  ),
  copy: endpoint({
    ...before,
    method: 'POST',
    path: `/${environment}/copy-secrets`,
    summary: 'Take over the secrets of another environment.',
    source: 'ubiops 4.14.0 docs/Environments.md#environment_secrets_copy',
    replay: 'idempotent',
    body: z.strictObject({ source_environment: z.string().min(1) }),
    response: z.array(Variable),
    status: 201,
  }),
} as const;

/** Of builds of a tag. */
export const tagSecrets = {
  ...variablesBelow(`${tag}/secrets`, 'ubiops 4.15.0 docs/Environments.md#environment_tag_secrets', since),
  copy: endpoint({
    ...since,
    method: 'POST',
    path: `/${tag}/copy-secrets`,
    summary: 'Take over the secrets of another tag.',
    source: 'ubiops 4.15.0 docs/Environments.md#environment_tag_secrets_copy',
    replay: 'idempotent',
    body: z.strictObject({ source_environment: z.string().min(1), source_tag: z.string().min(1) }),
    response: z.array(Variable),
    status: 201,
  }),
} as const;
