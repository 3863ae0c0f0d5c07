/** Campaigns: durable bulk replays. Their runs are chosen once, here; everything else their workflow does. */
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { begunCampaign, campaignSummaryOf } from '../../run/replays/campaign-rules.js';
import {
  type Campaign,
  type CampaignAction,
  type CampaignStart,
  type CampaignSteering,
  type CampaignSummary,
  campaignIdOf,
  campaignWorkflow,
  largestCampaign,
} from '../../run/replays/campaigns.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { hasOwnKey, pipelinesQueue } from '../../run/ids.js';
import type { RunSummary, Trigger } from '../../run/steps.js';
import {
  type CampaignDefinition,
  type CheckedCampaign,
  checkCampaign,
  checkCampaignName,
  newCampaignName,
} from './door.js';
import {
  type CampaignFilter,
  type CampaignPage,
  campaignOf,
  campaignPageOf,
  campaignsOf,
  describeCampaign,
  campaignRowOf,
} from './view.js';
import { digestOf } from '../door.js';
import { eachOf } from '../each-of.js';
import { grpcFailureIn } from '../grpc-failure.js';
import { identity, localIds } from '../identity.js';
import { readStart } from '../read-start.js';
import type { RunScope } from '../runs/list.js';
import { type PageOptions, runsOf } from '../runs/page.js';
import { writeRunQuery } from '../runs/query.js';
import { update } from '../updating.js';

export interface CampaignCreation {
  /** Made from the date and the query when left out. Twice the same name and definition is one campaign. */
  readonly name?: string | undefined;
  readonly by?: string | undefined;
  /** Every id by which the creator is known: names, key ids, groups. */
  readonly ids?: readonly string[] | undefined;
  /** Only runs that one of these covers. */
  readonly within?: readonly RunScope[] | undefined;
}

/** The answer to a creation. */
export interface CreatedCampaign {
  readonly name: string;
  /** False when the name had created this campaign before. */
  readonly created: boolean;
  readonly runs: number;
}

export interface Campaigns {
  /**
   * Chooses the runs and plans their replays; starts none of them before it is told to, unless it `startsItself`.
   * @throws LonghaulError `CAMPAIGN_INVALID`, also for a query that matches nothing or too much, `CAMPAIGN_EXISTS`,
   * `INPUT_INVALID` for a query that is none
   */
  create(definition: CampaignDefinition, options?: CampaignCreation): Promise<CreatedCampaign>;
  /** @throws LonghaulError `CAMPAIGN_UNKNOWN` */
  get(name: string): Promise<Campaign>;
  /** Newest first. */
  list(filter?: CampaignFilter): AsyncIterable<CampaignSummary>;
  /**
   * One page of `list`.
   * @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list
   */
  page(filter: CampaignFilter, options: PageOptions): Promise<CampaignPage>;
  /**
   * Starts what the dry run has planned, pauses it, lets it go on, or makes it start nothing more. Runs that were
   * started go on. Aborted again, it ends without waiting for them.
   * @throws LonghaulError `CAMPAIGN_UNKNOWN`, `CAMPAIGN_STATE`
   */
  steer(
    name: string,
    action: CampaignAction,
    steering: { reason: string; by?: string; ids?: readonly string[] },
  ): Promise<void>;
}

/** What campaigns are made from. */
export interface CampaignsOptions {
  readonly client: Client;
  /** Makes failures of Temporal ours, and keeps to the time of a call. */
  guard<T>(perform: () => Promise<T>): Promise<T>;
  guarded<T>(items: AsyncIterable<T>): AsyncIterable<T>;
}

export const createCampaigns = ({ client, guard, guarded }: CampaignsOptions): Campaigns => ({
  create: async (definition, { name, by = identity(), ids = localIds(), within } = {}) => {
    const checked = checkCampaign(definition);
    const named = checkCampaignName(name ?? newCampaignName(checked.filter));
    const digest = digestOf(definition);
    return guard(async () => {
      const existing = await existingOf(client, named, digest);
      if (existing !== null) return existing;
      const chosen = await chosenRuns(client, checked, within);
      return begin(client, { ...startOf(checked), name: named, by, ids, ...chosen }, digest);
    });
  },
  get: (name) => guard(() => campaignOf(client, name)),
  list: (filter = {}) => guarded(campaignsOf(client, filter)),
  page: (filter, options) => guard(() => campaignPageOf(client, filter, options)),
  steer: (name, action, { reason, by = identity(), ids = localIds() }) =>
    guard(() => steerCampaign(client, name, action, { actor: by, ids, reason })),
});

const startOf = ({ filter, reason, rules, startsItself, startWithinMs }: CheckedCampaign) => ({
  query: writeRunQuery(filter),
  reason,
  rules,
  startsItself,
  startWithinMs,
});

