/** A job: started once, awaited until it has ended. */
import { parseDuration } from '../../run/schedules/durations.js';
import type { Hold, JobOutput, JobSpec, JobStart } from '../../run/undoing/effects.js';
import { type Needed, holding } from '../holding.js';
import { defineDominoStep } from './effects.js';

export interface JobStepSpec extends Omit<JobSpec, 'hold' | 'title'> {
  /** Left out, the id of the run. */
  readonly title?: string | undefined;
  /** The model that it trains. */
  readonly needed: Needed | undefined;
  /** How many last lines of the log are kept. */
  readonly logLines: number;
  /** How long it may take, such as `2d`. */
  readonly within?: string | undefined;
  /** What of its `dominostats.json` is kept before all else. */
  readonly metrics: readonly string[];
  /** One of many, of which less is kept. */
  readonly isItem?: true | undefined;
}

export const job = defineDominoStep<JobStepSpec, JobOutput>({
  kind: 'domino.job',
  holds: {
    projectId: 'an id',
    jobId: 'an id',
    metrics: 'an object of numbers',
    experimentRunId: 'an id or null',
    outputCommitId: 'an id or null',
  },
  mayHold: {
    notNumbers: 'an object of texts',
    metricsLeftOut: 'a number',
    commitId: 'a text or null',
    revisionId: 'a text or null',
    logTail: 'a list of texts',
  },
  sameBy: ['jobId'],
  renewable: true,
  repeats: ['JOB_FAILED', 'JOB_BROKEN', 'TIMED_OUT'],
  looksUp: true,
  recorded: { ends: ['awaitJob'], output: ['awaitJob'], undo: ['stopJobs'] },
  madeFrom: ({ needed: _, logLines: _lines, within: _within, metrics: _metrics, isItem: _item, ...spec }) =>
    spec,
  running: ({ project }) => ({ undo: 'stopJobs', project }),
  leaves: {
    twin: ({ jobId: id, projectId: parent }, { project }) => ({
      target: { undo: 'stopJobs', project },
      made: { id, parent },
    }),
  },
  perform: (step, { needed, logLines, within, metrics, isItem, ...spec }) => {
    const { effect, effects, preflight } = step;
    const { project, revisionId } = spec;
    const answered = step.undo('running', { undo: 'stopJobs', project });
    const title = spec.title ?? effect.origin.runId;
    const started = (hold: Hold | undefined): Promise<JobStart> =>
      effects.ensureJob({
        ...effect,
        ...(preflight && { preflight }),
        ...spec,
        ...(hold && { hold }),
        title,
      });
    return holding(step, needed, started).then((begun) => {
      answered({ id: begun.jobId, parent: begun.projectId, isOwn: true }, begun);
      step.waiting(`job ${begun.number} to end`, { kind: 'job', id: begun.jobId, link: begun.link });
      const withinMs = within === undefined ? undefined : (parseDuration(within) ?? undefined);
      return effects.awaitJob({ ...effect, job: begun, logLines, revisionId, metrics, isItem, withinMs });
    });
  },
});
