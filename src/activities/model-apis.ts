/** Model APIs as effects: a version deployed, awaited until it serves, stopped. */
import type { DeploymentSpec, DeploymentStart, Effect, Effects } from '../pipeline/effects.js';
import type { Cleanup } from '../pipeline/steps.js';
import { PlatformError } from '../platform/errors.js';
import { eachItem } from '../platform/pages.js';
import { type Attempt, attempted, markerOf } from './attempt.js';
import type { ActivityDependencies } from './dependencies.js';
import { creating, ensure } from './ensure.js';
import { ended, notYet } from './failures.js';
import type { Holds } from './holds.js';
import { fromKnown, ofKnown } from './known-objects.js';
import { nextLookMs } from './looks.js';
import { type ProjectIds, createProjectIds } from './projects.js';
import { servingPhase } from './statuses.js';

type Waiting = Parameters<Effects['awaitModelApiVersion']>[0];
type ModelApiEffects = Pick<
  Effects,
  'ensureModelApiVersion' | 'awaitModelApiVersion' | 'stopModelApiVersion'
>;

export function createModelApiActivities(
  deps: ActivityDependencies,
  { ensureHold, createAlone }: Pick<Holds, 'ensureHold' | 'createAlone'>,
  projectIds: ProjectIds = createProjectIds(deps.domino),
): ModelApiEffects {
  return {
    ensureModelApiVersion: creating(
      deps,
      fromKnown(
        async (spec: Effect & DeploymentSpec, attempt: Attempt) => {
          await ensureHold(spec);
          return ensureModelApiVersion({ deps, createAlone }, spec, attempt);
        },
        ({ given = [], hardwareTier }) => [...given, hardwareTier],
      ),
    ),
    awaitModelApiVersion: attempted(
      deps,
      ofKnown(async ({ deployment, withinMs = Infinity }: Waiting, { elapsedMs }) => {
        const { modelApiId, versionId } = deployment;
        const { deployment: state, number } = await deps.domino.modelApis.getVersion({
          path: { modelApiId, versionId },
        });
        const phase = servingPhase(state);
        const which = `version ${number ?? versionId} of the model API`;
        if (phase === 'failed' || phase === 'stopped')
          throw ended(
            'DEPLOYMENT_FAILED',
            `${which} is ${state?.status ?? 'gone'} instead of Running: ${deployment.link}`,
          );
        if (phase !== 'succeeded' && elapsedMs >= withinMs)
          throw ended(
            'DEPLOYMENT_FAILED',
            `${which} is ${state?.status ?? 'not known yet'} and did not come to serve in time: ${deployment.link}`,
          );
        if (phase !== 'succeeded')
          throw notYet(`${which} is ${state?.status ?? 'not known yet'}`, nextLookMs(elapsedMs, deps.waits));
        return { ...deployment, predictUrl: `${deps.url}/models/${modelApiId}/latest/model` };
      }),
    ),
    stopModelApiVersion: attempted(deps, async ({ name, project, origin }) =>
      stopVersion(deps, await projectIds(project), name, markerOf(origin)),
    ),
  };
}

/** The oldest model API of exactly this name in the project. */
export async function findModelApi({ domino }: ActivityDependencies, projectId: string, name: string) {
  const pattern = `^${name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`; // the filter may be a regex
  const read = async (paging: { offset: number; limit: number }) =>
    (await domino.modelApis.list({ query: { projectId, name: pattern, ...paging } })).items;
  const exact = [];
  for await (const modelApi of eachItem(read))
    if (modelApi.name === name && !modelApi.isArchived) exact.push(modelApi);
  return exact.sort((a, b) => (a.id < b.id ? -1 : 1))[0] ?? null;
}

/** The version with the marker that has the lowest number; the others are late duplicates. */
export async function markedVersions({ domino }: ActivityDependencies, modelApiId: string, marker: string) {
  const versions = await domino.modelApis.listVersions({ path: { modelApiId } });
  const marked = versions.filter(({ description }) => description?.includes(marker));
  return [...new Map(marked.map((version) => [version.id, version])).values()].sort(
    (a, b) => (a.number ?? 0) - (b.number ?? 0),
  );
}

