import { describe, expect, it } from '@jest/globals';
import { type Stage, onStage } from './stage.js';

const targets = '/api/admin/v1/deploymentTargets';
const small = { name: 'small', description: 'for trials', configuration: { instanceType: 'ml.m5.large' } };

async function newTarget({ get, post }: Stage, fields: object = {}) {
  const [type] = (await get('/api/admin/v1/deploymentTargetTypes')).list;
  return post(targets, {
    ...{ name: 'eu', deploymentTargetTypeId: type?.id, configuration: { region: 'eu-west-1' } },
    ...{ isGloballyAccessible: true, userAndOrganizationIds: [] },
    resourceConfigurations: [{ ...small, isDefault: true }],
    ...fields,
  });
}

describe('deployment targets', () => {
  it(
    'are of a type, which tells what their configurations hold',
    onStage({}, async (stage) => {
      const [type] = (await stage.get('/api/admin/v1/deploymentTargetTypes')).list;
      const one = await stage.get(`/api/admin/v1/deploymentTargetTypes/${type?.id}`);
      expect(one.body).toEqual(type);
      expect(one.body).toMatchObject({
        name: 'sagemaker',
        deploymentTargetConfigurationSchemas: { targetConfigSchema: { required: ['region'] } },
      });
      const wrong = async (fields: object) => (await newTarget(stage, fields)).body.error;
      expect(await wrong({ configuration: {} })).toBe('configuration.region is missing');
      expect(await wrong({ configuration: { region: 1 } })).toBe(
        'configuration.region must be of type string',
      );
      expect(await wrong({ configuration: { region: 'x', zone: 'y' } })).toBe(
        'configuration.zone is not known',
      );
      expect(await wrong({ deploymentTargetTypeId: 'none' })).toBe(
        'No deployment target type "none" was found',
      );
      expect(await wrong({ name: '' })).toBe('Json validation error: /name error.minLength');
      expect((await stage.get(targets)).body.items).toEqual([]);
    }),
  );

  it(
    'live with their resource configurations, of which one is the default',
    onStage({}, async (stage) => {
      const { get, call, simulator } = stage;
      const created = (await newTarget(stage)).body as unknown as {
        id: string;
        defaultResourceConfigurationId: string;
      };
      const { id, defaultResourceConfigurationId: first } = created;
      expect(created).toMatchObject({
        deploymentTargetTypeName: 'sagemaker',
        resourceConfigurations: [{ ...small, id: first, deploymentTargetId: id }],
      });
      expect((await get(`${targets}?deploymentType=sagemaker&name=eu`)).body.items).toEqual([created]);
      expect((await get(`${targets}?name=us`)).body.items).toEqual([]);
      const medium = { id: first, name: 'medium' };
      const changed = await call('PATCH', `${targets}/${id}`, {
        name: 'eu-2',
        resourceConfigurations: [medium, small],
      });
      expect(changed.body).toMatchObject({
        name: 'eu-2',
        defaultResourceConfigurationId: first,
        resourceConfigurations: [{ id: first, name: 'medium' }, { name: 'small' }],
      });
      expect((await get(`${targets}/${id}`)).body).toEqual(changed.body);
      expect((await call('DELETE', `${targets}/${id}`)).status).toBe(204);
      expect((await get(`${targets}/${id}`)).status).toBe(404);
      expect(simulator.ledger().flatMap(({ effects }) => effects)).toMatchObject([
        { change: 'created', kind: 'deploymentTarget', id },
        { change: 'created', kind: 'resourceConfiguration', id: first },
        { change: 'changed', kind: 'deploymentTarget', id },
        { change: 'changed', kind: 'deploymentTarget', id },
      ]);
    }),
  );

  it(
    'get, change and lose resource configurations one by one',
    onStage({}, async (stage) => {
      const { get, post, call } = stage;
      const { id } = (await newTarget(stage)).body;
      const path = `${targets}/${id}/resourceConfigurations`;
      const large = { name: 'large', configuration: { instanceType: 'ml.m5.xlarge', instanceCount: 2 } };
      const made = (await post(path, { ...large, isDefault: true })).body;
      expect((await get(`${targets}/${id}`)).body).toMatchObject({ defaultResourceConfigurationId: made.id });
      expect((await get(`${path}?name=large`)).body).toMatchObject({
        items: [made],
        metadata: { totalCount: 1 },
      });
      const one = `${path}/${made.id}`;
      expect((await call('PATCH', one, { id: made.id, description: 'big' })).body).toMatchObject({
        ...{ ...large, description: 'big' },
      });
      expect((await call('PATCH', one, { id: 'other' })).body.error).toBe('id must be the one of the path');
      expect((await post(path, { name: 'b', configuration: {} })).body.error).toBe(
        'configuration.instanceType is missing',
      );
      expect((await call('DELETE', one)).status).toBe(204);
      expect((await get(one)).status).toBe(404);
      const left = (await get(`${targets}/${id}`)).body;
      expect(left).not.toHaveProperty('defaultResourceConfigurationId');
      expect(left).toMatchObject({ resourceConfigurations: [{ name: 'small' }] });
    }),
  );
});
