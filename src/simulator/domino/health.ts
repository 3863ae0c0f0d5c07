/** Sets the health of a model API's version from outside. */
import { z } from 'zod';
import { read } from '../bodies.js';
import { notFound } from '../errors.js';
import { type Simulation, need } from './world/simulation.js';

const HealthBody = z.strictObject({
  modelApiId: z.string(),
  versionId: z.string(),
  status: z.enum(['Running', 'Failed', 'Stalled', 'Unreachable']),
});

/**
 * Sets the status of a version, from the body of `POST /_simulator/health`, until it is started again.
 *
 * @throws Refusal 400, 404
 */
export function setHealth({ state, clock }: Simulation, body: unknown): object {
  const { modelApiId, versionId, status } = read(HealthBody, body);
  const { versions } = need(state.modelApis, modelApiId, 'model API');
  const version = versions.find(({ id }) => id === versionId);
  if (version === undefined) throw notFound('model API version', versionId);
  version.told = { at: clock.now(), status };
  return { modelApiId, versionId, status };
}
