/** `campaign`: plan every replay → wait to be started → canaries → the rest at the pace → one report. */
import { CancellationScope, allHandlersFinished, condition, continueAsNew } from '@temporalio/workflow';
import type { Campaign, CampaignStart } from '../../run/replays/campaigns.js';
import { planRuns } from './campaign-planning.js';
import { type CampaignRecord, now, openRecord } from './campaign-record.js';
import { openClocks, performStages } from './campaign-starting.js';
import { acceptSteering } from './campaign-steering.js';
import { followRuns } from './campaign-verdicts.js';

/** Replays many runs, and returns what became of each. */
export async function campaign(start: CampaignStart): Promise<Campaign> {
  const record = openRecord(start);
  acceptSteering(record);
  if (record.is('planning')) await dryRun(record, start);
  if (record.is('planned')) await awaitStart(record, start);
  if (record.view().startedAt !== undefined) {
    const clocks = openClocks(start.carried);
    const performed = await beside(
      () => followRuns(record),
      () => performStages(record, clocks),
    );
    await condition(allHandlersFinished);
    if (performed === 'renew' && !record.isLeft()) {
      const carried = { campaign: record.view(), nextStartMs: Object.fromEntries(clocks) };
      // replay-tested: 2026-11-21
      await continueAsNew<typeof campaign>({ ...start, runs: [], carried });
    }
    record.close('completed', 'every run has a verdict');
  }
  record.end();
  await condition(allHandlersFinished);
  return record.view();
}

async function dryRun(record: CampaignRecord, { startsItself, startWithinMs }: CampaignStart): Promise<void> {
  await beside(
    () => planRuns(record),
    () => condition(() => record.isOver() || record.view().dryRun !== undefined),
  );
  if (record.isOver()) return;
  if (record.runs('planned').length === 0) record.close('completed', 'no run of it can be replayed');
  else if (startsItself) record.enter('running', { startedAt: now() });
  else record.enter('planned', { expiresAt: new Date(Date.now() + startWithinMs).toISOString() });
}

/** Nobody has looked at a plan that is a day old: the world has moved since. */
async function awaitStart(record: CampaignRecord, { startWithinMs }: CampaignStart): Promise<void> {
  const isDecided = await condition(() => record.isOver() || !record.is('planned'), startWithinMs);
  if (!isDecided) record.close('expired', 'nobody started it in time');
}

/** Performs one thing while another goes on, which is cancelled afterwards. */
async function beside<T>(goesOn: () => Promise<void>, perform: () => Promise<T>): Promise<T> {
  const scope = new CancellationScope();
  const going = scope.run(goesOn);
  const failed = going.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined); // it is cancelled below
  try {
    return await Promise.race([perform(), failed]);
  } finally {
    scope.cancel();
  }
}
