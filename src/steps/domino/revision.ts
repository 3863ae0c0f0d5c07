/** A revision of an environment: found by its content, or added. */
import type { UndoTarget } from '../../pipeline/effect.js';
import type { EnvironmentOutput, RevisionOutput } from '../../pipeline/effects.js';
import { defineStep } from '../define.js';

export interface RevisionSpec {
  readonly environment: EnvironmentOutput;
  /** The step that has made the environment: its first build is undone on behalf of that one. */
  readonly environmentStep: string;
  readonly dockerfile: string;
}

export const revision = defineStep<RevisionSpec, RevisionOutput>({
  kind: 'domino.revision',
  holds: { environmentId: 'an id', revisionId: 'an id', created: 'true or false' },
  mayHold: { builtImage: 'a text' },
  sameBy: ['revisionId'],
  renewable: true,
  isWithin: true,
  recorded: {
    ends: ['ensureRevision'],
    output: ['ensureRevision'],
    undo: ['cancelBuild', 'archiveEnvironment'],
  },
  running: ownBuild,
  leaves: {
    unfinished: (spec, { cleanup }) => {
      const first = cleanup ? null : firstBuild(spec); // with its environment, its builds go
      return [...(first === null ? [] : [first]), { target: ownBuild(spec) }];
    },
  },
  refersTo: ({ revisionId }) => [{ kind: 'revision', id: revisionId }],
  perform: (step, spec) => {
    const first = firstBuild(spec);
    if (first !== null) step.undo('running', first.target, step.effectOf(first.madeBy))(first.made, {});
    step.undo('running', ownBuild(spec));
    const { environment, dockerfile } = spec;
    return step.effects.ensureRevision({ ...step.effect, environment, dockerfile });
  },
});

/** Adding a revision begins to build it. */
function ownBuild({ environment: { environmentId } }: RevisionSpec): UndoTarget {
  return { undo: 'cancelBuild', environmentId };
}

/** The build that making the environment has begun: nobody needs it any more. */
function firstBuild({ environment, environmentStep: madeBy }: RevisionSpec) {
  const { environmentId, revisionId, created } = environment;
  if (!created || revisionId == null) return null;
  return {
    target: { undo: 'cancelBuild' as const, environmentId, revisionId },
    made: { id: revisionId },
    madeBy,
  };
}
