/** Takes a version back: what serves is the new version or the one before. */
import type { Made, Undone } from '../../run/undoing/effect.js';
import type { ServingVersion } from '../../run/undoing/effects.js';
import type { Answered } from '../context.js';
import { fail } from '../failures.js';
import type { DominoStep, DominoUndoTarget } from './effects.js';

/** What was deployed, and in whose place. */
export interface Promoted {
  /** Of the model API. */
  readonly name: string;
  readonly project: string;
  /** What served before; `null` when nothing did, `undefined` where nobody knows any more. */
  readonly previous: ServingVersion | null | undefined;
  /** The step that has deployed it: on its behalf it is taken back. */
  readonly deployStep: string;
}

/** A cancelled run leaves no version live that nobody has watched to the end. */
export const undoByTakingBack = (
  step: DominoStep,
  { name, project, previous, deployStep }: Promoted,
): Answered<DominoUndoTarget> =>
  step.undo('running', takingBackOf({ name, project, previous }), step.effectOf(deployStep));

/** As data. */
export const takingBackOf = ({ name, project, previous }: Omit<Promoted, 'deployStep'>) => ({
  ...({ undo: 'takeBackModelApiVersion', name, project } as const),
  ...(previous !== undefined && { previous }),
});

/** Takes it back, and fails as `DEPLOYMENT_TAKEN_BACK` when the one before serves again. */
export async function takeBack(
  step: DominoStep,
  {
    made,
    deployStep,
    ...of
  }: Promoted & {
    /** By its id it is found also where a list leaves it out or its model API was renamed. */
    readonly made: Made | undefined;
  },
  why: string,
): Promise<never> {
  const { previous } = of;
  step.waiting(previous === null ? 'the new version to stop' : 'the previous version to serve again');
  const effect = { ...step.effectOf(deployStep), made };
  // An unhealthy version must not serve on: it is tried until it is done.
  const taken = await step.effects.takeBackModelApiVersion({
    ...{ ...effect, ...of },
    untilConfirmed: true,
    // What nobody knows here is looked for there, and awaited there too.
    ...(previous !== undefined && { awaited: true }),
  });
  step.undone({ ...effect, target: takingBackOf(of) });
  const serves = await serving(step, { made, previous, taken });
  step.run.record('taken-back', { conclusion: `${why}; ${serves}` });
  throw fail({ code: 'DEPLOYMENT_TAKEN_BACK', message: `${why}; ${serves}` });
}

async function serving(
  { effect, effects }: DominoStep,
  {
    made,
    previous,
    taken,
  }: Pick<Promoted, 'previous'> & { readonly made: Made | undefined; readonly taken: Undone },
): Promise<string> {
  const [left] = taken.leftBehind;
  if (left !== undefined) return left.reason; // somebody else's newer version, which is not ours to replace
  if (previous === undefined && taken.serves !== undefined) return `${taken.serves} serves again`;
  const isOwn = taken.undone.some(({ id }) => id === previous?.versionId); // of an earlier try of the step
  const isStopped = made === undefined || taken.undone.some(({ id }) => id === made.id);
  // A deployment that a person has supplied need not say what served before.
  if (previous == null && !isStopped)
    return 'it was not stopped: another run has deployed it, or it is gone, and nothing is known to have served before it';
  if (previous == null || isOwn) return 'it was stopped, and nothing served before it';
  const { modelApiId, versionId, number } = previous;
  await effects.awaitModelApiVersion({
    connection: effect.connection,
    deployment: { modelApiId, versionId, number, previousVersionId: null, modelApiCreated: false, link: '' },
    restarted: true,
  });
  return `version ${number ?? versionId} serves again`;
}
