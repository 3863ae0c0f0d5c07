/** A metric of the live model, of a job or of a probe, beside its bound. */
import { setTimeout as delay } from 'node:timers/promises';
import { judge, parseCondition } from '../../../run/retraining/gate.js';
import { type Measured, metricIn, notANumber } from '../../../run/retraining/metrics.js';
import type { Condition } from '../../../run/inputs/retrain-input.js';
import { type Answer, type Probe, askProbe, needsModelApi } from '../../../probes/ask.js';
import { metricIn as metricOfAnswer } from '../../../probes/metric.js';
import { sourceOf } from '../../retrain/conditions.js';
import type { Reading } from '../../retrain/decision.js';
import type { Sources } from './sources.js';
import { measuredOf } from '../../retrain/measured.js';
import { newestJobs } from '../jobs/newest-jobs.js';
import { jobPhase } from '../statuses.js';

/** A probe is asked again within the attempt: most services that fail answer a second later. */
const probing = { tries: 3, everyMs: 1_000 } as const;
/** What else an attempt still has to do after a probe. */
const spareMs = 5_000;

type MetricCondition = Extract<Condition, { metric: string }>;

/** A value, or why there is none. */
type Found = number | { readonly verdict: Reading['verdict']; readonly reason: string };

const unknown = (reason: string): Found => ({ verdict: 'unknown', reason });

/** A reader that asks each probe once, also for several metrics. */
export function createMetricReader(sources: Sources): (condition: MetricCondition) => Promise<Reading> {
  const answers = new Map<string, Promise<Answer>>();
  const find = (metric: string, from: MetricCondition['from']): Promise<Found> => {
    if (from === 'live') return ofLiveModel(sources, metric);
    return 'job' in from ? ofJob(sources, metric, from.job) : ofProbe(sources, answers, metric, from.probe);
  };
  return async ({ metric: text, from }) => {
    const condition = parseCondition(text);
    if (condition === null || !('value' in condition.bound))
      return { verdict: 'unknown', reason: `${text} is not a bound` }; // the door has checked it
    const value = await find(condition.metric, from);
    if (typeof value !== 'number') return value;
    const holds = judge([condition], { [condition.metric]: value }, null).every((verdict) => verdict.holds);
    const { value: bound } = condition.bound;
    return { verdict: holds ? 'holds' : 'fails', value, bound, source: sourceOf(from) };
  };
}

async function ofLiveModel({ live }: Sources, metric: string): Promise<Found> {
  const model = await live();
  if (model === null) return { verdict: 'holds', reason: 'nothing is live' };
  return metricOf(model, metric, `version ${model.modelVersion} of ${model.model}`);
}

/** What was measured; or that it is no number, or missing. */
function metricOf(measured: Measured, metric: string, of: string): Found {
  const said = notANumber(measured, metric);
  return (
    metricIn(measured.metrics, metric) ??
    unknown(said === null ? `${of} has no ${metric}` : `of ${of}, ${said}`)
  );
}

async function ofJob({ deps, projectId, attempt }: Sources, metric: string, title: string): Promise<Found> {
  const id = await projectId();
  for await (const job of newestJobs(deps.domino, id)) {
    const succeeded = jobPhase(job.status.executionStatus, job.status.isCompleted) === 'succeeded';
    if (succeeded && job.title?.startsWith(title))
      return metricOf(measuredOf(job.dominoStats, deps.redact, [metric]), metric, `job ${job.number}`);
    if (performance.now() + spareMs > attempt.endsMs())
      return unknown(`there was no time left to search the jobs before job ${job.number}`);
  }
  return unknown(`no job has succeeded whose title begins with ${JSON.stringify(title)}`);
}

async function ofProbe(
  sources: Sources,
  answers: Map<string, Promise<Answer>>,
  metric: string,
  name: string,
): Promise<Found> {
  const probe = sources.deps.probe(name);
  if (probe === null) return unknown('the configuration of this worker has no such probe');
  const known = answers.get(name);
  const answer = await (known ?? ask(sources, probe, metric));
  if (known === undefined) answers.set(name, Promise.resolve(answer));
  if (!answer.ok) return unknown(answer.line);
  const read = metricOfAnswer(answer.text, probe, metric);
  return read.ok ? read.value : unknown(read.line);
}

/** Until there is an answer with the metric in it. */
async function ask({ attempt, serving }: Sources, probe: Probe, metric: string): Promise<Answer> {
  const modelApiId = needsModelApi(probe) ? (await serving())?.modelApiId : undefined;
  const enough = (): boolean =>
    performance.now() + probing.everyMs + probe.timeoutMs + spareMs < attempt.endsMs();
  let answer: Answer = { ok: false, line: 'there was no time left to ask it' };
  for (let tried = 0; tried < probing.tries && enough(); tried += 1) {
    if (tried > 0) await delay(probing.everyMs);
    answer = await askProbe(probe, { modelApiId });
    if (answer.ok && metricOfAnswer(answer.text, probe, metric).ok) return answer;
  }
  return answer;
}
