/** What a project has cost, by the platform’s cost API. */
import type { Condition } from '../../../run/inputs/retrain-input.js';
import { PlatformError } from '../../../platform/errors.js';
import type { Reading } from '../../retrain/decision.js';
import type { DominoDependencies } from '../dependencies.js';
import { lookTwice } from '../../effect/second-look.js';
import type { Sources } from './sources.js';

type Budget = Extract<Condition, { budget: unknown }>['budget'];
type Allocations = Awaited<ReturnType<DominoDependencies['domino']['cost']['allocation']>>['data'];

const projectLabel = 'label:dominodatalab.com/project-id';
/** A project’s id, which some versions write after the name of the label. */
const projectKey = /^(?:.*=)?([0-9a-f]{24})$/;

/** Costs are for administrators, and not every deployment tracks them. */
const noCostApi = (status: number): Reading => ({
  verdict: 'unknown',
  reason: `the platform has no cost API for this credential (${status})`,
});

/** Holds while the project has cost no more than this. */
export async function readBudget(
  { deps, projectId, attempt }: Pick<Sources, 'deps' | 'projectId' | 'attempt'>,
  { atMost, days }: Budget,
): Promise<Reading> {
  const query = { window: `${days}d`, aggregate: projectLabel, accumulate: true };
  const read = lookTwice(deps, () => deps.domino.cost.allocation({ query }));
  const answer = await read.catch((error: unknown) => {
    if (isDenied(error) && attempt.hasStayed(error.code)) return 'denied' as const;
    throw error;
  });
  if (answer === null) return noCostApi(404);
  if (answer === 'denied') return noCostApi(403);
  const total = totalOf(answer.data, await projectId());
  if (total === null)
    return { verdict: 'unknown', reason: 'the platform’s cost API answered without costs by project' };
  const value = Math.round(total * 100) / 100;
  return {
    verdict: total <= atMost ? 'holds' : 'fails',
    value,
    bound: atMost,
    source: 'the platform’s cost API',
  };
}

const isDenied = (error: unknown): error is PlatformError =>
  error instanceof PlatformError && error.code === 'PERMISSION_DENIED';

/** A project that is not listed has cost nothing, provided that what is listed is projects. */
function totalOf(data: Allocations, projectId: string): number | null {
  const entries = data.flatMap((allocations) => Object.entries(allocations ?? {}));
  const labelled = entries.filter(([key]) => !key.startsWith('__'));
  if (labelled.some(([key]) => !projectKey.test(key))) return null;
  return labelled
    .filter(([key]) => projectKey.exec(key)?.[1] === projectId)
    .reduce((sum, [, { totalCost }]) => sum + totalCost, 0);
}
