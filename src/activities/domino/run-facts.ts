/** What the platform tells of a run: its job, what that ran on, the data there was, and the beginning of its log. */
import { isMadeBy } from '../../client/markers.js';
import type { DominoEffects } from '../../steps/domino/effects.js';
import type {
  EnvironmentFacts,
  Fact,
  JobFacts,
  LogFacts,
  RunAsked,
  RunFacts,
  RuntimeFacts,
} from '../../run/run-facts.js';
import { PlatformError } from '../../platform/errors.js';
import { attempted } from '../effect/attempt.js';
import type { DominoDependencies } from './dependencies.js';
import { isRetryable } from '../effect/failures.js';
import { measuredOf } from '../retrain/measured.js';
import { type ProjectIds, createProjectIds } from './projects.js';
import { listDatasets, newestSnapshot } from './datasets/snapshots.js';

/** Bounds of what passes through Temporal: enough to find where two logs part, small enough for its history. */
const mostLines = 2_000;
const mostCharacters = 100_000;
const longestLine = 300;
const longestContent = 10_000;
const mostDatasets = 50;
/** What may pass is tried again so often; then it is said. */
const mostAttempts = 3;

/** Builds the activity from its dependencies. */
export function createFactActivities(
  deps: DominoDependencies,
  projectIdOf: ProjectIds = createProjectIds(deps.domino),
): Pick<DominoEffects, 'getRunFacts'> {
  return {
    getRunFacts: attempted(deps, (asked: RunAsked, { number }) =>
      readFacts(deps, asked, { projectIdOf, isLast: number >= mostAttempts }),
    ),
  };
}

interface Reading {
  readonly projectIdOf: (project: string) => Promise<string>;
  readonly isLast: boolean;
}

/** A part that cannot be read says why, and the others are read all the same. */
async function readFacts(
  deps: DominoDependencies,
  { jobId, madeBy, revisionId, project }: RunAsked,
  { projectIdOf, isLast }: Reading,
): Promise<RunFacts> {
  const factOf = async <T>(read: () => Promise<T>): Promise<Fact<T>> => {
    try {
      return { value: await read() };
    } catch (error) {
      if (!(error instanceof PlatformError) || (!isLast && isRetryable(error.code))) throw error;
      return { missing: `${error.message} (${error.code})` };
    }
  };
  const found: Fact<JobFacts | null> =
    jobId === null ? { missing: 'the run has no job' } : await factOf(() => readJob(deps, jobId, madeBy));
  const foreign = `job ${jobId} does not carry the marker of the run, so nothing is told of it`;
  const job: Fact<JobFacts> =
    'missing' in found ? found : found.value === null ? { missing: foreign } : { value: found.value };
  const ofJob = async <T>(read: (jobId: string) => Promise<T>): Promise<Fact<T>> => {
    if ('missing' in job) return job;
    return factOf(() => read(jobId ?? ''));
  };
  const [runtime, log] = await Promise.all([
    ofJob((id) => readRuntime(deps, id)),
    ofJob((id) => readLog(deps, id)),
  ]);
  const ranOn = ('value' in runtime ? runtime.value.revisionId : null) ?? revisionId;
  const [environment, datasets] = await Promise.all([
    ranOn === null
      ? { missing: 'neither the run nor its job names an environment revision' }
      : factOf(() => readEnvironment(deps, ranOn)),
    'value' in job && project !== null
      ? factOf(async () => readDatasets(deps, await projectIdOf(project), job.value))
      : 'value' in job
        ? { missing: 'the project of its job is not known' }
        : job,
  ]);
  return { job, runtime, environment, datasets, log };
}

/** `null` for a job that the run has not made: a person may have supplied it, or a file may name it. */
async function readJob(
  { domino, redact }: DominoDependencies,
  jobId: string,
  madeBy: RunAsked['madeBy'],
): Promise<JobFacts | null> {
  const { job } = await domino.jobs.get({ path: { jobId } });
  if (!isMadeBy(job.title, madeBy)) return null;
  return {
    status: job.status.executionStatus,
    commitId: job.commitDetails?.inputCommitId ?? null,
    startedAt: job.stageTimes.startTime ?? null,
    completedAt: job.stageTimes.completedTime ?? null,
    ...measuredOf(job.dominoStats, redact),
  };
}

async function readRuntime({ domino }: DominoDependencies, jobId: string): Promise<RuntimeFacts> {
  const { environment, hardwareTier } = await domino.jobs.runtime({ path: { jobId } });
  return {
    environmentId: environment.environmentId,
    revisionId: environment.environmentRevisionId ?? null,
    hardwareTier: hardwareTier.id,
  };
}

async function readEnvironment(
  { domino, redact }: DominoDependencies,
  revisionId: string,
): Promise<EnvironmentFacts> {
  const { environmentRevision: revision } = await domino.environments.revisionDetails({
    path: { revisionId },
  });
  const { dockerfileInstructions, preSetupScript, postSetupScript, preRunScript, postRunScript } = revision;
  const texts = { dockerfileInstructions, preSetupScript, postSetupScript, preRunScript, postRunScript };
  return {
    image: revision.dockerImage ?? null,
    content: Object.fromEntries(
      Object.entries(texts).flatMap(([name, text]) =>
        text ? [[name, redact(text).slice(0, longestContent)] as const] : [],
      ),
    ),
  };
}

/** A job does not say which snapshots it read: those that were the newest when it began are named. */
async function readDatasets(
  { domino }: DominoDependencies,
  projectId: string,
  { startedAt }: JobFacts,
): Promise<Record<string, string | null>> {
  const found: Record<string, string | null> = {};
  for await (const { id, name, isOwn } of listDatasets(domino, projectId)) {
    if (!isOwn) continue;
    const newest = await newestSnapshot(domino, id, startedAt === null ? {} : { before: startedAt });
    found[name] = newest === null ? null : `${newest.id} of ${newest.createdAt}`;
    if (Object.keys(found).length >= mostDatasets) break;
  }
  return found;
}

/** The log comes oldest first; what is beyond the bounds is not read. */
async function readLog({ domino, redactLines }: DominoDependencies, jobId: string): Promise<LogFacts> {
  const lines: string[] = [];
  let characters = 0;
  let open = 0;
  let latestTimeNano: string | undefined;
  for (;;) {
    const { logs, metadata } = await domino.jobs.logs({
      path: { jobId },
      query: { logType: 'complete', limit: mostLines, latestTimeNano },
    });
    // Together, and over pages: a private key has several lines.
    const redacted = redactLines(
      logs.logContent.flatMap(({ log }) => log.split('\n')),
      open,
    );
    open = redacted.open;
    for (const text of redacted.lines) {
      const line = text.slice(0, longestLine);
      characters += line.length;
      if (lines.length >= mostLines || characters > mostCharacters) return { lines, whole: false };
      lines.push(line);
    }
    const next = metadata?.pagination?.latestTimeNano ?? undefined;
    const isEnd = logs.isComplete || logs.logContent.length === 0;
    if (isEnd || next === undefined || next === latestTimeNano) return { lines, whole: true };
    latestTimeNano = next;
  }
}
