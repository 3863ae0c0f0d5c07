/** Workspaces: interactive sessions. The public API starts sessions of workspaces that exist, and does no more. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { enveloped } from './envelopes.js';

/** `NewWorkspaceSessionV1`, and what only the older spelling has: tier, environment and kind of the session. */
export const NewWorkspaceSession = z.strictObject({
  externalVolumeMounts: z.array(z.string()),
  netAppVolumeMounts: z.array(z.string()).optional(),
  hardwareTierId: z.string().optional(),
  environmentId: z.string().optional(),
  workspaceType: z.string().optional(),
});

/** The endpoints of workspaces. */
export const workspaces = {
  createSession: endpoint({
    method: 'POST',
    path: '/api/projects/v1/projects/{projectId}/workspaces/{workspaceId}/sessions',
    summary: 'Start a session of a workspace.',
    source: 'domino-rest-api-reference.md#create-workspace-session',
    replay: 'creates',
    found: 'none',
    body: NewWorkspaceSession,
    response: enveloped('workspaceSession', z.object({ id: z.string(), executionId: z.string() })),
  }),
} as const;
