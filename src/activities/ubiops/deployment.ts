/** The deployment step, as plans look at it. */
import type { deployment as kind } from '../../steps/ubiops/deployment.js';
import type { VersionOutput, VersionStart } from '../../steps/ubiops/deployments.js';
import { markerOf } from '../effect/attempt.js';
import { ifThere } from '../effect/known-objects.js';
import { type Seen, type StepForesight, calling, look, runs } from '../steps/step-effects.js';
import { pathOf } from './deployments/version-path.js';
import { defaultOf } from './deployments/serving.js';
import type { UbiOpsEffectsOf, UbiOpsForesight } from './effects-of.js';

type Room = UbiOpsEffectsOf<typeof kind>;
type Spec = Parameters<Room['foresee']>[2];
type Effect = Parameters<Room['foresee']>[1];

export const deployment: Room = {
  unforeseen: {
    why: 'deploys what the steps above make',
    endpoints: ['versions.create', 'deploymentRevisions.upload', 'deployments.update'],
  },
  foresee: async (foresight, effect, spec) => {
    const { project, deployment: name, input, output, version, settings, files, variables } = spec;
    const { supportsRequestFormat } = spec;
    const asked = { project, deployment: name, input, output, supportsRequestFormat };
    const first = await foresight.foresee((effects) => effects.ensureDeployment({ ...effect, spec: asked }));
    if (first.answer === null) return runs(`there is no deployment ${name}`, calling(first.endpoints, name));
    const made = await foresight.foresee((effects) =>
      effects.ensureVersion({
        ...effect,
        spec: { project, deployment: name, version, settings, content: { files, variables } },
      }),
    );
    if (made.answer === null) return runs('no version is made of the same', calling(made.endpoints, name));
    return foreseeVersion(foresight, effect, spec, made.answer);
  },
  stands: async ({ deps }, made) =>
    (await ifThere(deps.ubiops.versions.get({ path: pathOf(made) }))) !== null,
  // Somebody may have uploaded another package since, or have told requests to go elsewhere.
  outdated: async ({ deps }, { output: made }) => {
    const { active_revision: active } =
      (await ifThere(deps.ubiops.versions.get({ path: pathOf(made) }))) ?? {};
    if (active != null && active !== made.revisionId)
      return `version ${made.version} of ${made.deployment} runs on package ${active} now, not on ${made.revisionId}`;
    if (!made.promoted) return null;
    const serves = await defaultOf(deps, made);
    return serves === made.version
      ? null
      : `requests to ${made.deployment} go to ${serves ?? 'no version'} now, not to ${made.version}`;
  },
  stopsBy: 'versions.delete',
  leftRunning: async ({ deps }, { origin }, { project: projectName, deployment: deploymentName }) => {
    const path = { projectName, deploymentName };
    const found = await ifThere(deps.ubiops.versions.list({ path, query: {} }));
    const own = (found ?? []).filter(({ description }) => description?.includes(markerOf(origin)) === true);
    if (own.length === 0) return [];
    // What serves is replaced by what is deployed next, or taken back beside it, and not stopped before it.
    const serves = await defaultOf(deps, { project: projectName, deployment: deploymentName });
    return own
      .filter(({ version }) => version !== serves)
      .map(({ version }) => ({ endpoint: 'versions.delete', on: `version ${version}` }));
  },
};

/** What is left to do where a version made of the same is there. */
async function foreseeVersion(
  foresight: UbiOpsForesight,
  effect: Effect,
  { files, promote }: Spec,
  made: VersionStart,
): Promise<StepForesight> {
  const { project, deployment: name, version } = made;
  const place = { project, deployment: name, version };
  const { connection } = effect;
  const uploaded = await foresight.foresee(async (effects) => {
    const before = await effects.getPackages({ connection, version: place });
    return effects.ensurePackage({ ...effect, version: place, package: { files }, before });
  });
  const adopts = { kind: 'deploymentVersion', id: version } as const;
  if (uploaded.answer === null)
    return { ...runs(`version ${version} has no package of it`, calling(uploaded.endpoints, name)), adopts };
  const { revisionId } = uploaded.answer;
  const seen: Seen<{ readonly revisionId: string }> = await look(foresight, (effects) =>
    effects.awaitPackage({ connection, version: place, revisionId }),
  );
  if (seen.state === 'dead') return { why: seen.why, calls: [], adopts, dead: seen.why };
  const serves = await defaultOf(foresight.deps, place);
  const calls = promote && serves !== version ? calling(['deployments.update'], name) : [];
  if (seen.state === 'under way') return { why: seen.why, calls, adopts };
  if (calls.length > 0) return { why: `version ${version} is built, and does not serve yet`, calls, adopts };
  const { activeRevision: _, ...known } = made;
  const output: VersionOutput = { ...known, revisionId, promoted: serves === version, previous: null };
  return { why: `version ${version} ${promote ? 'serves' : 'is built'}`, calls, adopts, output };
}
