/** What can be asked of a running pipeline, and told to it. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AwaitedRun, Campaign, CampaignSteering } from '../../run/replays/campaigns.js';
import {
  type HoldReport,
  type RefusalReport,
  type Resumption,
  holdSignalName,
} from '../../run/connections.js';
import { moreToCleanSignalName } from '../../run/ids.js';
import { type Wait, awaitedSignalName } from '../../run/lookouts.js';
import type { ApprovalDecision } from '../../run/retraining/retraining.js';
import type { Resolution, Run, RunEvent } from '../../run/steps.js';
import type { CleanUpStart } from '../../run/undoing/undoing.js';

/** The run and its steps, now. Answered also for a run that has ended. */
export const runQuery = defineQuery<Run>('run');

/** The changes of the run after the one with this number. */
export const eventsQuery = defineQuery<readonly RunEvent[], [after: number]>('events');

/** Ends the parking of a step. Refused when the step is not parked or the resolution does not fit it. */
export const resolveUpdate = defineUpdate<void, [Resolution]>('resolve');

/** Approves or rejects what the run waits for. Refused when it awaits none, or by somebody who may not. */
export const approvalUpdate = defineUpdate<void, [ApprovalDecision]>('decideApproval');

/** Adds to what is undone after a run's end; a call about the same effect replaces the earlier one, and is tried at once. */
export const moreToCleanSignal =
  defineSignal<[Pick<CleanUpStart, 'attemptId' | 'calls'>]>(moreToCleanSignalName);

/** Tries now what is open, and what is given; answers when that has begun. */
export const tryNowUpdate = defineUpdate<void, [Pick<CleanUpStart, 'attemptId' | 'calls'>]>('tryNow');

/** A campaign and its runs, now. Answered also for one that has ended. */
export const campaignQuery = defineQuery<Campaign>('campaign');

/** The runs of a campaign on one connection whose ends it still wants to know; asked by its own activity. */
export const awaitedQuery = defineQuery<readonly AwaitedRun[], [connection: string]>('awaited');

/** What people do to a campaign. Refused when it is in no state for it. */
export const steerUpdates = {
  start: defineUpdate<void, [CampaignSteering]>('start'),
  pause: defineUpdate<void, [CampaignSteering]>('pause'),
  resume: defineUpdate<void, [CampaignSteering]>('resume'),
  abort: defineUpdate<void, [CampaignSteering]>('abort'),
};

/** A worker says that the platform of a connection has asked to be sent nothing for a while. */
export const holdSignal = defineSignal<[HoldReport]>(holdSignalName);

/** A worker says that the platform of a connection has refused its credential for as long as patience lasts. */
export const refuseSignal = defineSignal<[RefusalReport]>('refuse');

/** An operator opens a connection, and lets the runs go on that are parked for it. */
export const resumeConnectionUpdate = defineUpdate<void, [Resumption]>('resumeConnection');

/** Waits are handed to a lookout. */
export const awaitedSignal = defineSignal<[readonly Wait[]]>(awaitedSignalName);
