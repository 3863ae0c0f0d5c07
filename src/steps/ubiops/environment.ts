/** An environment of a project: found by its name, or created. */
import { defineUbiOpsStep } from './effects.js';
import type { EnvironmentOutput, EnvironmentSpec } from './environments.js';

export const environment = defineUbiOpsStep<EnvironmentSpec, EnvironmentOutput>({
  kind: 'ubiops.environment',
  holds: { project: 'a text', environment: 'a text', created: 'true or false' },
  mayHold: {
    environmentId: 'an id or null',
    base: 'a text or null',
    supportsRequestFormat: 'true or false or null',
  },
  sameBy: ['project', 'environment', 'base'],
  isNamed: true,
  looksUp: true,
  recorded: {
    ends: ['ensureEnvironment'],
    output: ['ensureEnvironment'],
    undo: ['archiveUnusedEnvironment'],
  },
  // Of what is found by its name, nobody changes these.
  madeFrom: ({ description: _, labels: _labels, given: _given, ...spec }) => spec,
  lasting: ({ project, environment: name, created }) =>
    created
      ? { target: { undo: 'archiveUnusedEnvironment', project, environment: name }, made: { id: name } }
      : null,
  leaves: {
    unfinished: ({ project }, { cleanup }) =>
      cleanup ? [{ target: { undo: 'archiveUnusedEnvironment', project } }] : [],
  },
  refersTo: ({ environment: id }) => [{ kind: 'environment', id }],
  reuses: ({ created, environment: name }) => (created ? null : `environment ${name}`),
  perform: async (step, spec) => {
    const { effect, effects, preflight } = step;
    const { project } = spec;
    const answered = step.undo('lasting', { undo: 'archiveUnusedEnvironment', project });
    const made = await effects.ensureEnvironment({ ...effect, ...spec, preflight });
    answered({ id: made.environment }, made, {
      undo: 'archiveUnusedEnvironment',
      project,
      environment: made.environment,
    });
    return made;
  },
});
