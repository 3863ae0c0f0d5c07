/** A revision of an environment: found by its content, or added. */
import type { EnvironmentOutput, RevisionOutput } from '../../run/undoing/effects.js';
import { type DominoUndoTarget, defineDominoStep } from './effects.js';

export interface RevisionSpec {
  readonly environment: EnvironmentOutput;
  readonly dockerfile: string;
}

export const revision = defineDominoStep<RevisionSpec, RevisionOutput>({
  kind: 'domino.revision',
  holds: { environmentId: 'an id', revisionId: 'an id', created: 'true or false' },
  mayHold: { builtImage: 'a text' },
  sameBy: ['revisionId'],
  renewable: true,
  isWithin: ['domino.environment'],
  recorded: {
    ends: ['ensureRevision'],
    output: ['ensureRevision'],
    undo: ['cancelBuild', 'archiveEnvironment'],
  },
  running: ownBuild,
  refersTo: ({ revisionId }) => [{ kind: 'revision', id: revisionId }],
  reuses: ({ created, number }, { environment: { name } }) =>
    created ? null : `revision ${number} of ${name}`,
  perform: (step, spec) => {
    step.undo('running', ownBuild(spec));
    const { environment, dockerfile } = spec;
    return step.effects.ensureRevision({ ...step.effect, environment, dockerfile });
  },
});

/** Adding a revision begins to build it. */
function ownBuild({ environment: { environmentId } }: RevisionSpec): DominoUndoTarget {
  return { undo: 'cancelBuild', environmentId };
}
