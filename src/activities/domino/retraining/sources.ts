/** What the evidence of one decision is read from. */
import type { LiveModel, ServingVersion } from '../../../run/undoing/effects.js';
import type { Attempt } from '../../effect/attempt.js';
import type { DominoDependencies } from '../dependencies.js';
import { findDeployed } from '../deployments/deployed.js';
import { type ReadLiveModel, readBaseline } from '../models/live-model.js';
import type { RunHistory } from '../../retrain/run-history.js';

/** What a decision is about. */
export interface About {
  readonly project: string;
  readonly modelApi: string;
  readonly model: string;
  readonly runId: string;
  /** Metrics of the live model that conditions name. */
  readonly metrics?: readonly string[];
}

/** What evidence is read from. */
export interface Sources {
  readonly deps: DominoDependencies;
  readonly about: About;
  readonly history: RunHistory;
  readonly attempt: Pick<Attempt, 'endsMs' | 'nowMs' | 'hasStayed'>;
  projectId(): Promise<string>;
  /** What was last deployed, whatever its state; `null` when nothing was. Read once. */
  serving(): Promise<ServingVersion | null>;
  /** What it was made from. Read once. @throws LonghaulError `BASELINE_UNKNOWN` */
  live(): Promise<LiveModel | null>;
}

type Basis = Pick<Sources, 'deps' | 'about' | 'history' | 'attempt'> & {
  readonly projectId: (project: string) => Promise<string>;
  readonly readLiveModel: ReadLiveModel;
};

/** Sources of one decision: what several conditions need is read once. */
export function createSources({ projectId: idOf, readLiveModel, ...basis }: Basis): Sources {
  const { deps, about } = basis;
  const projectId = () => idOf(about.project);
  const serving = once(async () => findDeployed(deps, await projectId(), about.modelApi));
  const live = once(async () => {
    const version = await readBaseline(serving());
    return (
      version &&
      readLiveModel({
        ...{ projectId: await projectId(), modelApi: about.modelApi, serving: version },
        metrics: about.metrics,
      })
    );
  });
  return { ...basis, projectId, serving, live };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= read());
}
