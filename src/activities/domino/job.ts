/** The job step, as plans look at it. */
import { isMadeBy } from '../../client/markers.js';
import type { JobOutput } from '../../run/undoing/effects.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { stepOf } from '../../pipelines/replay-request.js';
import type { job as kind } from '../../steps/domino/job.js';
import { createMarkedJobs } from './jobs/marked-jobs.js';
import { createProjectIds } from './projects.js';
import { mayRun } from '../effect/phases.js';
import { isStopping, jobPhase } from './statuses.js';
import { type Claim, type Confirmed, calling, look, runs, taken } from '../steps/step-effects.js';
import type { DominoEffectsOf, DominoForesight } from './effects-of.js';

export const job: DominoEffectsOf<typeof kind> = {
  unforeseen: { why: 'starts a job with what the steps above make', endpoints: ['jobs.start'] },
  foresee: async (foresight, effect, { needed: _, logLines, within: _within, metrics, isItem, ...spec }) => {
    const title = spec.title ?? effect.origin.runId;
    const { revisionId } = spec;
    const found = await foresight.foresee((effects) => effects.ensureJob({ ...effect, ...spec, title }));
    const begun = found.answer;
    if (begun === null)
      return runs('no job carries its marker', calling(found.endpoints, `project ${spec.project}`));
    const adopts = { kind: 'job', id: begun.jobId, link: begun.link } as const;
    const { status } = (await foresight.deps.domino.jobs.get({ path: { jobId: begun.jobId } })).job;
    if (isStopping(status.executionStatus))
      return {
        why: `job ${begun.number} is ${status.executionStatus}`,
        calls: [],
        adopts,
        dead: `job ${begun.number} was stopped`,
      };
    const seen = await look(foresight, (effects) =>
      effects.awaitJob({ ...effect, job: begun, logLines, revisionId, metrics, isItem }),
    );
    return taken(seen, adopts, `job ${begun.number} has succeeded`);
  },
  confirm,
  differences: async ({ deps: { domino } }, { environmentId, revisionId }) => {
    if (environmentId === undefined || revisionId === undefined) return [];
    const revision = await domino.environments.getRevision({ path: { environmentId, revisionId } });
    if (revision.isRestricted !== true) return [];
    const { environment } = await domino.environments.get({ path: { environmentId } });
    return [`revision ${revision.number} of ${environment.name} is restricted now`];
  },
  stopsBy: 'jobs.stop',
  leftRunning: async ({ deps }, { origin }, { project }) => {
    const projectId = await createProjectIds(deps.domino)(project);
    const jobs = await createMarkedJobs(deps)({ projectId, origin });
    return jobs
      .filter(
        ({ status: { executionStatus, isCompleted } }) =>
          isCompleted !== true && mayRun(jobPhase(executionStatus, isCompleted)),
      )
      .map(({ number }) => ({ endpoint: 'jobs.stop', on: `job ${number}` }));
  },
};

/**
 * Looks whether the job that a file names is one of the step. What it has measured is read from the platform where an
 * approver is shown it.
 */
async function confirm(
  { deps, foresee }: DominoForesight,
  { record, name, output, effect, isShown }: Claim<JobOutput>,
): Promise<Confirmed<JobOutput>> {
  const { runId, firstAttemptId, origins = [] } = record;
  const { job: found } = await deps.domino.jobs.get({ path: { jobId: output.jobId } });
  const isOwn = isMadeBy(found.title, {
    ...{ origins: [{ runId, firstAttemptId }, ...origins], step: name },
    generation: stepOf(record, name).generation ?? 1,
  });
  const what = `job ${output.jobId}, which the file names as the one of "${name}" of ${runId}, does not carry its marker`;
  if (!isShown) return { output, ...(!isOwn && { warning: `${what}: its log is not shown` }) };
  if (!isOwn)
    throw new LonghaulError(
      'REPLAY_INVALID',
      `${what}. Run it anew with --from ${name}, or supply the output in your own name with --skip ${name}=output.json`,
    );
  const { projectId, jobId, number, link } = output;
  const read = await foresee((effects) =>
    effects.awaitJob({
      ...effect,
      job: { projectId, jobId, number, link },
      logLines: linesKept(output.logTail),
    }),
  );
  return { output: read.answer ?? output };
}

/** As many as an input may ask for; a file may say anything. */
const linesKept = (logTail: unknown): number => (Array.isArray(logTail) ? Math.min(logTail.length, 200) : 0);