/** The runs that the query matches now, oldest first: who failed first is helped first. */
async function chosenRuns(
  client: Client,
  { filter, limit }: CheckedCampaign,
  within: readonly RunScope[] | undefined,
): Promise<Pick<CampaignStart, 'runs' | 'leftOut'>> {
  const chosen = new Map<string, RunSummary>();
  for await (const run of runsOf(client, { ...filter, within, latest: true })) {
    chosen.set(run.runId, run);
    if (chosen.size > largestCampaign) break;
  }
  const matched = chosen.size > largestCampaign ? `more than ${largestCampaign}` : String(chosen.size);
  if (chosen.size === 0) refuse('no run matches the query');
  if (chosen.size > largestCampaign)
    refuse(
      `${matched} runs match the query, which is too much for one campaign: narrow it by since and until`,
    );
  if (chosen.size > limit)
    refuse(
      `${matched} runs match the query, more than the limit of ${limit}; look at them first, then allow that number as limit`,
    );
  const parts = await partsOf(client, chosen);
  const runs = [...chosen.values()]
    .filter(({ runId }) => !parts.has(runId))
    .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
    .map(({ runId, pipeline, connection, connections }) => ({
      ...{ runId, pipeline, connection },
      ...(connections && { connections }),
    }));
  return { runs, ...(parts.size > 0 && { leftOut: parts.size }) };
}

/** Of the chosen runs, those that are steps of others of them: the replay of such a run goes on with its steps. */
async function partsOf(
  client: Client,
  chosen: ReadonlyMap<string, RunSummary>,
): Promise<ReadonlySet<string>> {
  const children = [...chosen.values()].filter(isPart);
  const parts = await eachOf(children, async ({ runId }) => {
    const parent = await parentOf(client, runId);
    return parent !== undefined && chosen.has(parent) ? [runId] : [];
  });
  return new Set(parts.flat());
}

/**
 * Whether it is a step of a run that goes on with it: a fork of one has a key of its own, and what is parked or goes on is
 * taken over as it is.
 */
const isPart = ({ runId, trigger, status }: RunSummary): boolean =>
  trigger === ('run' satisfies Trigger['kind']) &&
  hasOwnKey(runId) &&
  status !== 'parked' &&
  status !== 'running';

/** The run that has started it; `undefined` where Temporal does not say: what can be said of the run, its plan says. */
async function parentOf(client: Client, runId: string): Promise<string | undefined> {
  try {
    const { start } = await readStart(client, client.workflow.getHandle(runId), newestAttempt);
    return start.trigger.by;
  } catch (error) {
    if (error instanceof LonghaulError || grpcFailureIn(error)?.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

/** Temporal’s own id of it is not known, nor needed. */
const newestAttempt = '';

function refuse(reason: string): never {
  throw new LonghaulError('CAMPAIGN_INVALID', `${reason}; nothing was started`);
}

async function begin(client: Client, start: CampaignStart, digest: string): Promise<CreatedCampaign> {
  const { name } = start;
  const campaign = campaignSummaryOf(begunCampaign(start, new Date().toISOString()));
  try {
    await client.workflow.start(campaignWorkflow, {
      workflowId: campaignIdOf(name),
      taskQueue: pipelinesQueue,
      args: [start],
      memo: { campaign, digest },
      staticSummary: `replays ${start.runs.length} runs: ${start.query}`,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
    });
    return { name, created: true, runs: start.runs.length };
  } catch (error) {
    const existing =
      error instanceof WorkflowExecutionAlreadyStartedError ? await existingOf(client, name, digest) : null;
    if (existing === null) throw error;
    return existing;
  }
}

/**
 * The campaign that the name has created before; `null` when there is none.
 * @throws LonghaulError `CAMPAIGN_EXISTS` for one that was defined otherwise
 */
async function existingOf(client: Client, name: string, digest: string): Promise<CreatedCampaign | null> {
  const description = await describeCampaign(client, name).catch((error: unknown) => {
    if (error instanceof LonghaulError && error.code === 'CAMPAIGN_UNKNOWN') return null;
    throw error;
  });
  if (description === null) return null;
  if (description.memo?.['digest'] !== digest)
    throw new LonghaulError(
      'CAMPAIGN_EXISTS',
      `there is a campaign "${name}" that was defined otherwise; nothing was started`,
    );
  const { counts } = campaignRowOf(description);
  return { name, created: false, runs: Object.values(counts).reduce((sum, count) => sum + count, 0) };
}

async function steerCampaign(
  client: Client,
  name: string,
  action: CampaignAction,
  steering: CampaignSteering,
): Promise<void> {
  const description = await describeCampaign(client, name);
  const { outcome = 'just now' } = campaignRowOf(description);
  const ended = (cause?: unknown) =>
    new LonghaulError('CAMPAIGN_STATE', `campaign ${name} cannot ${action}: it has ended (${outcome})`, {
      cause,
    });
  if (description.status.name !== 'RUNNING') throw ended();
  try {
    await update(client.workflow.getHandle(description.workflowId), action, steering);
  } catch (error) {
    // To an update, one that has just ended is one that is not there.
    throw error instanceof WorkflowNotFoundError ? ended(error) : error;
  }
}
