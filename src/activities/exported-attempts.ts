/** Attempts from files: whoever has a file may have edited it, so nothing of authority is taken from one. */
import { type MadeBy, isMadeBy } from '../client/markers.js';
import type { Effect, JobOutput } from '../pipeline/effects.js';
import { LonghaulError } from '../pipeline/errors.js';
import { partOf, stepOf } from '../pipelines/replay-request.js';
import type { AttemptRecord } from '../pipeline/replays.js';
import type { Foresight } from './foresight.js';

/** Whether the input of an attempt asks for an approval. */
const asksForApproval = ({ input }: AttemptRecord): boolean => partOf(input, 'approval') !== undefined;

/**
 * The attempt without what only Temporal vouches for: decisions are asked again, and where one is asked for, so is what
 * would be deployed found again on the platform.
 */
export function withoutAuthority(exported: AttemptRecord): AttemptRecord {
  const anew = asksForApproval(exported) ? ['register', 'approve', 'deploy', 'watch'] : ['approve'];
  return {
    ...exported,
    steps: exported.steps.map((step) =>
      anew.includes(step.name) ? { ...step, references: [], state: { status: 'pending' } } : step,
    ),
  };
}

/** The training that a file names, as far as the platform confirms it. */
export interface ConfirmedTraining {
  readonly output: JobOutput;
  readonly warning?: string;
}

/**
 * Looks whether the job that a file names as its training is one of the run. Where the input asks for an approval it must
 * be, and what it has measured is read from the platform: an approver is shown it.
 * @throws LonghaulError `REPLAY_INVALID`; codes of the platform where the job cannot be read
 */
export async function confirmTraining(
  { deps, foresee }: Foresight,
  record: AttemptRecord,
  { output, effect }: { readonly output: JobOutput; readonly effect: Effect },
): Promise<ConfirmedTraining> {
  const { job } = await deps.domino.jobs.get({ path: { jobId: output.jobId } });
  const isOwn = isMadeBy(job.title, trainingOf(record));
  const what = `job ${output.jobId}, which the file names as the training of ${record.runId}, does not carry its marker`;
  if (!asksForApproval(record))
    return { output, ...(!isOwn && { warning: `${what}: its log is not shown` }) };
  if (!isOwn)
    throw new LonghaulError(
      'REPLAY_INVALID',
      `${what}. Train anew with --from train, or supply the output in your own name with --skip train=output.json`,
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

function trainingOf(record: AttemptRecord): MadeBy {
  const { runId, firstAttemptId, origins = [] } = record;
  return {
    origins: [{ runId, firstAttemptId }, ...origins],
    step: 'train',
    generation: stepOf(record, 'train').generation ?? 1,
  };
}
