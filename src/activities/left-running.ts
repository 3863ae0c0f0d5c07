/** What an earlier attempt has left on the platform: effects that still run, and those that its outputs name. */
import type { UndoCall } from '../pipeline/effect.js';
import type {
  DeploymentOutput,
  Effect,
  Effects,
  EnvironmentOutput,
  RevisionOutput,
} from '../pipeline/effects.js';
import { outputOf, stepOf } from '../pipeline/replay-request.js';
import type { AttemptRecord, PlannedAction, PlannedCall, PlannedStep } from '../pipeline/replays.js';
import type { Cleanup } from '../pipeline/steps.js';
import { keyOf } from '../pipeline/undoing.js';
import { PlatformError } from '../platform/errors.js';
import { markerOf } from './attempt.js';
import type { Foresight } from './foresight.js';
import { createMarkedJobs } from './marked-jobs.js';
import { findModelApi, markedVersions } from './model-apis.js';
import { createProjectIds } from './projects.js';
import { buildPhase, jobPhase, servingPhase } from './statuses.js';

/** The requests that stop what a step's effect has running, as undoing it would send them. */
export async function leftRunning(
  { deps }: Foresight,
  record: AttemptRecord,
  name: string,
): Promise<PlannedCall[]> {
  const { origin } = lastEffectOf(record, name);
  const marker = markerOf(origin);
  const { project, deploy } = inputOf(record);
  switch (name) {
    case 'revision': {
      const environment = outputOf(record, 'environment') as EnvironmentOutput | undefined; // of that step
      if (environment === undefined) return [];
      const { environmentId } = environment;
      const { latestRevision, latestRevisionDetails } = await deps.domino.environments.details({
        path: { environmentId },
      });
      const isRunning =
        latestRevisionDetails?.summary?.includes(marker) === true &&
        buildPhase(latestRevision?.status) === 'waiting';
      return isRunning
        ? [{ endpoint: 'environments.cancelBuild', on: `environment ${environment.name}` }]
        : [];
    }
    case 'train': {
      const projectId = await createProjectIds(deps.domino)(project);
      const jobs = await createMarkedJobs(deps)({ projectId, origin });
      return jobs
        .filter(({ status }) => jobPhase(status.executionStatus, status.isCompleted) === 'waiting')
        .map(({ number }) => ({ endpoint: 'jobs.stop', on: `job ${number}` }));
    }
    case 'deploy': {
      const modelApi =
        deploy && (await findModelApi(deps, await createProjectIds(deps.domino)(project), deploy.modelApi));
      if (!modelApi) return [];
      const versions = await markedVersions(deps, modelApi.id, marker);
      const phases = versions.map(({ deployment }) => servingPhase(deployment));
      // What serves is replaced by what is deployed next, and not stopped before it.
      if (phases.includes('succeeded') || !phases.includes('waiting')) return [];
      return versions.map(({ number, id }) => ({
        endpoint: 'modelApis.stopVersion',
        on: `version ${number ?? id}`,
      }));
    }
    default:
      return [];
  }
}

/** What stops it: what `leftRunning` has named; `null` for a step that leaves nothing running. */
export function cleaningOf(record: AttemptRecord, name: string): UndoCall | null {
  const { project, deploy } = inputOf(record);
  const effect = lastEffectOf(record, name);
  switch (name) {
    case 'revision': {
      const environment = outputOf(record, 'environment') as EnvironmentOutput | undefined; // of that step
      const environmentId = environment?.environmentId ?? '';
      return { ...effect, target: { undo: 'cancelBuild', environmentId } };
    }
    case 'train': {
      const id = stepOf(record, name).references.findLast(({ kind }) => kind === 'job')?.id;
      return { ...effect, target: { undo: 'stopJobs', project }, ...(id !== undefined && { made: { id } }) };
    }
    case 'deploy':
      return { ...effect, target: { undo: 'stopModelApiVersion', project, name: deploy?.modelApi ?? '' } };
    default:
      return null;
  }
}

/**
 * What goes on beside a new attempt: what was asked to stop is looked at until it has, and of what was unsettled, what
 * belongs to a generation that the plan leaves behind. Nobody adopts that, and a request for it may still be carried out.
 */
