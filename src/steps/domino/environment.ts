/** An environment: found by its id or its name, or created. */
import type { EnvironmentOutput, EnvironmentSpec } from '../../run/undoing/effects.js';
import { defineDominoStep } from './effects.js';

/** An environment that exists, or one that is made when there is none of its name. */
export type EnvironmentStepSpec = { readonly id: string } | EnvironmentSpec;

export const environment = defineDominoStep<EnvironmentStepSpec, EnvironmentOutput>({
  kind: 'domino.environment',
  holds: { environmentId: 'an id', revisionId: 'an id or null', created: 'true or false' },
  mayHold: { name: 'a text', image: 'a text or null' },
  sameBy: ['environmentId', 'image'],
  isNamed: true,
  looksUp: true,
  recorded: {
    ends: ['getEnvironment', 'ensureEnvironment'],
    output: ['getEnvironment', 'ensureEnvironment'],
    undo: ['archiveEnvironment'],
  },
  // Other instructions are another revision of the same environment.
  madeFrom: (spec) => ('id' in spec ? spec : { ...spec, dockerfile: undefined }),
  lasting: ({ environmentId: id, created }) =>
    created ? { target: { undo: 'archiveEnvironment' }, made: { id } } : null,
  leaves: {
    unfinished: (spec, { cleanup }) =>
      'id' in spec ? [] : [{ target: { undo: cleanup ? 'archiveEnvironment' : 'cancelBuild' } }],
    // Its first build, which another revision may hide. What was found as the latest may be another run’s.
    beside: ({ environmentId, revisionId, created }) =>
      created && revisionId != null
        ? {
            target: { undo: 'cancelBuild', environmentId, revisionId, ifMarked: true },
            made: { id: revisionId },
          }
        : null,
    twin: ({ environmentId: id }) => ({ target: { undo: 'archiveEnvironment' }, made: { id } }),
  },
  refersTo: ({ environmentId }) => [{ kind: 'environment', id: environmentId }],
  reuses: ({ created, environmentId }, spec) =>
    created || 'id' in spec ? null : `environment ${environmentId}`,
  perform: (step, spec) => {
    const { effect, effects, preflight } = step;
    if ('id' in spec)
      return effects.getEnvironment({ connection: effect.connection, environmentId: spec.id, preflight });
    const answered = step.undo('lasting', { undo: 'archiveEnvironment' });
    // Creating it begins to build its first revision.
    step.undo('running', { undo: 'cancelBuild' });
    return effects.ensureEnvironment({ ...effect, ...spec, preflight }).then((made) => {
      answered({ id: made.environmentId }, made);
      return made;
    });
  },
});
