/** The simulated platform of a trial: its faults, and everything that is on it at the end. */
import { z } from 'zod';
import { domino } from '../../contract/domino/index.js';
import type { LedgerEntry, Simulator } from '../../simulator/index.js';
import type { JobObject, PlatformObjects, RevisionObject } from '../evidence.js';
import type { StatedFault } from '../scenarios.js';

/** Asks the platform as its users do. */
export interface Platform {
  get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>>;
  post(path: string, body: object): Promise<unknown>;
}

/** A request that was under way when the faults were ended may still have it refuse connections for a while. */
const refusesAtMostMs = 20_000;

/** Sends what did not get a connection until it gets one. */
async function untilTaken(send: () => Promise<Response>): Promise<Response> {
  for (const endMs = Date.now() + refusesAtMostMs; ;) {
    try {
      return await send();
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const isRefused = cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
      if (!isRefused || Date.now() > endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** A platform by its simulator. */
export function createPlatform({ url, apiKey }: Pick<Simulator, 'url' | 'apiKey'>): Platform {
  const ask = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = { 'x-domino-api-key': apiKey, 'content-type': 'application/json' };
    // What it is led to would count as led there by those who are judged.
    const response = await untilTaken(() => fetch(`${url}${path}`, { ...init, headers, redirect: 'manual' }));
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  return {
    get: async (path, schema) => schema.parse(await ask(path)),
    post: (path, body) => ask(path, { method: 'POST', body: JSON.stringify(body) }),
  };
}

/** Sets faults; each decides by a seed of its own. */
export async function setFaults(
  simulator: Simulator,
  faults: readonly StatedFault[],
  seed: number,
): Promise<void> {
  const platform = createPlatform(simulator);
  for (const [at, fault] of faults.entries())
    await platform.post('/_simulator/faults', {
      ...fault,
      ...(fault['probability'] !== undefined && { seed: seed * 1_000 + at }),
    });
}

/** Ends all faults. A platform that refuses connections is asked until it takes one. */
export async function clearFaults({ url, apiKey }: Simulator): Promise<void> {
  for (;;) {
    const cleared = await fetch(`${url}/_simulator/faults`, {
      method: 'DELETE',
      headers: { 'x-domino-api-key': apiKey },
    }).catch(() => null);
    if (cleared?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Who made an object, by the run id and the marker in its own text; without a marker, nobody of ours. */
export type OwnerOf = (text: string | null | undefined) => { runId: string | null; marker: string | null };

/** Knows run ids where they stand as words of their own. */
export function ownerBy(runIds: Iterable<string>): OwnerOf {
  const known = new Set(runIds);
  return (text) => {
    const marker = /\[(lh:[a-z0-9]+)\]/.exec(text ?? '')?.[1] ?? null;
    if (marker === null) return { runId: null, marker }; // somebody else’s, whatever it is called
    const words = (text ?? '').match(/[a-z][a-z0-9-]*\.[\w.:-]+/g) ?? [];
    return {
      runId: words.map((word) => word.replace(/\.$/, '')).find((word) => known.has(word)) ?? null,
      marker,
    };
  };
}

const all = 'offset=0&limit=1000000';

interface Reading {
  readonly platform: Platform;
  readonly ownerOf: OwnerOf;
  /** Simulated milliseconds as real ones. */
  readonly realMs: (simulatedMs: number) => number;
  readonly ledger: readonly LedgerEntry[];
}

/** Reads every job, environment, revision, model API, version and registered model from the platform. */
export async function readObjects(reading: Reading): Promise<PlatformObjects> {
  const [jobs, environments, revisions, { modelApis, versions }, modelVersions] = [
    await readJobs(reading),
    await readEnvironments(reading),
    await readRevisions(reading),
    await readModelApis(reading),
    await readModelVersions(reading),
  ];
  return { jobs, environments, revisions, modelApis, versions, modelVersions };
}

async function readJobs(reading: Reading): Promise<JobObject[]> {
  const { platform } = reading;
  const { projects } = await platform.get(
    `/api/projects/beta/projects?${all}`,
    domino.projects.list.response,
  );
  const read: JobObject[] = [];
  for (const { id } of projects) read.push(...(await readJobsOf(reading, id)));
  return read;
}

async function readJobsOf(
  { platform, ownerOf, realMs, ledger }: Reading,
  projectId: string,
): Promise<JobObject[]> {
  const created = new Map(createdIds(ledger, 'job').map(({ id, createdMs }) => [id, createdMs] as const));
  const { jobs } = await platform.get(
    `/api/jobs/beta/jobs?projectId=${projectId}&${all}`,
    domino.jobs.list.response,
  );
  const read: JobObject[] = [];
  for (const job of jobs) {
    const { environment } = await platform.get(
      `/v4/jobs/${job.id}/runtimeExecutionDetails`,
      domino.jobs.runtime.response,
    );
    const { completedTime } = job.stageTimes;
    read.push({
      ...ownerOf(job.title),
      ...{ id: job.id, number: job.number, command: job.runCommand ?? '' },
      status: job.status.executionStatus,
      isCompleted: job.status.isCompleted === true,
      createdMs: created.get(job.id) ?? 0,
      completedMs: completedTime ? realMs(Date.parse(completedTime)) : null,
      revisionId: environment.environmentRevisionId ?? null,
      experimentRunId: job.dominoStats.find(({ name }) => name === 'mlflow_run_id')?.value ?? null,
    });
  }
  return read;
}

async function readEnvironments({ platform, ownerOf }: Reading): Promise<PlatformObjects['environments']> {
  const { environments } = await platform.get(
    `/api/environments/beta/environments?${all}`,
    domino.environments.list.response,
  );
  const read = [];
  for (const { id, name, archived } of environments) {
    const details = await platform.get(`/v4/environments/${id}`, domino.environments.details.response);
    read.push({ ...ownerOf(details.description), id, name, archived });
  }
  return read;
}

const createdIds = (ledger: readonly LedgerEntry[], kind: string) =>
  ledger.flatMap(({ effects, committed, time }) =>
    effects
      .filter((effect) => effect.change === 'created' && effect.kind === kind)
      .map(({ id }) => ({ id, createdMs: Date.parse(committed ?? time) })),
  );

const RevisionDetails = z.object({
  environmentRevision: z.object({
    environmentId: z.string(),
    summary: z.string().nullish(),
    dockerfileInstructions: z.string().nullish(),
  }),
});

async function readRevisions({ platform, ownerOf, ledger }: Reading): Promise<RevisionObject[]> {
  const read: RevisionObject[] = [];
  for (const { id, createdMs } of createdIds(ledger, 'revision')) {
    const { environmentRevision: content } = await platform.get(
      `/v4/environments/environmentRevision/${id}`,
      RevisionDetails,
    );
    const { environmentId } = content;
    const { status } = await platform.get(
      `/v4/environments/${environmentId}/environmentRevision/${id}`,
      domino.environments.getRevision.response,
    );
    read.push({
      ...ownerOf(content.summary),
      ...{ id, environmentId, createdMs, status: status?.toLowerCase() ?? null },
      dockerfile: content.dockerfileInstructions ?? '',
    });
  }
  return read;
}

async function readModelApis({ platform, ownerOf }: Reading) {
  const { items } = await platform.get(
    `/api/modelServing/v1/modelApis?${all}`,
    domino.modelApis.list.response,
  );
  const versions = [];
  for (const { id } of items)
    for (const version of await platform.get(
      `/api/modelServing/v1/modelApis/${id}/versions`,
      domino.modelApis.listVersions.response,
    ))
      versions.push({
        ...ownerOf(version.description),
        ...{ id: version.id, modelApiId: id, number: version.number ?? 0 },
        status: version.deployment?.status ?? '',
        isPending: version.deployment?.isPending === true,
        model: version.source.registeredModelName ?? null,
        modelVersion: version.source.registeredModelVersion ?? null,
      });
  const modelApis = items.map(({ id, name, description }) => ({ ...ownerOf(description), id, name }));
  return { modelApis, versions };
}

async function readModelVersions({ platform }: Reading): Promise<PlatformObjects['modelVersions']> {
  const { items: models } = await platform.get(
    '/api/registeredmodels/v2?maxResults=1000000',
    domino.registeredModels.list.response,
  );
  const read = [];
  for (const { name } of models) {
    const { items } = await platform.get(
      `/api/registeredmodels/v1/${encodeURIComponent(name)}/versions?${all}`,
      domino.registeredModels.listVersions.response,
    );
    for (const { modelVersion: version, experimentRunId = null } of items)
      read.push({ model: name, version, experimentRunId });
  }
  return read;
}
