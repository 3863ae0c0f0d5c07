/** The routes of webhooks: events that start runs, and deliveries of events to others. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Principal, type Role, may, requireRole } from '../access/principal.js';
import { type DeliverySummary, checkStart } from '../client.js';
import type { DeliveryFilter } from '../client/deliveries.js';
import { digestOf } from '../client/door.js';
import { type Config, incomingSecrets, knownIn } from '../config.js';
import { usedBy } from '../run/documents/documents.js';
import { LonghaulError } from '../run/failures/errors.js';
import { refuseOld } from '../webhooks/event-age.js';
import { inputFromEvent } from '../webhooks/event-input.js';
import { keyOfEvent, requireSignature, verifyIncoming } from '../webhooks/incoming.js';
import { type Signers, createSigners, readSigner } from '../webhooks/secrets.js';
import { recorded } from './audit.js';
import type { ServerContext } from './context.js';
import { parseJson } from './json-body.js';
import { addRoute } from './route.js';
import { StartedRun } from './schemas.js';
import { rowFor, pipelineNames } from './unseen.js';

type Incoming = Config['webhooks']['incoming'][string];

const group = 'webhooks';

/**
 * Adds them.
 * @throws LonghaulError `CONFIG_INVALID`, `CREDENTIALS_MISSING` for a webhook that could start nothing
 */
export function addWebhookRoutes(app: FastifyInstance, context: ServerContext): void {
  for (const [name, incoming] of Object.entries(context.config.webhooks.incoming))
    checkIncoming(name, incoming, pipelineNames(context));
  app.register((scope, _options, done) => {
    // The signature is over the bytes, so they are kept as they came.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, parsed) =>
      parsed(null, body),
    );
    addIncoming(scope, context);
    done();
  });
  addDeliveries(app, context);
}

function checkIncoming(name: string, webhook: Incoming, pipelines: readonly string[]): void {
  if (!pipelines.includes(webhook.pipeline))
    throw new LonghaulError(
      'CONFIG_INVALID',
      `webhooks.incoming.${name}: there is no pipeline "${webhook.pipeline}"`,
    );
  for (const secret of incomingSecrets(name, webhook)) readSigner(secret, webhook.scheme);
}

/** What a secret turns into while the server runs is logged, and the others go on. */
const signersOf = (app: FastifyInstance, { webhooks }: Config): ReadonlyMap<string, Signers> =>
  new Map(
    Object.entries(webhooks.incoming).map(([name, webhook]) => {
      const report = (err: LonghaulError): void =>
        app.log.error({ err }, 'a secret of an incoming webhook cannot be used');
      return [name, createSigners(incomingSecrets(name, webhook), { scheme: webhook.scheme, report })];
    }),
  );

const Ignored = z.object({ started: z.literal(false), reason: z.string() });

function addIncoming(app: FastifyInstance, context: ServerContext): void {
  const signers = signersOf(app, context.config);
  addRoute(app, {
    method: 'POST',
    url: '/v1/webhooks/:name',
    name: 'receiveEvent',
    group,
    summary: 'Receive a signed event that may start a run, once however often it is delivered.',
    description:
      'The signature is Standard Webhooks or GitHub’s, as configured in `webhooks.incoming`. 202 when the event is genuine and none of those that start a run.',
    access: 'public',
    params: z.strictObject({ name: z.string().max(64) }),
    answers: { 200: StartedRun, 201: StartedRun, 202: Ignored },
    problems: [401, 404, 413, 415, 422, 503],
    refuse: ({ name }, { headers }) => requireSignature(incomingOf(context, name).scheme, headers),
    answer: async ({ params: { name }, request, send }) => {
      const webhook = incomingOf(context, name);
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const secrets = signers.get(name)?.usable() ?? [];
      const eventId = verifyIncoming(webhook.scheme, secrets, { headers: request.headers, body });
      const event = parseJson(body);
      const input = inputFromEvent(webhook, event);
      if (input === null)
        return send(202, { started: false, reason: 'the event is none of those that start a run' });
      refuseOld(name, webhook, event);
      const started = await startByEvent(context, {
        name,
        webhook,
        eventId,
        input,
        body,
        requestId: request.id,
      });
      const url = `/v1/runs/${started.runId}`;
      return send(started.created ? 201 : 200, { ...started, url }, { location: url });
    },
  });
}

function incomingOf({ config: { webhooks } }: ServerContext, name: string): Incoming {
  const webhook = Object.hasOwn(webhooks.incoming, name) ? webhooks.incoming[name] : undefined;
  if (webhook !== undefined) return webhook;
  throw new LonghaulError('WEBHOOK_UNKNOWN', `there is no incoming webhook "${name.slice(0, 64)}"`);
}

