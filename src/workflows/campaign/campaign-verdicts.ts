/** What became of the runs of a campaign: learnt from one list per connection, and judged by the stop rule. */
import { condition, isCancellation, sleep } from '@temporalio/workflow';
import { stoppedBy } from '../../run/replays/campaign-rules.js';
import type { CampaignRecord } from './campaign-record.js';
import { proxyCampaign } from '../kernel/effects.js';
import { failureOf } from '../../steps/failures.js';

/** Learns verdicts until it is cancelled. */
export async function followRuns(record: CampaignRecord): Promise<void> {
  const connections = new Set(record.runs().map(({ connection }) => connection));
  await Promise.all([...connections].map((connection) => followOn(record, connection)));
}

async function followOn(record: CampaignRecord, connection: string): Promise<void> {
  const { awaitVerdicts } = proxyCampaign(connection);
  const { name: campaign } = record.view();
  for (;;) {
    await condition(() => record.runs('running').some((run) => run.connection === connection));
    try {
      for (const { runId, ...verdict } of await awaitVerdicts({ connection, campaign }))
        record.change(runId, verdict);
    } catch (error) {
      if (isCancellation(error) || failureOf(error) === null) throw error;
      await sleep('1 minute'); // runs may take longer than any wait: it is asked again
    }
    const { rules, runs } = record.view();
    const stopped = stoppedBy(rules, runs);
    if (stopped !== null) record.close('stopped', stopped);
  }
}
