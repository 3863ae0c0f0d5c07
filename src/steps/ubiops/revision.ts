/** A revision of an environment: found by its content, or added, which begins to build it. */
import { type UbiOpsUndoTarget, defineUbiOpsStep } from './effects.js';
import type { RevisionOutput, RevisionSpec } from './environments.js';

export const revision = defineUbiOpsStep<RevisionSpec, RevisionOutput>({
  kind: 'ubiops.revision',
  holds: {
    project: 'a text',
    environment: 'a text',
    revisionId: 'an id',
    buildId: 'an id',
    tag: 'a text or null',
    content: 'a text',
    created: 'true or false',
    built: 'true or false',
  },
  sameBy: ['project', 'environment', 'revisionId', 'tag'],
  isWithin: ['ubiops.environment'],
  at: ({ environment: { project, environment } }) => ({ project, environment }),
  madeFrom: ({ given: _, ...spec }) => spec,
  recorded: {
    ends: ['ensureRevision'],
    output: ['ensureRevision'],
    undo: ['cancelEnvironmentBuild', 'archiveUnusedEnvironment'],
  },
  leaves: {
    // What it may have sent carries no marker: its build ends by itself, and whoever asks for its content reuses it.
    unfinished: () => [],
  },
  refersTo: ({ revisionId: id }) => [{ kind: 'revision', id }],
  reuses: ({ created, environment: name, revisionId, tag }) =>
    created ? null : tag === null ? `revision ${revisionId} of ${name}` : `${name}:${tag}`,
  perform: async (step, spec) => {
    const { effect, effects } = step;
    const { project, environment } = spec.environment;
    const { connection } = effect;
    const before = await step.once(() => effects.getRevisionsBefore({ ...spec, connection }));
    const target: UbiOpsUndoTarget = { undo: 'cancelEnvironmentBuild', project, environment, before };
    const answered = step.undo('running', target);
    const made = await effects.ensureRevision({ ...effect, ...spec, before });
    answered({ id: made.buildId, parent: made.revisionId }, made, { ...target, tag: made.tag });
    return made;
  },
});
