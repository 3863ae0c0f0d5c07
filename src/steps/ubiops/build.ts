/** The build of a revision: awaited, and begun again where it was cancelled or a person asks for another. */
import { failureOf } from '../failures.js';
import { type UbiOpsStep, type UbiOpsUndoTarget, defineUbiOpsStep } from './effects.js';
import type { BuildOutput, BuildPlace, RevisionOutput } from './environments.js';

export const build = defineUbiOpsStep<RevisionOutput, BuildOutput>({
  kind: 'ubiops.build',
  holds: {
    project: 'a text',
    environment: 'a text',
    revisionId: 'an id',
    buildId: 'an id',
    tag: 'a text or null',
  },
  mayHold: { size: 'a number or null' },
  sameBy: ['project', 'environment', 'revisionId', 'tag'],
  isWithin: ['ubiops.revision'],
  at: ({ project, environment, revisionId }) => ({ project, environment, revisionId }),
  recorded: {
    ends: ['awaitBuild'],
    output: ['awaitBuild'],
    undo: ['cancelEnvironmentBuild', 'archiveUnusedEnvironment'],
  },
  // Whether somebody else has seen it built changes nothing of it.
  madeFrom: ({ created: _, built: _built, inDoubt: _doubt, ...spec }) => spec,
  leaves: {
    // The build of a revision that another run made is that run's to cancel.
    unfinished: (spec) => (spec.created ? [{ target: cancelOf(spec), made: madeOf(spec) }] : []),
  },
  // Whoever found it saw it built.
  foretold: (spec) => (spec.built ? outputOf(spec) : null),
  refersTo: ({ buildId: id }) => [{ kind: 'build', id }],
  reuses: ({ environment: name, buildId, tag }, { created, built }) => {
    if (created || !built) return null;
    return tag === null ? `build ${buildId} of ${name}` : `the build of ${name}:${tag}`;
  },
  perform: awaitBuild,
});

const outputOf = ({ project, environment, revisionId, buildId, tag }: BuildPlace): BuildOutput => ({
  ...{ project, environment, revisionId, buildId, tag },
  size: null,
});

const placeOf = ({ project, environment, revisionId, buildId, tag, content }: BuildPlace): BuildPlace => ({
  ...{ project, environment, revisionId, buildId, tag, content },
});

const madeOf = ({ buildId: id, revisionId: parent }: BuildPlace) => ({ id, parent });

const cancelOf = ({ project, environment, tag }: BuildPlace): UbiOpsUndoTarget => ({
  undo: 'cancelEnvironmentBuild',
  project,
  environment,
  tag,
});

function awaitBuild(step: UbiOpsStep, spec: RevisionOutput): Promise<BuildOutput> {
  const { created, built } = spec;
  const { effects } = step;
  const { connection, origin } = step.effect;
  if (created) step.undo('running', cancelOf(spec))(madeOf(spec), {});
  name(step, spec);
  if (origin.generation > 1) return buildAgain(step, spec);
  if (built) return Promise.resolve(outputOf(spec));
  const awaited = effects.awaitBuild({ connection, revision: placeOf(spec) });
  return created ? awaited : awaited.catch(ifCancelled(() => buildAgain(step, spec)));
}

function name(step: UbiOpsStep, { environment, tag, buildId: id }: BuildPlace): void {
  const which =
    tag === null ? `build ${id} of environment ${environment}` : `environment ${environment}:${tag}`;
  step.waiting(tag === null ? which : `${which} to build`, { kind: 'build', id });
}

/** The build of another run's revision is cancelled with that run: whoever needs it still begins it again. */
const ifCancelled =
  (again: () => Promise<BuildOutput>) =>
  (error: unknown): Promise<BuildOutput> => {
    if (failureOf(error)?.code !== 'BUILD_CANCELLED') throw error;
    return again();
  };

/** How often a run begins a build again that others cancel. */
const mostRebuilds = 3;

/** Builds it once more, unless another run does, which is waited for then. */
async function buildAgain(step: UbiOpsStep, spec: RevisionOutput, rebuilds = 0): Promise<BuildOutput> {
  const { effect, effects } = step;
  const { connection } = effect;
  const revision = placeOf(spec);
  const before = await effects.getBuilds({ ...revision, connection });
  const answered = step.undo('running', cancelOf(revision));
  const begun = await effects.ensureBuild({ ...effect, revision, before });
  const now = { ...revision, buildId: begun.buildId };
  answered(madeOf(now), { ...begun, created: begun.rebuilt });
  name(step, now);
  const awaited = effects.awaitBuild({ connection, revision: now, rebuilt: true });
  const done = rebuilds + Number(begun.rebuilt);
  if (spec.created || (begun.rebuilt && done >= mostRebuilds)) return awaited;
  return awaited.catch(ifCancelled(() => buildAgain(step, spec, done)));
}
