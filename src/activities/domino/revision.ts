/** The revision step, as plans look at it. */
import type { revision as kind } from '../../steps/domino/revision.js';
import { markerOf } from '../effect/attempt.js';
import { mayRun } from '../effect/phases.js';
import { buildPhase } from './statuses.js';
import { calling, look, runs } from '../steps/step-effects.js';
import { existing } from './environment.js';
import type { DominoEffectsOf, DominoForesight } from './effects-of.js';

export const revision: DominoEffectsOf<typeof kind> = {
  unforeseen: { why: 'the first revision of the new environment has its instructions' },
  foresee: async (foresight, effect, { environment, dockerfile }) => {
    const { answer, endpoints } = await foresight.foresee((effects) =>
      effects.ensureRevision({ ...effect, environment, dockerfile }),
    );
    const calls = calling(endpoints, `environment ${environment.name}`);
    if (answer === null) return runs('no revision has these instructions', calls);
    const { environmentId, revisionId, number } = answer;
    const adopted = { calls, adopts: { kind: 'revision', id: revisionId }, output: answer } as const;
    const seen = await look(foresight, (effects) =>
      effects.awaitBuild({ connection: effect.connection, environmentId, revisionId }),
    );
    if (seen.state === 'dead') return { ...adopted, why: seen.why, dead: seen.why };
    return { ...adopted, why: `revision ${number} has these instructions` };
  },
  stands: (foresight, { revisionId }, { environment }) =>
    isUsable(foresight, { environmentId: environment.environmentId, revisionId }),
  stopsBy: 'environments.cancelBuild',
  leftRunning: async ({ deps }, { origin }, { environment }) => {
    const path = { environmentId: environment.environmentId };
    const { latestRevision, latestRevisionDetails } =
      (await existing(deps.domino.environments.details({ path }))) ?? {};
    const isRunning =
      latestRevisionDetails?.summary?.includes(markerOf(origin)) === true &&
      mayRun(buildPhase(latestRevision?.status));
    return isRunning ? [{ endpoint: 'environments.cancelBuild', on: `environment ${environment.name}` }] : [];
  },
};

/** Whether a revision is there, and its build has neither failed nor been cancelled. */
export async function isUsable(
  { deps }: DominoForesight,
  path: { readonly environmentId: string; readonly revisionId: string },
): Promise<boolean> {
  const found = await existing(deps.domino.environments.getRevision({ path }));
  return found !== null && !['failed', 'stopped'].includes(buildPhase(found.status));
}
