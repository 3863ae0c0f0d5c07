/** The audit of what callers change, and its route. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { actorOf, everything, requireRole } from '../access/principal.js';
import { type AuditRecord, auditOutcomes, readAudit } from '../audit/read.js';
import { digestOf } from '../client/door.js';
import type { ServerContext } from './context.js';
import { addRoute } from './route.js';

/** A change, as the audit names it. */
export interface Deed {
  readonly action: string;
  readonly object: string;
  readonly reason?: string | undefined;
}

/**
 * Writes down who is about to do what, does it, and writes down what came of it.
 * @throws LonghaulError `AUDIT_UNAVAILABLE`, and then nothing was done; else what `perform` throws
 */
export function recorded<T>(
  { audit }: Pick<ServerContext, 'audit'>,
  request: FastifyRequest,
  { action, object, reason }: Deed,
  perform: () => Promise<T>,
  resultOf?: (value: T) => string,
): Promise<T> {
  const { principal, id: requestId, body } = request;
  return audit.record(
    {
      actor: actorOf(principal),
      actorKind: principal.kind,
      action,
      object,
      requestId,
      ...(reason !== undefined && { reason }),
      ...(body !== undefined && {
        bodyDigest: digestOf(Buffer.isBuffer(body) ? body.toString('base64') : body),
      }),
    },
    perform,
    resultOf,
  );
}

/** Writes down that somebody reads what is worth reading; nobody waits for it. */
export function noted(
  { audit }: Pick<ServerContext, 'audit'>,
  { principal, id: requestId }: FastifyRequest,
  { action, object }: Omit<Deed, 'reason'>,
): void {
  audit.note({
    actor: actorOf(principal),
    actorKind: principal.kind,
    action,
    object,
    requestId,
    outcome: 'ok',
  });
}

const AuditQuery = z.strictObject({
  actor: z.string().max(200).optional(),
  action: z.string().max(60).optional(),
  object: z.string().max(250).optional().describe('Such as a run id.'),
  outcome: z.enum(auditOutcomes).optional(),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

const AuditEntry = z
  .object({
    at: z.string(),
    id: z.string(),
    actor: z.string(),
    actorKind: z.string(),
    action: z.string(),
    object: z.string(),
    reason: z.string().optional(),
    requestId: z.string().optional(),
    bodyDigest: z.string().optional(),
    outcome: z.enum(auditOutcomes).describe('`unknown`: the process ended before it knew.'),
    endedAt: z.string().optional(),
    result: z.string().optional().describe('Such as `created` or `exists`.'),
    code: z.string().optional(),
    count: z.number().optional().describe('Of refusals: how many alike it stands for.'),
  })
  .meta({ id: 'AuditEntry' });

/** Adds `GET /v1/audit`. */
export function addAuditRoute(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url: '/v1/audit',
    name: 'listAudit',
    group: 'audit',
    summary: 'List who changed what, who read what is worth reading, and who was refused; newest first.',
    access: 'admin',
    query: AuditQuery,
    answers: { 200: z.object({ entries: z.array(AuditEntry) }) },
    answer: async ({ query: { limit, since, until, ...filter }, principal, request }) => {
      requireRole(principal, 'admin', 'reading the audit log', everything);
      const times = { since: dateOf(since), until: dateOf(until) };
      const { directory } = context.config.audit;
      const entries: AuditRecord[] = [];
      for await (const entry of readAudit({ directory, filter: { ...filter, ...times }, limit }))
        entries.push(entry);
      noted(context, request, { action: 'audit.read', object: 'audit' });
      return { entries };
    },
  });
}

const dateOf = (text: string | undefined): Date | undefined =>
  text === undefined ? undefined : new Date(text);
