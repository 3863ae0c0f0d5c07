/** The dry run of a campaign: every replay is planned, in batches, and nothing is started. */
import { isCancellation } from '@temporalio/workflow';
import { addTotals, expectedMinutesOf, noTotals } from '../../run/replays/campaign-rules.js';
import type { CampaignRun, PlanTotals } from '../../run/replays/campaigns.js';
import type { CampaignRecord } from './campaign-record.js';
import { proxyCampaign } from '../kernel/effects.js';
import { failureOf } from '../../steps/failures.js';
import { presentBuild } from '../kernel/replaying.js';

/** A plan reads the platform a few times for each run: so many are done well within an attempt. */
const batchSize = 25;

/** Plans what is not planned yet, and sums it up. A run that cannot be replayed is refused, and stops nothing. */
export async function planRuns(record: CampaignRecord): Promise<void> {
  const unplanned = byConnection(record.runs('unplanned'));
  const totals = await Promise.all(
    [...unplanned].map(([connection, runs]) => planOn(record, connection, runs)),
  );
  const sum = totals.reduce(addTotals, noTotals);
  const view = record.view();
  record.enter('planning', {
    dryRun: {
      ...sum,
      planned: record.runs('planned').length,
      refused: record.runs('refused').length,
      expectedMinutes: expectedMinutesOf(view, sum.longestMinutes),
    },
  });
}

async function planOn(
  record: CampaignRecord,
  connection: string,
  runs: readonly CampaignRun[],
): Promise<PlanTotals> {
  const { planCampaign } = proxyCampaign(connection);
  let sum = noTotals;
  for (let from = 0; from < runs.length; from += batchSize) {
    const runIds = runs.slice(from, from + batchSize).map(({ runId }) => runId);
    try {
      const planned = await planCampaign({ connection, runIds, buildId: presentBuild() });
      for (const { runId, ...to } of planned.runs)
        record.change(runId, { ...to, state: to.failure === undefined ? 'planned' : 'refused' });
      sum = addTotals(sum, planned.totals);
    } catch (error) {
      const failure = isCancellation(error) ? null : failureOf(error);
      if (failure === null) throw error;
      for (const runId of runIds) record.change(runId, { failure, state: 'refused' });
    }
  }
  return sum;
}

/** In the order in which each connection comes first. */
export function byConnection(runs: readonly CampaignRun[]): ReadonlyMap<string, readonly CampaignRun[]> {
  const groups = new Map<string, CampaignRun[]>();
  for (const run of runs) {
    const group = groups.get(run.connection);
    if (group === undefined) groups.set(run.connection, [run]);
    else group.push(run);
  }
  return groups;
}
