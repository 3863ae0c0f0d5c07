/** The audit trail: who did what. For administrators. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { page, paging } from './envelopes.js';

/** One thing that was done. */
const AuditEvent = z.object({
  id: z.string(),
  eventType: z.string(),
  timestamp: z.string(),
  actor: z.object({ id: z.string(), name: z.string() }),
  target: z.object({ type: z.string(), id: z.string() }),
});

/** The endpoints of the audit trail. */
export const auditEvents = {
  list: endpoint({
    method: 'GET',
    path: '/auditevents',
    summary: 'List what was done, newest first.',
    source: 'domino-rest-api-reference.md#get-audit-events',
    replay: 'safe',
    query: z.strictObject({
      startTime: z.string().optional(),
      endTime: z.string().optional(),
      eventType: z.string().optional(),
      ...paging,
    }),
    response: page('events', AuditEvent),
  }),
} as const;