export function goingOn(
  record: AttemptRecord,
  steps: readonly PlannedStep[],
  unsettled: readonly UndoCall[],
): readonly UndoCall[] {
  const generations = new Map(steps.map(({ name, generation }) => [name, generation] as const));
  const known = new Map(unsettled.map((call) => [keyOf(call), call] as const));
  const behind = [...known.values()].filter(
    ({ origin: { step, generation } }) => generation < (generations.get(step) ?? 0),
  );
  const stopping = steps.flatMap(({ name, cleans }) =>
    cleans.length > 0 ? (cleaningOf(record, name) ?? []) : [],
  );
  const before = steps.slice(
    0,
    steps.findIndex(({ name }) => name === 'deploy'),
  );
  // Before anything else that is still to be done has come to its end, nothing is deployed, and perhaps never.
  const isDeployingSoon = before.every(({ action }) => taken.includes(action));
  const isAmong = (calls: readonly UndoCall[], { origin }: UndoCall): boolean =>
    calls.some(
      ({ origin: { step, generation } }) => step === origin.step && generation === origin.generation,
    );
  return [
    ...stopping.map((call) => (isAmong(behind, call) ? { ...call, doubt: 'perhaps' as const } : call)),
    ...behind
      .filter((call) => !isAmong(stopping, call))
      .map((call) => ({ told: [], ...(isDeployingSoon ? withoutRestoring(call) : call) })),
  ];
}

/** What is not done again. */
const taken: readonly PlannedAction[] = ['reused', 'supplied', 'skipped'];

/** Where the new attempt deploys soon, what served before is not started again. */
const withoutRestoring = (call: UndoCall): UndoCall => {
  const { target, keep } = call;
  const isOfVersion = target.undo === 'takeBackModelApiVersion' || target.undo === 'stopModelApiVersion';
  if (!isOfVersion || keep === true) return call;
  const { name, project } = target;
  return { ...call, target: { undo: 'stopModelApiVersion', name, project } };
};

/** Stops it. It was there a moment ago: what is not found now is looked for. */
export async function stopLeft(
  effects: Pick<Effects, 'cancelBuild' | 'stopJobs' | 'stopModelApiVersion'>,
  record: AttemptRecord,
  name: string,
): Promise<Cleanup> {
  const call = cleaningOf(record, name);
  if (call === null) return { undone: [], leftBehind: [] };
  const { target, ...effect } = call;
  const undoing = { ...effect, untilAsked: true, doubt: 'unanswered' } as const;
  switch (target.undo) {
    case 'cancelBuild':
      return effects.cancelBuild({ ...undoing, environmentId: target.environmentId });
    case 'stopJobs':
      return effects.stopJobs({ ...undoing, project: target.project });
    case 'stopModelApiVersion':
      return effects.stopModelApiVersion({ ...undoing, project: target.project, name: target.name });
    default:
      throw new TypeError(`no step of a replay is cleaned by ${target.undo}`);
  }
}

const inputOf = ({ input }: AttemptRecord) =>
  input as { readonly project: string; readonly deploy?: { readonly modelApi: string } }; // the door has checked it

/** The effect that a step of an attempt has begun last. */
function lastEffectOf(record: AttemptRecord, name: string): Effect {
  const { connection, runId, firstAttemptId } = record;
  const generation = stepOf(record, name).generation ?? 1;
  return { connection, origin: { runId, firstAttemptId, step: name, generation }, begunBefore: true };
}

/** Whether what an output names can still be used: not archived, not stopped, not failed meanwhile. */
export async function stillThere({ deps }: Foresight, record: AttemptRecord, name: string): Promise<boolean> {
  const { environments, modelApis } = deps.domino;
  switch (name) {
    case 'environment': {
      const output = outputOf(record, name) as EnvironmentOutput | null; // of this very step
      if (output === null) return true;
      const found = await existing(environments.get({ path: { environmentId: output.environmentId } }));
      return found !== null && !found.environment.archived;
    }
    case 'revision':
    case 'build': {
      const revision = outputOf(record, name) as Pick<RevisionOutput, 'revisionId'> | null; // of this very step
      const environment = outputOf(record, 'environment') as EnvironmentOutput | null | undefined;
      if (revision === null || environment == null) return true;
      const path = { environmentId: environment.environmentId, revisionId: revision.revisionId };
      const found = await existing(environments.getRevision({ path }));
      return found !== null && !['failed', 'stopped'].includes(buildPhase(found.status));
    }
    case 'deploy': {
      const output = outputOf(record, name) as DeploymentOutput | null; // of this very step
      if (output === null) return true;
      const { modelApiId, versionId } = output;
      const found = await existing(modelApis.getVersion({ path: { modelApiId, versionId } }));
      return found !== null && !['failed', 'stopped'].includes(servingPhase(found.deployment));
    }
    default:
      return true;
  }
}

async function existing<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