async function ensureModelApiVersion(
  { deps, createAlone }: { readonly deps: ActivityDependencies } & Pick<Holds, 'createAlone'>,
  spec: Effect & DeploymentSpec,
  attempt: Attempt,
): Promise<DeploymentStart> {
  const { domino } = deps;
  const marker = markerOf(spec.origin);
  const modelApi = await findModelApi(deps, spec.projectId, spec.name);
  const modelApiCreated = modelApi === null || modelApi.description.includes(marker);
  const startedFrom = (
    id: string,
    version: { id: string; number?: number | null | undefined },
  ): DeploymentStart => ({
    modelApiId: id,
    versionId: version.id,
    number: version.number ?? null,
    previousVersionId:
      modelApi?.activeVersion && modelApi.activeVersion.id !== version.id ? modelApi.activeVersion.id : null,
    modelApiCreated,
    link: `${deps.url}/models/${id}/overview`,
  });
  return ensure(attempt, {
    lookFirst: spec.begunBefore,
    begunBefore: spec.begunBefore,
    find: async () => {
      if (modelApi === null) return null;
      const [first, ...later] = await markedVersions(deps, modelApi.id, marker);
      if (first === undefined) return null;
      await Promise.all(later.map(({ id }) => stopOne(deps, modelApi.id, id)));
      return startedFrom(modelApi.id, first);
    },
    create: async () => {
      const version = versionOf(spec, marker);
      if (modelApi !== null) {
        const path = { modelApiId: modelApi.id };
        return startedFrom(
          modelApi.id,
          await domino.modelApis.createVersion({ path, body: version }, { deadlineMs: attempt.deadlineMs() }),
        );
      }
      const shared = { kind: 'model-api', name: spec.name, within: spec.projectId } as const;
      const body = modelApiOf(spec, version, marker);
      const created = await createAlone(spec, shared, () =>
        domino.modelApis.create({ body }, { deadlineMs: attempt.deadlineMs() }),
      );
      // Its first version is found by its marker, like one whose answer was lost, where the answer does not name it.
      if (!created.activeVersion)
        throw new PlatformError('ANSWER_LOST', `the first version of ${spec.name} has not shown up yet`);
      return startedFrom(created.id, created.activeVersion);
    },
  });
}

function versionOf(
  { projectId, source, commitId, environmentId, description, origin }: Effect & DeploymentSpec,
  marker: string,
) {
  return {
    projectId,
    source:
      'file' in source
        ? { type: 'File' as const, file: source.file, function: source.function }
        : {
            type: 'Registry' as const,
            registeredModelName: source.model,
            registeredModelVersion: source.version,
          },
    description: `${description ?? `Deployed by Longhaul for ${origin.runId}.`} ${marker}`,
    commitId,
    environmentId,
    shouldDeploy: true,
    logHttpRequestResponse: false,
    monitoringEnabled: false,
  };
}

function modelApiOf(spec: Effect & DeploymentSpec, version: ReturnType<typeof versionOf>, marker: string) {
  return {
    name: spec.name,
    description: `${spec.description ?? 'Made by Longhaul.'} ${marker}`,
    environmentId: spec.environmentId,
    environmentVariables: [],
    isAsync: false,
    strictNodeAntiAffinity: false,
    replicas: spec.replicas ?? 1,
    hardwareTierId: spec.hardwareTier,
    version,
  };
}

/** Stops a version; one that has ended meanwhile is stopped already. */
export async function stopOne(
  { domino }: ActivityDependencies,
  modelApiId: string,
  versionId: string,
): Promise<void> {
  try {
    await domino.modelApis.stopVersion({ path: { modelApiId, versionId } });
  } catch (error) {
    const { deployment } = await domino.modelApis.getVersion({ path: { modelApiId, versionId } });
    if (servingPhase(deployment) !== 'stopped' && servingPhase(deployment) !== 'failed') throw error;
  }
}

async function stopVersion(
  deps: ActivityDependencies,
  projectId: string,
  name: string,
  marker: string,
): Promise<Cleanup> {
  const modelApi = await findModelApi(deps, projectId, name);
  if (modelApi === null) return { undone: [], leftBehind: [] };
  const versions = await markedVersions(deps, modelApi.id, marker);
  for (const { id } of versions) await stopOne(deps, modelApi.id, id);
  return { undone: versions.map(({ id }) => ({ kind: 'modelApiVersion', id })), leftBehind: [] };
}
