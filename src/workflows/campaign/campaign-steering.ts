/** What people do to a campaign: start it after its dry run, pause it, resume it, abort it. */
import { ApplicationFailure } from '@temporalio/common';
import { setHandler } from '@temporalio/workflow';
import {
  type Campaign,
  type CampaignAction,
  type CampaignState,
  type CampaignSteering,
  campaignActions,
} from '../../run/replays/campaigns.js';
import { type CampaignRecord, now } from './campaign-record.js';
import { steerUpdates } from '../kernel/messages.js';

const fitting: Readonly<Record<CampaignAction, readonly CampaignState[]>> = {
  start: ['planned'],
  pause: ['running'],
  resume: ['paused'],
  abort: ['planning', 'planned', 'running', 'paused'],
};

/** Accepts updates from now on; one for which it is in no state is refused before it reaches history. */
export function acceptSteering(record: CampaignRecord): void {
  for (const action of campaignActions)
    setHandler(steerUpdates[action], (steering: CampaignSteering) => steer(record, action, steering), {
      validator: (steering: CampaignSteering) => refuse(record.view(), action, steering),
      description: `To ${action} the campaign.`,
    });
}

function steer(record: CampaignRecord, action: CampaignAction, steering: CampaignSteering): void {
  const { actor, ids = [], reason } = steering;
  const { steered, starters = [], state, reason: given } = record.view();
  const noted = {
    steered: [...steered, { action, actor, reason, at: now() }],
    ...((action === 'start' || action === 'resume') && { starters: [...starters, actor, ...ids] }),
  };
  if (action === 'start')
    record.enter('running', { ...noted, startedAt: now(), reason: given === '' ? reason : given });
  else if (action === 'pause') record.enter('paused', noted);
  else if (action === 'resume') record.enter('running', noted);
  else {
    if (record.isOver()) record.leave();
    record.enter(state, noted);
    record.close('aborted', `${actor}: ${reason}`);
  }
}

function refuse(
  { name, state, outcome, conclusion }: Campaign,
  action: CampaignAction,
  { actor, reason }: CampaignSteering,
): void {
  if (actor.trim() === '' || reason.trim() === '')
    throw ApplicationFailure.nonRetryable(
      `to ${action} a campaign needs an actor and a reason`,
      'CAMPAIGN_INVALID',
    );
  const isOver = outcome !== undefined && action !== 'abort';
  if (fitting[action].includes(state) && !isOver) return;
  const how = outcome === undefined ? state : `${outcome} (${conclusion ?? ''}) and starts nothing more`;
  throw ApplicationFailure.nonRetryable(`campaign ${name} cannot ${action}: it is ${how}`, 'CAMPAIGN_STATE');
}
