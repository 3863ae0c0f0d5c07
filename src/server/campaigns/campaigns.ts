/** The routes of campaigns: create, list, look at, steer. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import {
  type Principal,
  type Role,
  actorOf,
  everything,
  identitiesOf,
  may,
  requireRole,
  roles,
} from '../../access/principal.js';
import type { Campaign as CampaignReport } from '../../client.js';
import { digestOf } from '../../client/door.js';
import { type CampaignAction, campaignActions } from '../../run/replays/campaigns.js';
import { usedBy } from '../../run/documents/documents.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { recorded } from '../audit.js';
import {
  Campaign,
  CampaignPage,
  CampaignQuery,
  CreateCampaign,
  CreatedCampaign,
  SteerCampaign,
  campaignParams,
} from './schemas.js';
import type { ServerContext } from '../context.js';
import { addRoute } from '../route.js';
import { idempotencyKeyOf, keyRule } from '../runs/runs.js';
import { rowFor } from '../unseen.js';

const group = 'campaigns';

/** Adds the routes that list, read, create and steer campaigns. */
export function addCampaignRoutes(app: FastifyInstance, context: ServerContext): void {
  addReads(app, context);
  addCreate(app, context);
  for (const action of campaignActions) addSteering(app, context, action);
}

function addReads(app: FastifyInstance, { client }: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url: '/v1/campaigns',
    name: 'listCampaigns',
    group,
    summary: 'List the campaigns of which the caller may see every run, a page at a time.',
    access: 'viewer',
    query: CampaignQuery,
    answers: { 200: CampaignPage },
    problems: [503],
    answer: ({ query: { limit, cursor }, principal }) =>
      client.campaigns.page({ within: principal.grants }, { size: limit, cursor }),
  });
  addRoute(app, {
    method: 'GET',
    url: '/v1/campaigns/:name',
    name: 'getCampaign',
    group,
    summary: 'Get a campaign: its counts, its plan, and how each of its runs stands.',
    access: 'viewer',
    params: campaignParams,
    answers: { 200: Campaign },
    problems: [404, 503],
    answer: async ({ params: { name }, principal, request }) =>
      toldTo(request, await visibleCampaign({ client }, principal, 'viewer', name)),
  });
}

function addCreate(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url: '/v1/campaigns',
    name: 'createCampaign',
    group,
    summary: 'Choose runs and plan their replays, once per `Idempotency-Key`, which becomes the name.',
    description:
      'Nothing is started before it is told to, unless it says `startsItself`. The runs are those that the query matches and the caller may replay. The same key with the same body gives the same campaign (200), with another body a problem (409).',
    access: 'operator',
    headers: z.looseObject({ 'idempotency-key': z.string().describe(keyRule) }),
    body: CreateCampaign,
    answers: { 200: CreatedCampaign, 201: CreatedCampaign },
    problems: [409, 422, 503],
    answer: async ({ body, principal, request, send }) => {
      const name = await ownNameOf(context, principal, idempotencyKeyOf(request.headers['idempotency-key']));
      const reason = body.reason === undefined ? body.query : `${body.reason} (${body.query})`;
      const within = principal.grants.filter(({ role }) => roles.indexOf(role) >= roles.indexOf('operator'));
      const made = await recorded(
        context,
        request,
        { action: 'campaign.create', object: name, reason },
        async () => {
          const options = { name, by: actorOf(principal), ids: identitiesOf(principal), within };
          const created = await context.client.campaigns
            .create(body, options)
            .catch(async (error: unknown) => {
              const exists = error instanceof LonghaulError && error.code === 'CAMPAIGN_EXISTS';
              if (exists) await visibleCampaign(context, principal, 'operator', name);
              throw error;
            });
          // The key may be that of a campaign over runs that the caller may not touch.
          if (!created.created) await visibleCampaign(context, principal, 'operator', name);
          return created;
        },
        ({ created, runs }) => `${created ? 'created' : 'exists'}, ${runs} runs`,
      );
      const url = `/v1/campaigns/${name}`;
      return send(made.created ? 201 : 200, { ...made, url }, { location: url });
    },
  });
}

const summaries: Readonly<Record<CampaignAction, string>> = {
  start: 'Start what the dry run has planned: the canaries first.',
  pause: 'Pause a campaign: it starts nothing until it is resumed. What was started goes on.',
  resume: 'Let a paused campaign go on.',
  abort:
    'Make a campaign start nothing more. What was started goes on; aborted again, it ends without waiting for it.',
};

function addSteering(app: FastifyInstance, context: ServerContext, action: CampaignAction): void {
  addRoute(app, {
    method: 'POST',
    url: `/v1/campaigns/:name/${action}`,
    name: `${action}Campaign`,
    group,
    summary: summaries[action],
    access: 'operator',
    params: campaignParams,
    body: SteerCampaign,
    answers: { 200: Campaign },
    problems: [404, 409, 503],
    answer: async ({ params: { name }, body: { reason }, principal, request }) => {
      await visibleCampaign(context, principal, 'operator', name);
      const deed = { action: `campaign.${action}`, object: name, reason };
      await recorded(context, request, deed, () =>
        context.client.campaigns.steer(name, action, {
          reason,
          by: actorOf(principal),
          ids: identitiesOf(principal),
        }),
      );
      return toldTo(request, await context.client.campaigns.get(name));
    },
  });
}

/** Why a run failed can name another one. */
const toldTo = (request: FastifyRequest, campaign: CampaignReport): CampaignReport => ({
  ...campaign,
  runs: campaign.runs.map((run) => rowFor(request, usedBy(run), run)),
});

/** Leaves room for the rest of a name that has the longest form. */
const keptOfName = 100;

/**
 * The name that was asked for or, where a campaign that the caller may not see has it, another one that is always the same
 * for that name and caller. One that was given before is kept, also when the other campaign is gone.
 */
async function ownNameOf(
  context: Pick<ServerContext, 'client'>,
  principal: Principal,
  name: string,
): Promise<string> {
  if (may(principal, 'viewer', everything)) return name;
  const another = `${name.slice(0, keptOfName)}.${digestOf([principal.id, name]).slice(0, 12)}`;
  const [asked, given] = await Promise.all([campaignIfAny(context, name), campaignIfAny(context, another)]);
  if (given !== null) return another;
  return asked === null || mayView(principal, asked) ? name : another;
}

const campaignIfAny = (
  { client }: Pick<ServerContext, 'client'>,
  name: string,
): Promise<CampaignReport | null> =>
  client.campaigns.get(name).catch((error: unknown) => {
    if (error instanceof LonghaulError && error.code === 'CAMPAIGN_UNKNOWN') return null;
    throw error;
  });

const mayView = (principal: Principal, { scopes }: CampaignReport): boolean =>
  scopes.every((scope) => may(principal, 'viewer', scope));

/**
 * The campaign, if the caller may do this to every run of it.
 * @throws LonghaulError `CAMPAIGN_UNKNOWN` also for those of which the caller may not see every run, `ACCESS_DENIED`
 */
async function visibleCampaign(
  { client }: Pick<ServerContext, 'client'>,
  principal: Principal,
  role: Role,
  name: string,
): Promise<CampaignReport> {
  const campaign = await client.campaigns.get(name);
  if (!mayView(principal, campaign))
    throw new LonghaulError('CAMPAIGN_UNKNOWN', `there is no campaign "${name}"`);
  for (const scope of campaign.scopes) requireRole(principal, role, 'this', scope);
  return campaign;
}
