/** Decisions on retraining, as an activity. */
import { Context } from '@temporalio/activity';
import type { DominoEffects } from '../../../steps/domino/effects.js';
import { namedMetrics } from '../../../run/retraining/named-metrics.js';
import type { Decision } from '../../../run/retraining/retraining.js';
import { type Attempt, attempted } from '../../effect/attempt.js';
import { decide } from '../../retrain/decision.js';
import type { DominoDependencies } from '../dependencies.js';
import { createReader } from './evidence.js';
import type { ReadLiveModel } from '../models/live-model.js';
import { type ProjectIds, createProjectIds, ofKnownProjects } from '../projects.js';
import { type RunHistory, createRunHistory } from '../../retrain/run-history.js';
import { createSources } from './sources.js';

type Asked = Parameters<DominoEffects['decideRetraining']>[0];

/** What a decision is read with. */
export interface Reads {
  readonly history: RunHistory;
  readonly attempt: Pick<Attempt, 'endsMs' | 'nowMs' | 'hasStayed'>;
}

/** Reads what the conditions ask for and decides. */
export function createDecider(
  deps: DominoDependencies,
  readLiveModel: ReadLiveModel,
  projectId: ProjectIds = createProjectIds(deps.domino),
): (asked: Asked, reads: Reads) => Promise<Decision> {
  const idOf = ofKnownProjects(projectId);
  return ({ when, ...asked }, reads) => {
    const about = { ...asked, metrics: namedMetrics({ when }) };
    const read = createReader(createSources({ deps, about, projectId: idOf, readLiveModel, ...reads }));
    return decide(when, read, reads.attempt.nowMs);
  };
}

/** Builds the activity. */
export function createRetrainingActivities(
  deps: DominoDependencies,
  readLiveModel: ReadLiveModel,
  projectIds?: ProjectIds,
): Pick<DominoEffects, 'decideRetraining'> {
  const decideOn = createDecider(deps, readLiveModel, projectIds);
  return {
    decideRetraining: attempted(deps, (asked: Asked, attempt) =>
      decideOn(asked, { history: createRunHistory(Context.current().client), attempt }),
    ),
  };
}
