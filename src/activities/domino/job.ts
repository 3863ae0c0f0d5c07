/** The job step, as plans look at it. */
import type { job as kind } from '../../steps/domino/job.js';
import { createMarkedJobs } from '../marked-jobs.js';
import { createProjectIds } from '../projects.js';
import { jobPhase, mayRun } from '../statuses.js';
import { type EffectsOf, calling, isStopping, look, runs, taken } from '../step-effects.js';

export const job: EffectsOf<typeof kind> = {
  unforeseen: { why: 'its environment is made first', endpoints: ['jobs.start'] },
  foresee: async (foresight, effect, { needed: _, logLines, within: _within, metrics, ...spec }) => {
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
      effects.awaitJob({ ...effect, job: begun, logLines, revisionId, metrics }),
    );
    return taken(seen, adopts, `job ${begun.number} has succeeded`);
  },
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
