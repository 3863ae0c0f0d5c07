/** The deploy step, as plans look at it. */
import type { deploy as kind } from '../../steps/domino/deploy.js';
import { markerOf } from '../effect/attempt.js';
import { findModelApi, markedVersions } from './deployments/model-apis.js';
import { createProjectIds } from './projects.js';
import { mayRun } from '../effect/phases.js';
import { isStopping, servingPhase } from './statuses.js';
import { calling, look, runs, taken } from '../steps/step-effects.js';
import { existing } from './environment.js';
import type { DominoEffectsOf } from './effects-of.js';

export const deploy: DominoEffectsOf<typeof kind> = {
  unforeseen: {
    why: 'deploys what the steps above make',
    endpoints: ['modelApis.createVersion'],
    endpointsFor: async ({ deps }, { name, project }) => {
      const modelApi = await findModelApi(deps, await createProjectIds(deps.domino)(project), name);
      return [modelApi === null ? 'modelApis.create' : 'modelApis.createVersion'];
    },
  },
  foresee: async (foresight, effect, { project: _, needed: _needed, serveWithin: _within, ...spec }) => {
    const { restores: _restores, ...asked } = spec;
    const found = await foresight.foresee((effects) =>
      effects.ensureModelApiVersion({ ...effect, ...asked }),
    );
    const deployment = found.answer;
    if (deployment === null) return runs(`deploys to ${spec.name}`, calling(found.endpoints, spec.name));
    const { modelApiId, versionId, link } = deployment;
    const which = `version ${deployment.number ?? versionId}`;
    const adopts = { kind: 'modelApiVersion', id: versionId, link } as const;
    const version = await foresight.deps.domino.modelApis.getVersion({ path: { modelApiId, versionId } });
    if (isStopping(version.deployment?.status ?? ''))
      return { why: 'it is stopped', calls: [], adopts, dead: `${which} was stopped` };
    const { connection } = effect;
    const seen = await look(foresight, (effects) => effects.awaitModelApiVersion({ connection, deployment }));
    return taken(seen, adopts, `${which} serves`);
  },
  stands: async ({ deps }, { modelApiId, versionId }) => {
    const found = await existing(deps.domino.modelApis.getVersion({ path: { modelApiId, versionId } }));
    return found !== null && !['failed', 'stopped'].includes(servingPhase(found.deployment));
  },
  stopsBy: 'modelApis.stopVersion',
  leftRunning: async ({ deps }, { origin }, { project, name }) => {
    const modelApi = await findModelApi(deps, await createProjectIds(deps.domino)(project), name);
    if (modelApi === null) return [];
    const versions = await markedVersions(deps, modelApi.id, markerOf(origin));
    const phases = versions.map(({ deployment }) => servingPhase(deployment));
    // What serves is replaced by what is deployed next, and not stopped before it.
    if (phases.includes('succeeded') || !phases.some(mayRun)) return [];
    return versions.map(({ number, id }) => ({
      endpoint: 'modelApis.stopVersion',
      on: `version ${number ?? id}`,
    }));
  },
};
