/** A revision of an environment: found by its content, or added. */
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
  running: ({ environment: { environmentId } }) => ({ undo: 'cancelBuild', environmentId }),
  refersTo: ({ revisionId }) => [{ kind: 'revision', id: revisionId }],
  perform: (step, { environment, environmentStep, dockerfile }) => {
    const { environmentId, revisionId, created } = environment;
    if (created && revisionId !== null) {
      const first = { undo: 'cancelBuild', environmentId, revisionId } as const;
      step.undo('running', first, step.effectOf(environmentStep))({ id: revisionId }, {});
    }
    step.undo('running', { undo: 'cancelBuild', environmentId });
    return step.effects.ensureRevision({ ...step.effect, environment, dockerfile });
  },
});
