/** Model APIs as effects: a version deployed, awaited until it serves, stopped. */
import type { Made } from '../../../run/undoing/effect.js';
import type { DeploymentSpec, DeploymentStart, Effect } from '../../../run/undoing/effects.js';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import { PlatformError } from '../../../platform/errors.js';
import { modelApis } from '../../../contract/domino/model-apis.js';
import { itemsOf } from '../../../platform/lists.js';
import { adoptedOf } from '../../effect/adopting.js';
import { type Attempt, markerOf } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { creating, ensure } from '../../effect/ensure.js';
import type { Holds } from '../../effect/holds.js';
import { fromKnown, ifThere, readKnown } from '../../effect/known-objects.js';
import { awaiting } from '../../effect/lookout/handing-over.js';
import type { Phase } from '../../effect/phases.js';
import { servingPhase } from '../statuses.js';
import { isLeaving } from './stop-version.js';
import { createVersionWatching } from './version-watching.js';

type ModelApiEffects = Pick<DominoEffects, 'ensureModelApiVersion' | 'awaitModelApiVersion'>;

export function createModelApiActivities(
  deps: DominoDependencies,
  { ensureHold, createAlone }: Pick<Holds, 'ensureHold' | 'createAlone'>,
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
    awaitModelApiVersion: awaiting(deps, createVersionWatching(deps)),
  };
}

/** The oldest model API of exactly this name in the project. */
export const findModelApi = async (deps: DominoDependencies, projectId: string, name: string) =>
  (await findModelApis(deps, projectId, name))[0] ?? null;

/**
 * Whether a name finds itself, also among longer ones, however a platform reads it as a filter: as a regular expression,
 * as a part of names, or as a whole name.
 */
const isPlain = (name: string): boolean => /^[\w -]+$/.test(name);

/** Every model API of exactly this name in the project, the oldest first: a late commit may have made a second one. */
export async function findModelApis({ domino }: DominoDependencies, projectId: string, name: string) {
  const query = { projectId, ...(isPlain(name) && { name }) };
  const exact = [];
  for await (const modelApi of itemsOf(modelApis.list, domino.modelApis.list, { query }))
    if (modelApi.name === name && !modelApi.isArchived) exact.push(modelApi);
  return exact.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The versions with the marker, the lowest number first. */
export async function markedVersions({ domino }: DominoDependencies, modelApiId: string, marker: string) {
  const versions = await domino.modelApis.listVersions({ path: { modelApiId } });
  const marked = versions.filter(({ description }) => description?.includes(marker));
  return [...new Map(marked.map((version) => [version.id, version])).values()].sort(
    (a, b) => (a.number ?? 0) - (b.number ?? 0),
  );
}

async function ensureModelApiVersion(
  { deps, createAlone }: { readonly deps: DominoDependencies } & Pick<Holds, 'createAlone'>,
  spec: Effect & DeploymentSpec,
  attempt: Attempt,
): Promise<DeploymentStart> {
  const { domino } = deps;
  const { made } = spec;
  const marker = markerOf(spec.origin);
  const modelApis = await findModelApis(deps, spec.projectId, spec.name);
  const [oldest] = modelApis;
  const startedFrom = (
    modelApiId: string,
    version: { id: string; number?: number | null | undefined },
    modelApi = modelApis.find(({ id }) => id === modelApiId),
  ): DeploymentStart => {
    const { id = null, deployment } = modelApi?.activeVersion ?? {};
    // One that somebody has stopped, or that is not well, did not serve.
    const active = !deployment || phaseOfMarked({ deployment }) === 'succeeded' ? id : null;
    return {
      modelApiId,
      versionId: version.id,
      number: version.number ?? null,
      previousVersionId: active === version.id ? null : active,
      modelApiCreated: modelApi === undefined || modelApi.description.includes(marker),
      link: `${deps.url}/models/${modelApiId}/overview`,
    };
  };
  return ensure(attempt, {
    lookFirst: spec.begunBefore,
    begunBefore: spec.begunBefore,
    unlessThere: oldest === undefined,
    find: async () => {
      if (made !== undefined) {
        const version = await readAdopted(deps, made, modelApis);
        // A list may leave out the model API as well, which is no new one for that.
        const path = { modelApiId: version.modelApiId };
        return startedFrom(path.modelApiId, version, await readKnown(domino.modelApis.get({ path })));
      }
      const marked = [];
      for (const { id: modelApiId } of modelApis)
        for (const version of await markedVersions(deps, modelApiId, marker))
          marked.push({ ...version, modelApiId });
      const found = adoptedOf(marked, { adopted: spec.adopted, phaseOf: phaseOfMarked });
      // The others are swept: what is found is in doubt.
      return found === undefined ? null : startedFrom(found.modelApiId, found);
    },
    create: async () => {
      const version = versionOf(spec, marker);
      if (oldest !== undefined) {
        const path = { modelApiId: oldest.id };
        return startedFrom(
          oldest.id,
          await domino.modelApis.createVersion({ path, body: version }, { deadlineMs: attempt.deadlineMs }),
        );
      }
      const shared = { kind: 'model-api', name: spec.name, within: spec.projectId } as const;
      const body = modelApiOf(spec, version, marker);
      const created = await createAlone(spec, shared, () =>
        domino.modelApis.create({ body }, { deadlineMs: attempt.deadlineMs }),
      );
      // Its first version is found by its marker, like one whose answer was lost, where the answer does not name it.
      if (!created.activeVersion)
        throw new PlatformError('ANSWER_LOST', `the first version of ${spec.name} has not shown up yet`);
      return startedFrom(created.id, created.activeVersion);
    },
  });
}

/**
 * Reads the version that an earlier try has adopted: in its model API or, where that is not known, in those of the name.
 * @throws PlatformError `OBJECT_MISSING`
 */
async function readAdopted(
  { domino }: DominoDependencies,
  { id: versionId, parent }: Made,
  modelApis: readonly { readonly id: string }[],
) {
  const within = parent === undefined ? modelApis.map(({ id }) => id) : [parent];
  for (const modelApiId of within) {
    const version = await ifThere(domino.modelApis.getVersion({ path: { modelApiId, versionId } }));
    if (version !== null) return { ...version, modelApiId };
  }
  throw new PlatformError('OBJECT_MISSING', `version ${versionId} was deployed before, and is not found`);
}

/** One that was told to stop does not come back by itself. */
const phaseOfMarked = ({
  deployment,
}: {
  readonly deployment?: { status: string; isPending?: boolean | undefined } | null | undefined;
}): Phase =>
  isLeaving(deployment) || /^stop/i.test(deployment?.status ?? '') ? 'stopped' : servingPhase(deployment);

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
