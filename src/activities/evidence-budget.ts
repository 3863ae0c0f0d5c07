/** What a project has cost, by the platform’s cost API. */
import type { Condition } from '../pipeline/retrain-input.js';
import { PlatformError } from '../platform/errors.js';
import type { Reading } from './decision.js';
import type { ActivityDependencies } from './dependencies.js';
import type { Sources } from './sources.js';

type Budget = Extract<Condition, { budget: unknown }>['budget'];
type Allocations = Awaited<ReturnType<ActivityDependencies['domino']['cost']['allocation']>>['data'];

const projectLabel = 'label:dominodatalab.com/project-id';
/** A project’s id, which some versions write after the name of the label. */
const projectKey = /^(?:.*=)?([0-9a-f]{24})$/;

/** Holds while the project has cost no more than this. */
export async function readBudget(
  { deps, projectId }: Pick<Sources, 'deps' | 'projectId'>,
  { atMost, days }: Budget,
): Promise<Reading> {
  const read = deps.domino.cost.allocation({
    query: { window: `${days}d`, aggregate: projectLabel, accumulate: true },
  });
  const answer = await read.catch(refusal);
  if ('reason' in answer) return { verdict: 'unknown', ...answer };
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

/** Costs are for administrators, and not every deployment tracks them. */
function refusal(error: unknown): { readonly reason: string } {
  if (!(error instanceof PlatformError)) throw error;
  const { status, code } = error;
  if (status === 403 || status === 404)
    return { reason: `the platform has no cost API for this credential (${status})` };
  if (code === 'ANSWER_UNEXPECTED')
    return { reason: 'the platform’s cost API answered in a form that is not known' };
  throw error;
}

/** A project that is not listed has cost nothing, provided that what is listed is projects. */
function totalOf(data: Allocations, projectId: string): number | null {
  const entries = data.flatMap((allocations) => Object.entries(allocations ?? {}));
  const labelled = entries.filter(([key]) => !key.startsWith('__'));
  if (labelled.some(([key]) => !projectKey.test(key))) return null;
  return labelled
    .filter(([key]) => projectKey.exec(key)?.[1] === projectId)
    .reduce((sum, [, { totalCost }]) => sum + totalCost, 0);
}
