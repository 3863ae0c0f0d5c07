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
import type { AttemptRecord, PlannedCall } from '../pipeline/replays.js';
import type { Cleanup } from '../pipeline/steps.js';
import { markerOf } from './attempt.js';
import type { Foresight } from './foresight.js';
import { ifThere } from './known-objects.js';
import { createMarkedJobs } from './marked-jobs.js';
import { findModelApi, markedVersions } from './model-apis.js';
import { createProjectIds } from './projects.js';
import { type Phase, buildPhase, jobPhase, servingPhase } from './statuses.js';

/** What has a status that nobody knows may be running. */
const mayRun = (phase: Phase): boolean => phase === 'waiting' || phase === 'unknown';

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
        mayRun(buildPhase(latestRevision?.status));
      return isRunning
        ? [{ endpoint: 'environments.cancelBuild', on: `environment ${environment.name}` }]
        : [];
    }
    case 'train': {
      const projectId = await createProjectIds(deps.domino)(project);
      const jobs = await createMarkedJobs(deps)({ projectId, origin });
      return jobs
        .filter(
          ({ status: { executionStatus, isCompleted } }) =>
            isCompleted !== true && mayRun(jobPhase(executionStatus, isCompleted)),
        )
        .map(({ number }) => ({ endpoint: 'jobs.stop', on: `job ${number}` }));
    }
    case 'deploy': {
      const modelApi =
        deploy && (await findModelApi(deps, await createProjectIds(deps.domino)(project), deploy.modelApi));
      if (!modelApi) return [];
      const versions = await markedVersions(deps, modelApi.id, marker);
      const phases = versions.map(({ deployment }) => servingPhase(deployment));
      // What serves is replaced by what is deployed next, and not stopped before it.
      if (phases.includes('succeeded') || !phases.some(mayRun)) return [];
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
      const found = await ifThere(environments.get({ path: { environmentId: output.environmentId } }));
      return found !== null && !found.environment.archived;
    }
    case 'revision':
    case 'build': {
      const revision = outputOf(record, name) as Pick<RevisionOutput, 'revisionId'> | null; // of this very step
      const environment = outputOf(record, 'environment') as EnvironmentOutput | null | undefined;
      if (revision === null || environment == null) return true;
      const path = { environmentId: environment.environmentId, revisionId: revision.revisionId };
      const found = await ifThere(environments.getRevision({ path }));
      return found !== null && !['failed', 'stopped'].includes(buildPhase(found.status));
    }
    case 'deploy': {
      const output = outputOf(record, name) as DeploymentOutput | null; // of this very step
      if (output === null) return true;
      const { modelApiId, versionId } = output;
      const found = await ifThere(modelApis.getVersion({ path: { modelApiId, versionId } }));
      return found !== null && !['failed', 'stopped'].includes(servingPhase(found.deployment));
    }
    default:
      return true;
  }
}
