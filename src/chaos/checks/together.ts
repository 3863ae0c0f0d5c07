/** I5: a model is trained by one run at a time; the others wait for it, or give up. */
import { z } from 'zod';
import type { TrialEvidence, JobObject, RunRecord, Violation } from '../evidence.js';
import { overlap } from './duplicates.js';
import { documentOf, trainedBy } from './steps.js';

const Names = z.object({
  register: z.object({ model: z.string() }).optional(),
  deploy: z.object({ modelApi: z.string() }).optional(),
});

/** Which model a job of a run trains: that of its input or, of a document, that of the job’s step. */
function modelsOf(record: RunRecord): (jobId: string) => string | undefined {
  const { planned } = record;
  if (documentOf(record) !== null) {
    const trained = trainedBy(record);
    return (jobId) => trained.get(jobId);
  }
  const { register, deploy } = Names.parse(planned.input);
  return () => register?.model ?? deploy?.modelApi;
}

/** Jobs of different runs for one model that went on at the same time, and were not stopped as superfluous. */
export function findTogether({ objects, runs }: TrialEvidence): Violation[] {
  const models = new Map(runs.map((record) => [record.runId, modelsOf(record)] as const));
  const byModel = new Map<string, JobObject[]>();
  for (const job of objects.jobs) {
    const model = job.status === 'Stopped' ? undefined : models.get(job.runId ?? '')?.(job.id);
    if (model !== undefined) byModel.set(model, [...(byModel.get(model) ?? []), job]);
  }
  return [...byModel].flatMap(([model, jobs]) =>
    jobs.flatMap((one, at) =>
      jobs
        .slice(at + 1)
        .filter((other) => other.runId !== one.runId && overlap(one, other))
        .map((other) => ({
          rule: 'together' as const,
          what: `jobs ${one.number} and ${other.number} trained ${model} at once`,
          ...(one.runId !== null && { runId: one.runId }),
          about: [one.id, other.id],
        })),
    ),
  );
}
