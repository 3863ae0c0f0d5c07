/** The build of a revision: awaited, and begun again where it was cancelled or a person asks for another. */
import type { BuildOutput, RevisionOutput } from '../../run/undoing/effects.js';
import { failureOf } from '../failures.js';
import { type DominoStep, defineDominoStep } from './effects.js';

/** The revision to await. */
export type BuildSpec = Pick<
  RevisionOutput,
  'environmentId' | 'revisionId' | 'created' | 'builtImage' | 'inDoubt'
> & {
  /** The step that has added it: what else that one may have sent is built as well. */
  readonly revisionStep: string;
};

export const build = defineDominoStep<BuildSpec, BuildOutput>({
  kind: 'domino.build',
  holds: { revisionId: 'an id' },
  mayHold: { image: 'a text or null' },
  sameBy: ['revisionId'],
  isWithin: ['domino.environment', 'domino.revision'],
  at: ({ environmentId, revisionId }) => ({ environmentId, revisionId }),
  recorded: { ends: ['awaitBuild'], output: ['awaitBuild'], undo: ['cancelBuild', 'archiveEnvironment'] },
  leaves: {
    // The build of a revision that another run made is that run's to cancel.
    unfinished: ({ environmentId, revisionId, created }) =>
      created ? [{ target: { undo: 'cancelBuild', environmentId, revisionId } }] : [],
  },
  // Whoever found it saw it built.
  foretold: ({ revisionId, builtImage }) =>
    builtImage === undefined ? null : { revisionId, image: builtImage },
  reuses: ({ revisionId }, { created, builtImage }) =>
    created || builtImage === undefined ? null : `the build of revision ${revisionId}`,
  perform: awaitBuild,
});

function awaitBuild(step: DominoStep, spec: BuildSpec): Promise<BuildOutput> {
  const { environmentId, revisionId, created, builtImage, inDoubt } = spec;
  if (created && inDoubt === true) undoLateBuild(step, spec);
  // The build of a revision that another run made is that run's to cancel.
  if (created)
    step.undo('running', { undo: 'cancelBuild', environmentId, revisionId })({ id: revisionId }, {});
  step.waiting(`revision ${revisionId} to build`, { kind: 'revision', id: revisionId });
  const { generation } = step.effect.origin;
  // Whoever found it saw it built: the step has named its revision, and is done.
  if (generation === 1 && builtImage !== undefined) return Promise.resolve({ revisionId, image: builtImage });
  if (generation > 1) return buildAgain(step, spec);
  const { connection } = step.effect;
  const building = step.effects.awaitBuild({ connection, environmentId, revisionId });
  return created ? building : building.catch(ifCancelled(() => buildAgain(step, spec)));
}

/** What was sent before may still add another revision, which is built as well. */
function undoLateBuild(step: DominoStep, { environmentId, revisionStep }: BuildSpec): void {
  step.undo('running', { undo: 'cancelBuild', environmentId }, step.effectOf(revisionStep));
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

/**
 * Builds it once more, unless another run does, which is waited for then. What is cancelled although this run has begun it
 * again, a run that had it built before may have cancelled late.
 */
async function buildAgain(step: DominoStep, spec: BuildSpec, rebuilds = 0): Promise<BuildOutput> {
  const { environmentId, revisionId, created } = spec;
  const begun = await step.effects.ensureBuilding({ ...step.effect, environmentId, revisionId });
  // A build that another run has begun is that one's to cancel.
  if (!created && begun?.rebuilt === true)
    step.undo('running', { undo: 'cancelBuild', environmentId, revisionId })({ id: revisionId }, {});
  const { connection } = step.effect;
  const building = step.effects.awaitBuild({ connection, environmentId, revisionId, rebuilt: true });
  if (created || begun === null) return building;
  const done = rebuilds + Number(begun.rebuilt);
  const isWorthAnother = !begun.rebuilt || done < mostRebuilds;
  return isWorthAnother ? building.catch(ifCancelled(() => buildAgain(step, spec, done))) : building;
}
