/** What the routes of campaigns take and answer, as schemas. */
import { z } from 'zod';
import {
  campaignActions,
  campaignOutcomes,
  campaignRunStates,
  campaignStates,
  largestCampaign,
  usualCampaignMax,
} from '../../run/replays/campaigns.js';
import { runKeyPattern } from '../../run/ids.js';
import { connections } from '../schemas.js';

const time = z.iso.datetime().describe('ISO 8601, UTC.');
const reason = z.string().trim().min(1).max(500);

export const campaignParams = z.strictObject({
  name: z.string().max(128).regex(runKeyPattern, 'is no name of a campaign'),
});

const stage = z.int().min(0).max(largestCampaign).optional();

/** What a campaign is asked to be. Its texts are checked by the client’s door, which the CLI uses too. */
export const CreateCampaign = z
  .strictObject({
    query: z
      .string()
      .max(1_000)
      .describe(
        'Which runs, by key=value: `failure=PLATFORM_UNAVAILABLE since=10:03 connection=domino-prod`. They are chosen once, of those that the caller may replay.',
      ),
    reason: reason.optional(),
    canary: stage.describe('Runs of the first stage; 1 when left out, 0 for none.'),
    then: stage.describe('Runs of the second stage; 5 when left out, 0 for none.'),
    pace: z.string().max(20).optional().describe('Starts on each connection; `10/minute` when left out.'),
    stopWhen: z.string().max(40).optional().describe('`failures>20%` when left out, or `failures>3`.'),
    limit: z
      .int()
      .min(1)
      .max(largestCampaign)
      .optional()
      .describe(`At most this many runs, else it is refused; ${usualCampaignMax} when left out.`),
    startsItself: z.boolean().optional().describe('Goes on after the dry run without being told to.'),
    startWithin: z.string().max(20).optional().describe('How long the dry run waits; `24h` when left out.'),
  })
  .meta({ id: 'CreateCampaign' });

/** Why a campaign is steered; the route says what is done. */
export const SteerCampaign = z.strictObject({ reason }).meta({ id: 'SteerCampaign' });

export const CampaignQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2_000).optional().describe('`next` of the page before.'),
});

const summary = {
  name: z.string(),
  query: z.string().describe('By which its runs were chosen, once; times as instants.'),
  reason: z.string(),
  by: z.string(),
  state: z.enum(campaignStates),
  outcome: z
    .enum(campaignOutcomes)
    .optional()
    .describe('Before it has ended: it starts nothing more, and what was started goes on.'),
  conclusion: z.string().optional(),
  counts: z.partialRecord(z.enum(campaignRunStates), z.int()).describe('How many runs stand how.'),
  scopes: z.array(z.object({ pipeline: z.string(), connection: z.string() })),
  createdAt: time,
  startedAt: time.optional(),
  endedAt: time.optional(),
  notice: z.string().optional().describe('Why this view is less than whole.'),
};

const CampaignSummary = z.object(summary).meta({ id: 'CampaignSummary' });

export const CampaignPage = z
  .object({
    campaigns: z.array(CampaignSummary),
    next: z.string().optional().describe('Left out on the last page.'),
  })
  .meta({ id: 'CampaignPage' });

const counted = z.record(z.string(), z.int());

/** A campaign: its one report. */
export const Campaign = z
  .object({
    ...summary,
    rules: z.object({ canary: z.int(), then: z.int(), pace: z.string(), stopWhen: z.string() }),
    leftOut: z
      .int()
      .optional()
      .describe(
        'How many runs match the query beside `runs`: they are steps of those, whose replays go on with them.',
      ),
    expiresAt: time.optional().describe('Until when it waits to be started.'),
    dryRun: z
      .object({
        planned: z.int(),
        refused: z.int(),
        steps: z.record(z.string(), counted).describe('By step, how many runs do what.'),
        calls: counted.describe('Requests that will create or change something, by endpoint.'),
        longestMinutes: z.number(),
        expectedMinutes: z.number().describe('As far as past runs tell.'),
      })
      .optional(),
    stage: z.object({ number: z.int(), of: z.int() }).optional(),
    steered: z.array(
      z.object({ action: z.enum(campaignActions), actor: z.string(), reason: z.string(), at: time }),
    ),
    runs: z.array(
      z.object({
        runId: z.string(),
        pipeline: z.string(),
        connection: z.string(),
        connections: connections.optional(),
        state: z.enum(campaignRunStates),
        plan: z.string().optional().describe('The hash of the plan that is applied, and no other.'),
        attemptId: z.string().optional(),
        startedAt: time.optional(),
        endedAt: time.optional(),
        failure: z
          .object({ code: z.string(), step: z.string().optional(), message: z.string().optional() })
          .optional(),
      }),
    ),
  })
  .meta({ id: 'Campaign' });

/** The answer to a creation. */
export const CreatedCampaign = z
  .object({
    name: z.string(),
    created: z.boolean().describe('False when the key had created this campaign before.'),
    runs: z.int(),
    url: z.string().describe('The path of the campaign.'),
  })
  .meta({ id: 'CreatedCampaign' });
