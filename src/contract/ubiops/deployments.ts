/** Deployments: an input, an output, and the versions that turn one into the other. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { AuditEvent, auditFilter } from './audit.js';
import { Labels, labelFilter, nothing } from './fields.js';

const Field = z.looseObject({ name: z.string(), data_type: z.string() });

/** A deployment. */
export const Deployment = z.object({
  id: z.string().nullish(),
  name: z.string(),
  project: z.string().nullish(),
  description: z.string().nullish(),
  supports_request_format: z.boolean().nullish(),
  input_type: z.string().nullish(),
  output_type: z.string().nullish(),
  input_fields: z.array(Field).nullish(),
  output_fields: z.array(Field).nullish(),
  labels: Labels.nullish(),
  creation_date: z.string().nullish(),
  last_updated: z.string().nullish(),
  /** The version that requests to the deployment go to; its first one, until another is stated. */
  default_version: z.string().nullish(),
});

const NewField = z.strictObject({
  name: z.string().min(1),
  data_type: z.string().min(1),
  widget: z.looseObject({}).optional(),
});

const described = {
  description: z.string().optional(),
  input_fields: z.array(NewField).optional(),
  output_fields: z.array(NewField).optional(),
  labels: Labels.optional(),
};

const at = '/projects/{projectName}/deployments';

/** The endpoints of deployments. */
export const deployments = {
  create: endpoint({
    method: 'POST',
    path: at,
    summary: 'Create a deployment, without a version.',
    source: 'ubiops 4.14.0 docs/Deployments.md#deployments_create',
    replay: 'creates',
    found: {
      named: { deploymentName: 'name' },
      get: 'get',
      same: ['input_type', 'output_type', 'supports_request_format'],
    },
    body: z.strictObject({
      name: z.string().min(1).max(64),
      supports_request_format: z.boolean().optional(),
      input_type: z.enum(['structured', 'plain']).optional(),
      output_type: z.enum(['structured', 'plain']).optional(),
      ...described,
    }),
    response: Deployment,
    status: 201,
  }),
  list: endpoint({
    method: 'GET',
    path: at,
    summary: 'List the deployments of a project.',
    source: 'ubiops 4.14.0 docs/Deployments.md#deployments_list',
    replay: 'safe',
    query: z.strictObject({ ...labelFilter, supports_request_format: z.boolean().optional() }),
    response: z.array(Deployment),
  }),
  get: endpoint({
    method: 'GET',
    path: `${at}/{deploymentName}`,
    summary: 'Get a deployment with its default version.',
    source: 'ubiops 4.14.0 docs/Deployments.md#deployments_get',
    replay: 'safe',
    response: Deployment,
  }),
  update: endpoint({
    method: 'PATCH',
    path: `${at}/{deploymentName}`,
    summary: 'Update a deployment: `default_version` makes an available version the one that requests go to.',
    source: 'ubiops 4.14.0 docs/Deployments.md#deployments_update',
    replay: 'idempotent',
    body: z.strictObject({
      name: z.string().min(1).max(64).optional(),
      default_version: z.string().min(1).optional(),
      ...described,
    }),
    response: Deployment,
  }),
  delete: endpoint({
    method: 'DELETE',
    path: `${at}/{deploymentName}`,
    summary: 'Delete a deployment with its versions.',
    source: 'ubiops 4.14.0 docs/Deployments.md#deployments_delete',
    replay: 'idempotent',
    response: nothing,
    encoding: 'none',
    status: 204,
  }),
  audit: endpoint({
    method: 'GET',
    path: `${at}/{deploymentName}/audit`,
    summary: 'List who has done what to a deployment.',
    source: 'ubiops 4.14.0 docs/Deployments.md#deployment_audit_events_list',
    replay: 'safe',
    query: auditFilter,
    response: z.array(AuditEvent),
  }),
} as const;