interface Event {
  readonly name: string;
  readonly webhook: Incoming;
  readonly eventId: string;
  readonly input: unknown;
  readonly body: Buffer;
  readonly requestId: string;
}

function startByEvent(context: ServerContext, { name, webhook, eventId, input, body, requestId }: Event) {
  const {
    name: pipeline,
    checked,
    document,
  } = checkStart(webhook.pipeline, input, {
    ...knownIn(context.config),
    documents: context.documents,
    faulty: context.faulty,
    lists: 'none', // who signs events is no caller that may see what there is
  });
  const key = keyOfEvent(name, eventId);
  const entry = {
    actor: name,
    actorKind: 'webhook',
    action: 'run.start',
    object: `${pipeline}.${key}`,
    requestId,
    bodyDigest: digestOf(body.toString('base64')),
  } as const;
  return context.audit.record(
    entry,
    () =>
      context.client.startPipeline(document ?? pipeline, checked, {
        ownKey: key,
        trigger: { kind: 'webhook', by: name, requestId },
      }),
    ({ created }) => (created ? 'created' : 'exists'),
  );
}

const DeliveryStatus = z.enum(['pending', 'delivered', 'failed']);
const Delivery = z
  .object({
    deliveryId: z.string(),
    target: z.string().describe('The receiver’s name in `webhooks.outgoing`.'),
    status: DeliveryStatus,
    event: z
      .looseObject({ type: z.string(), at: z.string(), runId: z.string() })
      .describe('What cannot be read of it is `?`.'),
    startedAt: z.string(),
    endedAt: z.string().optional(),
    message: z.string().optional().describe('Why it was given up, or why the last try failed.'),
    notice: z.string().optional().describe('Why this view is less than whole.'),
  })
  .meta({ id: 'Delivery' });

/** What the run of an event touches. */
const scopeOfEvent = (event: DeliverySummary['event']) => ({
  pipeline: event.pipeline,
  connection: usedBy(event),
});

/** A list reads at most this many deliveries, so a caller who may see none of them does not wait long. */
const mostRead = 5_000;

function addDeliveries(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url: '/v1/webhook-deliveries',
    name: 'listDeliveries',
    group,
    summary: 'List events on their way to receivers, those delivered and those given up.',
    description: `Newest first: those that the caller may see among the newest ${mostRead.toLocaleString('en')} of the wanted status.`,
    access: 'viewer',
    query: z.strictObject({
      status: DeliveryStatus.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    answers: { 200: z.object({ deliveries: z.array(Delivery) }) },
    problems: [503],
    answer: async ({ query: { status, limit }, principal, request, reply }) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const admits = (event: DeliverySummary['event']): boolean =>
        may(principal, 'viewer', scopeOfEvent(event));
      const filter: DeliveryFilter = { status, limit, admits, mostRead, signal: gone.signal };
      const deliveries: DeliverySummary[] = [];
      for await (const delivery of context.client.deliveries(filter))
        deliveries.push(rowFor(request, usedBy(delivery.event), delivery));
      return { deliveries };
    },
  });
  addRoute(app, {
    method: 'POST',
    url: '/v1/webhook-deliveries/:deliveryId/redeliver',
    name: 'redeliver',
    group,
    summary: 'Send an event again that was given up: the same event under the same id.',
    access: 'operator',
    params: z.strictObject({
      deliveryId: z
        .string()
        .max(400)
        .regex(/^delivery\.[\w.:-]+$/, 'is no id of a delivery'),
    }),
    answers: { 202: z.object({ deliveryId: z.string() }) },
    problems: [404, 409, 503],
    answer: async ({ params: { deliveryId }, principal, request, send }) => {
      await visibleDelivery(context, principal, 'operator', deliveryId);
      await recorded(context, request, { action: 'webhook.redeliver', object: deliveryId }, () =>
        context.client.redeliver(deliveryId),
      );
      return send(202, { deliveryId });
    },
  });
}

/** As runs: what may not be seen is not there. */
async function visibleDelivery(
  { client }: ServerContext,
  principal: Principal,
  role: Role,
  deliveryId: string,
): Promise<void> {
  const { event } = await client.delivery(deliveryId);
  if (!may(principal, 'viewer', scopeOfEvent(event)))
    throw new LonghaulError('DELIVERY_NOT_FOUND', `there is no delivery ${deliveryId}`);
  requireRole(principal, role, 'this', scopeOfEvent(event));
}
