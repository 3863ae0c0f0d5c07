/** I2 and I7: what a run says it has made is there, is what was asked for, and serves. */
import { z } from 'zod';
import type { TrialEvidence, RunRecord, VersionObject, Violation } from '../evidence.js';
import { documentOf, findFalseSteps, keptBy } from './steps.js';

const Release = z.object({
  environment: z.object({ environmentId: z.string(), name: z.string() }).nullable(),
  revision: z.object({ id: z.string() }).nullable(),
  job: z.object({ jobId: z.string() }),
  registered: z.object({ model: z.string(), version: z.number() }).nullable(),
  deployment: z.object({ modelApiId: z.string(), versionId: z.string() }).nullable(),
});

/** What a run that succeeded hands over. */
type ResultOf = z.output<typeof Release>;

const Result = z.union([
  Release,
  z.object({ release: Release.nullable() }).transform(({ release }) => release),
]);

/** What a run of a built-in pipeline hands over; `null` when it has none. */
function resultOf({ run, planned }: RunRecord): ResultOf | null {
  if (run?.status !== 'succeeded' || typeof planned.pipeline !== 'string') return null;
  const parsed = Result.safeParse(run.result);
  return parsed.success ? parsed.data : null;
}

/** Versions of model APIs that a run has deployed, and keeps. */
export function deployedBy(record: RunRecord): readonly string[] {
  if (documentOf(record) !== null) return keptBy(record);
  const versionId = resultOf(record)?.deployment?.versionId;
  return versionId === undefined ? [] : [versionId];
}

const Asked = z.object({
  environment: z.object({ name: z.string() }).optional(),
  revision: z.object({ dockerfile: z.string() }).optional(),
  train: z.object({ command: z.string() }),
  register: z.object({ model: z.string() }).optional(),
  deploy: z.object({ modelApi: z.string() }).optional(),
});
type Asked = z.output<typeof Asked>;

/** Results that do not say what is. */
export function findFalseResults(evidence: TrialEvidence): Violation[] {
  const found = evidence.runs.flatMap((record) => {
    if (documentOf(record) !== null) return findFalseSteps(evidence, record);
    const result = resultOf(record);
    const asked = Asked.safeParse(record.planned.input);
    if (result === null || !asked.success) return [];
    return [
      ...aboutJob(evidence, record, result, asked.data),
      ...aboutEnvironment(evidence, record, result, asked.data),
      ...aboutModel(evidence, record, result, asked.data),
    ];
  });
  return [...found, ...findSilentApis(evidence)];
}

const wrong = (
  { runId }: RunRecord,
  what: string,
  about: readonly string[],
  rule: Violation['rule'] = 'result',
): Violation => ({ rule, what, runId, about });

function aboutJob(
  { objects }: TrialEvidence,
  record: RunRecord,
  result: ResultOf,
  asked: Asked,
): Violation[] {
  const { jobId } = result.job;
  const job = objects.jobs.find(({ id }) => id === jobId);
  if (job === undefined)
    return [wrong(record, `the result names job ${jobId}, which does not exist`, [jobId])];
  const about = [jobId, ...(result.revision ? [result.revision.id] : [])];
  const revision = objects.revisions.find(({ id }) => id === result.revision?.id);
  return [
    ...(job.runId !== record.runId ? [wrong(record, `job ${job.number} is of another run`, about)] : []),
    ...(job.status === 'Stopped'
      ? [wrong(record, `job ${job.number} is the result’s, and was stopped`, about, 'foreign')]
      : []),
    ...(job.command !== asked.train.command
      ? [wrong(record, `job ${job.number} runs ${job.command}`, about)]
      : []),
    ...(result.revision !== null && job.revisionId !== result.revision.id
      ? [wrong(record, `job ${job.number} ran on revision ${job.revisionId ?? 'none'}`, about, 'revision')]
      : []),
    ...(asked.revision !== undefined && revision?.dockerfile !== asked.revision.dockerfile
      ? [wrong(record, `revision ${result.revision?.id ?? 'none'} has another content`, about, 'revision')]
      : []),
  ];
}

function aboutEnvironment(
  { objects }: TrialEvidence,
  record: RunRecord,
  { environment }: ResultOf,
  asked: Asked,
): Violation[] {
  if (environment === null || asked.environment === undefined) return [];
  const there = objects.environments.find(({ id }) => id === environment.environmentId);
  const about = [environment.environmentId];
  if (there?.name !== asked.environment.name)
    return [wrong(record, 'its environment is not the one that was asked for', about)];
  return there.archived
    ? [wrong(record, `its environment ${there.name} was archived`, about, 'foreign')]
    : [];
}

function aboutModel(
  { objects }: TrialEvidence,
  record: RunRecord,
  result: ResultOf,
  asked: Asked,
): Violation[] {
  const { registered, deployment } = result;
  const job = objects.jobs.find(({ id }) => id === result.job.jobId);
  const version = objects.modelVersions.find(
    (one) => one.model === registered?.model && one.version === registered.version,
  );
  const deployed = objects.versions.find(({ id }) => id === deployment?.versionId);
  const api = objects.modelApis.find(({ id }) => id === deployment?.modelApiId);
  const about = [result.job.jobId, ...(deployment ? [deployment.versionId] : [])];
  return [
    ...(registered !== null && version?.experimentRunId !== job?.experimentRunId
      ? [
          wrong(
            record,
            `${registered.model}/${registered.version} is not what job ${job?.number ?? '?'} made`,
            about,
          ),
        ]
      : []),
    ...(registered !== null && registered.model !== asked.register?.model
      ? [wrong(record, `it registered ${registered.model}`, about)]
      : []),
    ...(deployment !== null && api?.name !== asked.deploy?.modelApi
      ? [wrong(record, `it deployed to ${api?.name ?? 'a model API that is gone'}`, about)]
      : []),
    ...(deployed !== undefined && registered !== null && deployed.modelVersion !== registered.version
      ? [wrong(record, `version ${deployed.number} serves ${deployed.model}/${deployed.modelVersion}`, about)]
      : []),
  ];
}

/** A model API to which a run has deployed with success serves what such a run has deployed, and nothing else. */
function findSilentApis({ objects, runs }: TrialEvidence): Violation[] {
  const deployed = new Map<string, RunRecord>();
  for (const record of runs) {
    for (const versionId of deployedBy(record)) deployed.set(versionId, record);
  }
  const byApi = new Map<string, VersionObject[]>();
  for (const version of objects.versions)
    byApi.set(version.modelApiId, [...(byApi.get(version.modelApiId) ?? []), version]);
  return [...byApi.values()].flatMap((versions) => {
    const named = versions.filter(({ id }) => deployed.has(id));
    const [last] = named.map(({ id }) => deployed.get(id)).slice(-1);
    if (last === undefined || named.some(({ serves }) => serves)) return [];
    const states = versions.map(({ number, status }) => `${number} ${status}`).join(', ');
    return [
      wrong(
        last,
        `what it deployed does not serve: ${states}`,
        versions.map(({ id }) => id),
      ),
    ];
  });
}
