/** Everything that is on a simulated Domino at the end of a trial. */
import { z } from 'zod';
import { domino } from '../../contract/domino/index.js';
import type { JobObject, PlatformObjects, RevisionObject } from '../evidence.js';
import { createdIds } from '../platform.js';
import type { Reading } from '../wing.js';

const all = 'offset=0&limit=1000000';

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

/** A version that serves, is on its way to serving, or would serve if it were well. */
function standingOf(deployment: { readonly status: string; readonly isPending: boolean } | null | undefined) {
  const status = deployment?.status ?? '';
  const isLive = deployment?.isPending === true || !['Stopped', 'Failed', 'Ready to run'].includes(status);
  return { status, isLive, serves: isLive };
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
        ...standingOf(version.deployment),
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
