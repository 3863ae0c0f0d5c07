/** Whether what a model was judged against is still what is deployed. */
import { isMadeBy } from '../client/markers.js';
import type { LiveModel } from '../pipeline/effects.js';
import { metricsNamed } from '../pipeline/gate.js';
import { namedMetrics } from '../pipeline/named-metrics.js';
import type { GateOutput } from '../pipeline/pipelines.js';
import { stepOf } from '../pipeline/replay-request.js';
import type { AttemptRecord } from '../pipeline/replays.js';
import type { Comparison } from '../pipeline/retraining.js';
import type { Json } from '../pipeline/steps.js';
import { findDeployed } from './deployed.js';
import type { Foresight } from './foresight.js';
import { createProjectIds } from './projects.js';
import type { Known } from './step-foresight.js';

/** A step that has finished, and what it would be judged by now. */
interface Judged {
  readonly name: string;
  readonly input: Known['input'];
  readonly output: Json;
}

/**
 * Why a verdict on the live model does not count any more: another model has been deployed since. What the run has
 * deployed itself, or one that it was forked from, is no such model.
 * @returns `null` where it counts, where there was none, and where a person has supplied it
 * @throws LonghaulError `BASELINE_UNKNOWN`; codes of the platform where it cannot be looked at
 */
export async function anotherLive(
  { deps, foresee }: Foresight,
  record: AttemptRecord,
  { name, input, output }: Judged,
): Promise<string | null> {
  const modelApi = input.deploy?.modelApi;
  const before = judgedAgainst({ name, input, output });
  const isSupplied = stepOf(record, name).state.status === 'skipped';
  if (modelApi === undefined || before === undefined || isSupplied) return null;
  const { connection, project } = input;
  const projectId = await createProjectIds(deps.domino)(project);
  const deployed = await findDeployed(deps, projectId, modelApi);
  if (deployed === null || (await isOwn({ deps }, record, deployed))) return null;
  const metrics = name === 'gate' ? metricsNamed(input.gate?.conditions ?? []) : namedMetrics(input);
  const asked = { connection, project, modelApi, metrics };
  const { answer: live } = await foresee((effects) => effects.getLiveModel(asked));
  if (live === null || (before?.model === live.model && before.version === live.modelVersion)) return null;
  const was = before === null ? 'nothing' : `${before.model} version ${before.version}`;
  return `${live.model} version ${live.modelVersion} is live by now, and it was judged against ${was}`;
}

interface ModelVersion {
  readonly model: string;
  readonly version: number;
}

/** `null` where nothing was live, `undefined` where nobody has looked. */
function judgedAgainst({ name, input, output }: Judged): ModelVersion | null | undefined {
  if (output === null) return undefined;
  if (name === 'compare') return (output as Comparison).liveVersion; // the output of that step
  if (name !== 'gate' || input.gate?.baseline !== 'live') return undefined;
  const baseline = (output as GateOutput).baseline as LiveModel | null | undefined; // of a gate on the live model
  return baseline && { model: baseline.model, version: baseline.modelVersion };
}

/** Whether a version of a model API carries a marker of the run. */
async function isOwn(
  { deps }: Pick<Foresight, 'deps'>,
  record: AttemptRecord,
  path: { readonly modelApiId: string; readonly versionId: string },
): Promise<boolean> {
  const { runId, firstAttemptId, origins = [] } = record;
  const { generation = 1 } = stepOf(record, 'deploy');
  const by = { origins: [{ runId, firstAttemptId }, ...origins], step: 'deploy', generation };
  const { description } = await deps.domino.modelApis.getVersion({ path });
  return isMadeBy(description, by);
}
