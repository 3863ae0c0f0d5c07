/** The audit trail. */
import type { ubiops } from '../../contract/ubiops/index.js';
import { type Handlers, isoMicros } from './handlers.js';
import { type Simulation, isSeen, need } from './world/simulation.js';

type Own = Handlers<typeof ubiops>['audit'];

/** The handlers of the audit trail. */
export const audit: Own = {
  list(simulation, { path: { projectName }, query }) {
    need(simulation, simulation.state.projects, 'Project', ({ name }) => name === projectName);
    return auditOf(simulation, { project: projectName, deployment: null }, query);
  },
};

interface Filter {
  readonly action?: string | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

const past = { create: 'created', update: 'updated', delete: 'deleted' } as const;

/** A page of what was done in a project, or to one of its deployments; newest first. */
export function auditOf(
  simulation: Simulation,
  of: { readonly project: string; readonly deployment: string | null },
  { action, limit = 50, offset = 0 }: Filter,
) {
  const { state } = simulation;
  return state.audit
    .filter((one) => one.project === of.project && isSeen(simulation, one))
    .filter((one) => of.deployment === null || one.deployment === of.deployment)
    .filter((one) => action === undefined || one.action === action)
    .reverse()
    .slice(offset, offset + limit)
    .map((one) => ({
      id: one.id,
      date: isoMicros(one.createdAt),
      ...{ action: one.action, user: state.user.email, object_type: one.objectType },
      object_name: one.objectName,
      event: `${one.objectType} ${one.objectName} was ${past[one.action]}`,
    }));
}
