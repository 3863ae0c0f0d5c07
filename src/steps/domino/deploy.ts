/** A version of a model API: deployed and awaited until it serves; where asked for, what served before takes over again. */
import { parseDuration } from '../../run/schedules/durations.js';
import type {
  DeploymentOutput,
  DeploymentSpec,
  DeploymentStart,
  Hold,
  ServingVersion,
} from '../../run/undoing/effects.js';
import type { Made, Restoring } from '../../run/undoing/effect.js';
import { failureOf, isCancelled } from '../failures.js';
import { type Needed, holding } from '../holding.js';
import { type Promoted, takeBack, takingBackOf, undoByTakingBack } from './taking-back.js';
import { type DominoStep, type DominoUndoTarget, defineDominoStep } from './effects.js';

export interface DeploySpec extends Omit<DeploymentSpec, 'hold'> {
  /** `owner/name`. */
  readonly project: string;
  readonly needed: Needed | undefined;
  /** How long it may take until it serves, such as `1h`; left out, as long as the platform takes. */
  readonly serveWithin?: string | undefined;
  /** When the new version does not come to serve, or the run ends before it was watched, the one before serves again. */
  readonly restores?: true;
}

/** A version that serves; with what served before where that takes over again, `null` when nothing did. */
export type Deployed = DeploymentOutput & { readonly previous?: ServingVersion | null };

export const deploy = defineDominoStep<DeploySpec, Deployed>({
  kind: 'domino.deploy',
  holds: { modelApiId: 'an id', versionId: 'an id' },
  mayHold: { number: 'a number or null', previous: 'an object with modelApiId and versionId or null' },
  sameBy: ['versionId'],
  renewable: true,
  replaces: true,
  recorded: {
    ends: ['awaitModelApiVersion'],
    output: ['awaitModelApiVersion'],
    parts: { previous: 'getServingVersion' },
    undo: ['stopModelApiVersion', 'takeBackModelApiVersion'],
  },
  madeFrom: ({ needed: _, serveWithin: _within, projectId: _project, ...spec }) => spec,
  running: ({ name, project }) => ({ undo: 'stopModelApiVersion', name, project }),
  leaves: {
    unfinished: (spec, { replaced }) => [{ target: undoingOf(spec, replaced) }],
    twin: ({ modelApiId: parent, versionId: id, previous }, spec, { replaced }) => ({
      target: undoingOf(spec, previous === undefined ? replaced : previous),
      made: { id, parent },
    }),
  },
  perform: (step, spec) => {
    if (spec.restores === true) return deployOrRestore(step, spec);
    const { name, project } = spec;
    const target = { undo: 'stopModelApiVersion', name, project } as const;
    // Cut off before the answer, nobody was told what served before, and it may have taken over all the same.
    const tell = step.undo('running', undoingOf(spec, undefined));
    return deployVersion(step, spec, (made, deployment) => {
      tell(made, deployment, { ...target, ...restoringOf(deployment) });
    });
  },
});

/** How it is undone when nobody has the answer to its request. */
function undoingOf(
  { restores, name, project }: DeploySpec,
  previous: Promoted['previous'],
): DominoUndoTarget {
  if (restores === true) return takingBackOf({ name, project, previous });
  return { undo: 'stopModelApiVersion', name, project, restoring: {} };
}

/** What served before it: told by the answer, or looked for where one that is adopted has taken over already. */
function restoringOf({ modelApiId, previousVersionId: versionId, ...made }: DeploymentStart): {
  readonly restoring?: Restoring;
} {
  if (versionId !== null) return { restoring: { previous: { modelApiId, versionId, number: null } } };
  return made.inDoubt === true && !made.modelApiCreated ? { restoring: {} } : {};
}

/** Is told what was made, and whether another run has had the model meanwhile. */
type Told = (made: Made, deployment: DeploymentStart, hasWaited: boolean) => void;

/** How to undo it is registered before. */
function deployVersion(
  step: DominoStep,
  { project: _, needed, serveWithin, restores: _restores, ...spec }: DeploySpec,
  answered: Told,
): Promise<DeploymentOutput> {
  const { effect, effects } = step;
  let asked = 0;
  const started = (hold: Hold | undefined): Promise<DeploymentStart> => {
    asked += 1;
    return effects.ensureModelApiVersion({ ...effect, ...spec, ...(hold && { hold }) });
  };
  return holding(step, needed, started).then((deployment) => {
    const { modelApiId, versionId, number, link } = deployment;
    answered({ id: versionId, parent: modelApiId, isOwn: true }, deployment, asked > 1);
    step.waiting(
      `version ${number ?? versionId} of ${spec.name} to serve`,
      { kind: 'modelApi', id: modelApiId, link },
      { kind: 'modelApiVersion', id: versionId },
    );
    const withinMs = serveWithin === undefined ? undefined : (parseDuration(serveWithin) ?? 0); // the door has checked it
    return effects.awaitModelApiVersion({
      connection: effect.connection,
      deployment,
      ...(withinMs !== undefined && { withinMs }),
    });
  });
}

async function deployOrRestore(step: DominoStep, spec: DeploySpec): Promise<Deployed> {
  const { effect, effects, run } = step;
  const { name, project } = spec;
  const { connection, origin, begunBefore } = effect;
  const replaced = run.continuation?.replaced;
  let previous = await step.once(() =>
    effects.getServingVersion({
      ...{ connection, project, modelApi: name },
      ...(begunBefore && { origin, replaced }),
    }),
  );
  const register = undoByTakingBack(step, { name, project, previous, deployStep: origin.step });
  let version: Made | undefined;
  const answered: Told = (told, deployment, hasWaited) => {
    version = told;
    if (hasWaited) previous = previousSince(previous, deployment);
    register(told, deployment, ...(hasWaited ? [takingBackOf({ name, project, previous })] : []));
  };
  try {
    return { ...(await deployVersion(step, spec, answered)), previous };
  } catch (error) {
    const failure = failureOf(error);
    if (isCancelled(error) || failure?.code !== 'DEPLOYMENT_FAILED') throw error;
    const deployed = { name, project, previous, deployStep: origin.step, made: version };
    return takeBack(step, deployed, failure.message);
  }
}

/** Whoever had the model before has put another version live, perhaps: the one that this deployment has replaced. */
function previousSince(
  before: ServingVersion | null,
  { modelApiId, previousVersionId: versionId }: DeploymentStart,
): ServingVersion | null {
  if (versionId === null || versionId === before?.versionId) return before;
  return { modelApiId, versionId, number: null };
}
