/** Workspaces: the world states them, and requests start their sessions. */
import type { domino } from '../../contract/domino/index.js';
import type { Handlers } from './handlers.js';
import { chosenTier } from './jobs.js';
import { liveEnvironment, liveProject } from './world/live.js';
import { need } from './world/simulation.js';

/** The handlers of workspaces. */
export const workspaces: Handlers<typeof domino>['workspaces'] = {
  createSession(simulation, { path, body, metadata, note }) {
    const { ids, clock } = simulation;
    const workspace = need(liveProject(simulation, path.projectId).workspaces, path.workspaceId, 'workspace');
    if (body.environmentId !== undefined) liveEnvironment(simulation, body.environmentId);
    chosenTier(simulation, body.hardwareTierId);
    const session = { id: ids.next(), executionId: ids.next(), startedAt: clock.now() };
    workspace.sessions.push(session);
    note('created', 'workspaceSession', session.id);
    return { workspaceSession: { id: session.id, executionId: session.executionId }, metadata };
  },
};
