/** Who has done what. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { paging } from './fields.js';

/** An audit event. */
export const AuditEvent = z.object({
  id: z.string().nullish(),
  date: z.string().nullish(),
  action: z.string(),
  user: z.string().nullish(),
  event: z.string().nullish(),
  object_type: z.string(),
  object_name: z.string().nullish(),
});

/** Which audit events. */
export const auditFilter = z.strictObject({ action: z.string().optional(), ...paging });

/** The endpoints of audit events. */
export const audit = {
  list: endpoint({
    method: 'GET',
    path: '/projects/{projectName}/audit',
    summary: 'List who has done what in a project.',
    source: 'ubiops 4.14.0 docs/Projects.md#project_audit_events_list',
    replay: 'safe',
    query: auditFilter,
    response: z.array(AuditEvent),
  }),
} as const;
