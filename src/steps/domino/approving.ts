/** What an approver is shown of a registered version that would be deployed to a model API. */
import type { JobOutput, LiveModel, RegistrationOutput } from '../../run/undoing/effects.js';
import type { Metrics } from '../../run/retraining/metrics.js';
import type { DeploymentSubject, SubjectLine } from '../../run/retraining/retraining.js';
import { type Deploying, shownMetrics } from '../approve.js';
import type { LiveModelSpec } from '../compare.js';

/** A registered version on its way to a model API. */
export interface ModelOnItsWay {
  readonly subject: DeploymentSubject;
  readonly job: JobOutput;
  readonly registered: RegistrationOutput;
  readonly live: LiveModelSpec;
}

/** States it for an approval. */
export const deployingModel = ({ subject, job, registered, live: of }: ModelOnItsWay): Deploying => ({
  ...{ subject, lines: subjectLines(subject) },
  compared: async ({ effect, effects }) => {
    const live = await effects.getLiveModel({ connection: effect.connection, ...of });
    const shown = (metrics: Metrics): Metrics => shownMetrics(metrics, of.metrics);
    return {
      model: registered.model,
      version: registered.version,
      metrics: shown(job.metrics),
      live: live && { version: live.modelVersion, metrics: shown(live.metrics) },
      changed: commitsOf(job, live),
    };
  },
});

const commitsOf = ({ commitId }: JobOutput, live: LiveModel | null): string[] =>
  live?.commitId && commitId && live.commitId !== commitId
    ? [`trained on commit ${commitId.slice(0, 12)}, the live model on ${live.commitId.slice(0, 12)}`]
    : [];

/** What is deployed where, as people read it. */
export function subjectLines({ connection, project, deploys, trained }: DeploymentSubject): SubjectLine[] {
  const { name, source, environmentId, hardwareTier, replicas, projectId, commitId, ...more } = deploys;
  const { jobId, experimentRunId, revisionId } = trained;
  const revision = revisionId == null ? '' : `, trained on revision ${show(revisionId)}`;
  const experiment = experimentRunId == null ? '' : `, MLflow run ${show(experimentRunId)}`;
  const lines: (readonly [string, string])[] = [
    ['model API', show(name)],
    ['connection', connection],
    ['project', `${project} (${show(projectId)})`],
    ['source', sourceOf(source)],
    ['training', `job ${show(jobId)}${experiment}`],
    ['environment', `${show(environmentId)}${revision}`],
    ['commit', show(commitId)],
    ['hardware tier', show(hardwareTier)],
    ['replicas', show(replicas)],
    ...Object.entries(more).map(([key, value]) => [key, show(value)] as const),
  ];
  return lines.flatMap(([line, value]) => (value === '' ? [] : [{ name: line, value }]));
}

type Value = DeploymentSubject['deploys'][string] | undefined;

const show = (value: Value): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);

function sourceOf(source: Value): string {
  if (typeof source !== 'object' || source === null || Array.isArray(source)) return show(source);
  const { model, version, file, function: called } = source as Readonly<Record<string, Value>>; // no list
  return model === undefined ? `${show(called)} of ${show(file)}` : `${show(model)} version ${show(version)}`;
}
