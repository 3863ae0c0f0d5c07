/** The types of deployment targets that there are, and what their configurations must hold. */
import { Refusal } from '../errors.js';
import type { Configuration } from './world/administration.js';

interface Schema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, { readonly type: 'string' | 'integer' }>>;
  readonly required: readonly string[];
}

/** A type of deployment targets. */
export interface TargetType {
  readonly id: string;
  readonly name: string;
  /** What the configuration of a target holds. */
  readonly target: Schema;
  /** What a resource configuration holds. */
  readonly resource: Schema;
  readonly resources: Readonly<Record<string, Configuration>>;
}

const object = (properties: Schema['properties'], ...required: string[]): Schema => ({
  type: 'object',
  properties,
  required,
});

const all: readonly TargetType[] = [
  {
    id: '5a67e3aa-0000-4000-8000-000000000001',
    name: 'sagemaker',
    target: object({ region: { type: 'string' }, executionRoleArn: { type: 'string' } }, 'region'),
    resource: object(
      { instanceType: { type: 'string' }, instanceCount: { type: 'integer' } },
      'instanceType',
    ),
    resources: { small: { instanceType: 'ml.m5.large', instanceCount: 1 } },
  },
];

/** The types of deployment targets, by id. */
export const targetTypes: ReadonlyMap<string, TargetType> = new Map(all.map((type) => [type.id, type]));

/**
 * Refuses a configuration that its type does not know.
 *
 * @throws Refusal 400
 */
export function checkConfiguration(schema: Schema, configuration: Configuration): void {
  for (const name of schema.required)
    if (configuration[name] === undefined) throw new Refusal(400, `configuration.${name} is missing`);
  for (const [name, value] of Object.entries(configuration)) {
    const type = schema.properties[name]?.type;
    if (type === undefined) throw new Refusal(400, `configuration.${name} is not known`);
    if (type === 'string' ? typeof value !== 'string' : !Number.isInteger(value))
      throw new Refusal(400, `configuration.${name} must be of type ${type}`);
  }
}

const none = object({});
const perModel = { sharedSchema: none, modelSpecificSchema: none };

/** `DeploymentTargetType`. */
export const typeView = ({ id, name, target, resource, resources }: TargetType) => ({
  id,
  name,
  dataPlaneId: '000000000000000000000000',
  operatorVersion: '1.0.0',
  deploymentTargetConfigurationSchemas: {
    targetConfigSchema: { ...target },
    resourceConfigSchema: { ...resource },
    defaultResourceConfigs: resources,
  },
  modelDeploymentConfigurationSchemas: perModel,
  modelDeploymentStateSchemas: perModel,
  modelDeploymentTypeConfigurationSchemas: {},
  modelDeploymentTypeStateSchemas: {},
  modelDeploymentCustomResourceDefinition: {
    group: 'simulator.test',
    kind: 'ModelDeployment',
    version: 'v1',
  },
  modelDeploymentSupportedModelSources: ['MODELREGISTRY'],
});
