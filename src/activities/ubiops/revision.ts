/** The revision step, as plans look at it. */
import type { revision as kind } from '../../steps/ubiops/revision.js';
import type { BuildPlace } from '../../steps/ubiops/environments.js';
import { ifThere } from '../effect/known-objects.js';
import { mayRun } from '../effect/phases.js';
import { calling, look, runs } from '../steps/step-effects.js';
import type { UbiOpsEffectsOf, UbiOpsForesight } from './effects-of.js';
import { createContents } from './environments/contents.js';
import { tagPathOf } from './environments/tags.js';
import { buildPhase } from './statuses.js';

export const revision: UbiOpsEffectsOf<typeof kind> = {
  unforeseen: { why: 'adds its package to the new environment' },
  foresee: async (foresight, effect, spec) => {
    const { connection } = effect;
    const { environment } = spec.environment;
    const { answer, endpoints } = await foresight.foresee(async (effects) => {
      const before = await effects.getRevisionsBefore({ ...spec, connection });
      return effects.ensureRevision({ ...effect, ...spec, before });
    });
    const calls = calling(endpoints, `environment ${environment}`);
    if (answer === null) return runs('the newest revision has another content', calls);
    const adopted = {
      calls,
      adopts: { kind: 'revision', id: answer.revisionId },
      output: answer,
    } as const;
    const seen = await look(foresight, (effects) => effects.awaitBuild({ connection, revision: answer }));
    if (seen.state === 'dead') return { ...adopted, why: seen.why, dead: seen.why };
    return { ...adopted, why: `revision ${answer.revisionId} has this content` };
  },
  stands: isUsable,
};

/**
 * Whether its content is the newest of its environment, where that matters, and its build has neither failed nor been
 * cancelled.
 */
export async function isUsable(
  { deps }: UbiOpsForesight,
  place: Omit<BuildPlace, 'content'>,
): Promise<boolean> {
  const { ubiops } = deps;
  const { project: projectName, environment: environmentName, revisionId, buildId, tag } = place;
  const isFine = (status: string | null | undefined): boolean => {
    const phase = buildPhase(status);
    return phase === 'succeeded' || mayRun(phase);
  };
  if (tag !== null) {
    const found = await ifThere(ubiops.tags.get({ path: tagPathOf(place) }));
    return found !== null && isFine(found.status);
  }
  const path = { projectName, environmentName };
  const now = await ifThere(ubiops.environments.get({ path }));
  if (now === null) return false;
  const latest = now.latest_revision ?? revisionId;
  if (latest !== revisionId) {
    const { ofRevision } = createContents(deps);
    const content = await ofRevision({ ...path, revisionId });
    if (content === null || content !== (await ofRevision({ ...path, revisionId: latest }))) return false;
  }
  const build = await ifThere(ubiops.builds.get({ path: { ...path, revisionId, buildId } }));
  return build !== null && isFine(build.status);
}
