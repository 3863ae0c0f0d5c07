/** Revisions and builds as activities, in the spelling of their connection. */
import type { EnvironmentEffects, RevisionSpec } from '../../../steps/ubiops/environments.js';
import { attempted } from '../../effect/attempt.js';
import { creating } from '../../effect/ensure.js';
import { fromKnown, ofKnown } from '../../effect/known-objects.js';
import { awaiting } from '../../effect/lookout/handing-over.js';
import { type UbiOpsDependencies, hasTags } from '../dependencies.js';
import { type Needed, needed, needing } from '../missing.js';
import { createBuildWatching } from './build-watching.js';
import { sourceNeeded } from './contents.js';
import { type Revising, createRevisions } from './revisions.js';
import { createTags } from './tags.js';

type RevisionEffects = Pick<
  EnvironmentEffects,
  'getRevisionsBefore' | 'ensureRevision' | 'getBuilds' | 'ensureBuild' | 'awaitBuild'
>;

/** Builds them. What is asked here of an environment, an earlier step has found or made. */
export function createRevisionActivities(revising: Revising): RevisionEffects {
  const { deps } = revising;
  const revisions = hasTags(deps) ? createTags(revising) : createRevisions(revising);
  return {
    getRevisionsBefore: attempted(
      deps,
      ofKnown((of: Parameters<RevisionEffects['getRevisionsBefore']>[0]) =>
        needing(deps, neededBy(deps, of), () => revisions.before(of)),
      ),
    ),
    ensureRevision: creating(
      deps,
      fromKnown((spec: Parameters<RevisionEffects['ensureRevision']>[0], attempt) =>
        needing(deps, neededBy(deps, spec), () => revisions.ensure(spec, attempt)),
      ),
    ),
    getBuilds: attempted(
      deps,
      ofKnown((of: Parameters<RevisionEffects['getBuilds']>[0]) => revisions.builds(of)),
    ),
    ensureBuild: creating(
      deps,
      fromKnown((spec: Parameters<RevisionEffects['ensureBuild']>[0], attempt) =>
        revisions.ensureBuild(spec, attempt),
      ),
    ),
    awaitBuild: awaiting(deps, createBuildWatching(revising)),
  };
}

/** What an earlier step has found or made is there; what it builds on or is copied from, the input may name. */
function neededBy(deps: UbiOpsDependencies, { environment, source, given }: RevisionSpec): Needed[] {
  const { project, environment: value, base } = environment;
  const naming = { project, given };
  const ofBase = { project, given: ['base'] }; // the environment step has it from its input
  return [
    ...needed(naming, 'environment', 'environment', { value }),
    ...sourceNeeded(naming, source),
    ...(hasTags(deps) ? needed(ofBase, 'environment', 'base', { value: base ?? undefined }) : []),
  ];
}
