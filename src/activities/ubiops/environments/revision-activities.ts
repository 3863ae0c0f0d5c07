/** Revisions and builds as activities, in the spelling of their connection. */
import type { EnvironmentEffects } from '../../../steps/ubiops/environments.js';
import { attempted } from '../../effect/attempt.js';
import { creating } from '../../effect/ensure.js';
import { fromKnown, ofKnown } from '../../effect/known-objects.js';
import { awaiting } from '../../effect/lookout/handing-over.js';
import { hasTags } from '../dependencies.js';
import { createBuildWatching } from './build-watching.js';
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
      ofKnown((of: Parameters<RevisionEffects['getRevisionsBefore']>[0]) => revisions.before(of)),
    ),
    ensureRevision: creating(
      deps,
      fromKnown((spec: Parameters<RevisionEffects['ensureRevision']>[0], attempt) =>
        revisions.ensure(spec, attempt),
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
