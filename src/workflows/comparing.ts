/** The new model beside the live one: whether it is better, and what an approver is shown. */
import type { Effects, JobOutput, LiveModel, RegistrationOutput } from '../pipeline/effects.js';
import type { RetrainInput } from '../pipeline/inputs.js';
import type { Comparison, Decision } from '../pipeline/retraining.js';
import type { Evidence } from './approval.js';
import { compareMetrics, missingMetric } from '../pipeline/comparison.js';
import { fail } from './failures.js';

/** The live model, or `null`. */
const liveModel = (
  effects: Effects,
  { connection, project, deploy }: RetrainInput,
): Promise<LiveModel | null> => effects.getLiveModel({ connection, project, modelApi: deploy.modelApi });

/** Compares by one metric. Without a live model there is nothing to beat. */
export async function compareWithLive(
  effects: Effects,
  input: RetrainInput,
  spec: NonNullable<RetrainInput['compare']>,
  { metrics }: JobOutput,
): Promise<Comparison> {
  const missing = missingMetric(spec, metrics);
  if (missing !== null) throw fail(missing);
  const compared = compareMetrics(spec, metrics, await liveModel(effects, input));
  if ('code' in compared) throw fail(compared);
  return compared;
}

/** In one line. */
export function sayComparison({ metric, value, live, bound }: Comparison): string {
  return `${metric} ${value} against ${live ?? 'nothing'} of the live model${bound === live ? '' : ` (needed ${bound ?? 0})`}`;
}

/** What is shown to who must approve. */
export async function evidenceOf(
  effects: Effects,
  input: RetrainInput,
  {
    job,
    registered,
    decision,
  }: { readonly job: JobOutput; readonly registered: RegistrationOutput; readonly decision: Decision },
): Promise<Evidence> {
  const live = await liveModel(effects, input);
  return {
    model: registered.model,
    version: registered.version,
    metrics: job.metrics,
    live: live && { version: live.modelVersion, metrics: live.metrics },
    changed: [...changesOf(decision), ...commitsOf(job, live)],
  };
}

const changesOf = ({ evidence }: Decision): string[] =>
  evidence
    .filter(({ verdict }) => verdict === 'holds')
    .map(({ condition, value }) => (value === undefined ? condition : `${condition}: ${value}`));

const commitsOf = ({ commitId }: JobOutput, live: LiveModel | null): string[] =>
  live?.commitId && commitId && live.commitId !== commitId
    ? [`trained on commit ${commitId.slice(0, 12)}, the live model on ${live.commitId.slice(0, 12)}`]
    : [];
