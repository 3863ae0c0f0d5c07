/** Calls of endpoints whose objects have names of their own, against the simulator over HTTP: once, whatever is lost on the way. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCallActivities } from '../../../src/activities/steps/calls.js';
import type { CallSpec } from '../../../src/run/documents/requests.js';
import type { Json } from '../../../src/run/json.js';
import { call } from '../../../src/steps/call.js';
import { calls, created } from '../../support/ledger.js';
import { type Performing, contextOf } from '../performing.js';
import { type UbiOpsSetting, openUbiOps } from './setting.js';

const origin = { runId: 'call.x', firstAttemptId: 'a', step: 'call', generation: 1 };
const fields = [{ name: 'text', data_type: 'string' }];
const params = { projectName: 'iris' };
const deployment = {
  name: 'mine',
  input_fields: fields,
  output_fields: fields,
  input_type: 'structured' as const,
};

describe.each(['v2.1', 'v2'] as const)('on UbiOps in /%s', (dialect) => {
  let setting: UbiOpsSetting;
  beforeEach(async () => (setting = await openUbiOps(dialect)));
  afterEach(() => setting.close());

  const perform = (spec: CallSpec, more: Partial<Performing> = {}): Promise<Json> => {
    const between = () => setting.pass(5);
    const { step } = contextOf(createCallActivities(setting.deps), { origin, between, ...more });
    return call.perform(step, spec);
  };

  /** By endpoint: the kind of its object, and what it is called with. */
  const cases: Record<string, [kind: string, spec: Omit<CallSpec, 'endpoint'>]> = {
    'deployments.create': ['deployment', { params, body: deployment }],
    'versions.create': [
      'deploymentVersion',
      { params: { ...params, deploymentName: 'echo' }, body: { version: 'v1', environment: 'python3-12' } },
    ],
    'environments.create': ['environment', { params, body: { name: 'mine', description: 'of mine' } }],
    ...(dialect === 'v2' && {
      'tags.create': [
        'environmentTag',
        { params: { ...params, environmentName: 'own' }, body: { name: 't1' } },
      ],
    }),
  };

  describe.each(Object.keys(cases))('%s', (name) => {
    const [kind = '', given = {}] = cases[name] ?? [];
    const spec: CallSpec = { endpoint: `ubiops.${name}`, ...given };
    const made = (): number => created(setting.simulator, kind).length;
    let before = 0;
    beforeEach(async () => {
      const { deployments, environments } = setting.deps.ubiops;
      if (kind === 'deploymentVersion')
        await deployments.create({
          path: params,
          body: { ...deployment, name: 'echo' },
        });
      if (kind === 'environmentTag') await environments.create({ path: params, body: { name: 'own' } });
      before = made();
    });

    it.each(['lose-answer', 'truncate', 'lose-request'])(
      'makes one where something is lost: %s',
      async (lost) => {
        await setting.inject({ endpoint: name, kind: lost });
        const { body, inDoubt } = (await perform(spec)) as { body: Json; inDoubt?: true };
        expect([made() - before, inDoubt]).toEqual([1, true]);
        expect(body).toMatchObject(
          Object.fromEntries(
            Object.entries(spec.body ?? {}).filter(([key]) => ['name', 'version'].includes(key)),
          ),
        );
      },
    );

    it('takes it over by another worker where its worker has died, and in another attempt', async () => {
      const { body } = (await perform(spec)) as { body: Json };
      const sent = calls(setting.simulator, name);
      expect(await perform(spec, { firstTry: 2 })).toMatchObject({ body, inDoubt: true });
      expect(await perform(spec, { begunBefore: true })).toMatchObject({ body, inDoubt: true });
      expect([made() - before, calls(setting.simulator, name)]).toEqual([1, sent]);
    });

    it.each([400, 409])(
      'fails where another one has the name, however that is refused: %s',
      async (duplicates) => {
        await setting.behave({ duplicates });
        await perform(spec);
        await expect(perform(spec, { origin: { ...origin, runId: 'call.y' } })).rejects.toMatchObject({
          type: duplicates === 400 ? 'REQUEST_REJECTED' : 'CONFLICT',
        });
        expect(made() - before).toBe(1);
      },
    );
  });

  it('waits for a person where what has the name after a lost answer is something else', async () => {
    const spec = { endpoint: 'ubiops.deployments.create', params, body: deployment };
    await perform({ ...spec, body: { ...deployment, input_type: 'plain', input_fields: [] } });
    await expect(perform(spec, { firstTry: 2 })).rejects.toMatchObject({
      type: 'CONFLICT',
      message: 'ubiops.deployments.create: mine is there with another input_type',
    });
    expect(created(setting.simulator, 'deployment')).toHaveLength(1);
  });
});
