/** Campaigns as seen from outside: what their workflow says, or else what Temporal alone knows. */
import {
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
  WorkflowNotFoundError,
} from '@temporalio/client';
import {
  type Campaign,
  type CampaignSummary,
  campaignIdOf,
  campaignOfId,
  campaignWorkflow,
} from '../../run/replays/campaigns.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { type RunScope, isWithin, notKnown } from '../runs/list.js';
import { type PageOptions, rowsOf } from '../runs/page.js';
import { queryTimeoutMs } from '../runs/view.js';
import { whyUnanswered } from '../unanswered.js';

/** Which campaigns to list. */
export interface CampaignFilter {
  /** Of campaigns, those of which each run is covered by one of these; `*` covers all. Left out, every campaign. */
  readonly within?: readonly RunScope[] | undefined;
}

export interface CampaignPage {
  readonly campaigns: readonly CampaignSummary[];
  /** Given back as it is, with the same filter. Left out on the last page. */
  readonly next?: string;
}

export const campaignUnknown = (name: string, cause?: unknown): LonghaulError =>
  new LonghaulError('CAMPAIGN_UNKNOWN', `there is no campaign "${name}"`, { cause });

/**
 * Temporal’s description of a campaign’s workflow.
 * @throws LonghaulError `CAMPAIGN_UNKNOWN`
 */
export async function describeCampaign(client: Client, name: string): Promise<WorkflowExecutionDescription> {
  const description = await client.workflow
    .getHandle(campaignIdOf(name))
    .describe()
    .catch((error: unknown) => {
      throw error instanceof WorkflowNotFoundError ? campaignUnknown(name, error) : error;
    });
  if (description.type !== campaignWorkflow) throw campaignUnknown(name);
  return description;
}

/**
 * The whole report.
 * @throws LonghaulError `CAMPAIGN_UNKNOWN`
 */
export async function campaignOf(client: Client, name: string): Promise<Campaign> {
  const description = await describeCampaign(client, name);
  const handle = client.workflow.getHandle(description.workflowId);
  if (description.status.name === 'COMPLETED') return (await handle.result()) as Campaign; // the workflow returns it
  try {
    const campaign = await client.withDeadline(Date.now() + queryTimeoutMs, () =>
      handle.query<Campaign>('campaign'),
    );
    return { ...campaign, ...endOf(description) };
  } catch (error) {
    return unanswered(client, description, error);
  }
}

/** No worker, or one with other code: lists know this much. */
async function unanswered(
  client: Client,
  description: WorkflowExecutionDescription,
  error: unknown,
): Promise<Campaign> {
  const [why, then] = await whyUnanswered(client, description, { subject: 'campaign', error });
  return {
    ...campaignRowOf(description),
    rules: { canary: 0, then: 0, pace: '', stopWhen: '' },
    steered: [],
    runs: [],
    notice: `${why}, so its runs are not known and its counts may be old; the campaign itself is safe. ${then}`,
  };
}

type Execution = Pick<WorkflowExecutionInfo, 'workflowId' | 'memo' | 'startTime' | 'closeTime'> & {
  readonly status: { readonly name: string };
};

/** A campaign as lists show it, from the memo of its workflow: who starts one sets it, and in a list it may not be readable. */
export const campaignRowOf = (execution: Execution): CampaignSummary => ({
  ...((execution.memo?.['campaign'] as CampaignSummary | null | undefined) ?? unreadOf(execution)),
  ...endOf(execution),
});

/** What Temporal knows of one whose note this process has no key for. Only those may see it who see all. */
function unreadOf({ workflowId, status, startTime, closeTime }: Execution): CampaignSummary {
  const name = campaignOfId(workflowId);
  return {
    ...{ name, query: '', reason: '', by: '', counts: {} },
    state: status.name === 'RUNNING' ? 'running' : 'ended',
    scopes: [{ pipeline: notKnown, connection: notKnown }],
    createdAt: startTime.toISOString(),
    ...(closeTime && { endedAt: closeTime.toISOString() }),
    notice: `it cannot be read, for it is encrypted with a key that is not among encryption.keys; longhaul campaign get ${name} names the key`,
  };
}

/** Of one that somebody ended in Temporal itself: it could not say so. */
function endOf({ status, closeTime }: Execution): Partial<CampaignSummary> {
  if (status.name === 'RUNNING' || status.name === 'COMPLETED') return {};
  const how = status.name.toLowerCase().replace('_', ' ');
  return {
    state: 'ended',
    outcome: 'aborted',
    conclusion: `its workflow was ended in Temporal itself (${how})`,
    ...(closeTime && { endedAt: closeTime.toISOString() }),
  };
}

/** One that continues as new is one campaign, and is listed by the last. */
const query = `WorkflowType = '${campaignWorkflow}' AND ExecutionStatus != 'ContinuedAsNew'`;

/**
 * One page, newest first; it holds fewer than asked where others may not be seen.
 * @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list
 */
export async function campaignPageOf(
  client: Client,
  { within }: CampaignFilter,
  options: PageOptions,
): Promise<CampaignPage> {
  const { rows, ...next } = await rowsOf(client, { query, rowOf: campaignRowOf }, options);
  const isCovered = ({ scopes }: CampaignSummary): boolean =>
    within === undefined || scopes.every((scope) => isWithin(scope, within));
  return { campaigns: rows.filter(isCovered), ...next };
}

const largestPage = 200;

/** Every campaign that fits, newest first; reads page after page. */
export async function* campaignsOf(client: Client, filter: CampaignFilter): AsyncGenerator<CampaignSummary> {
  let cursor: string | undefined;
  do {
    const page = await campaignPageOf(client, filter, { size: largestPage, cursor });
    yield* page.campaigns;
    cursor = page.next;
  } while (cursor !== undefined);
}
