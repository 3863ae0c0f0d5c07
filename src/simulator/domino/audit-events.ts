/** The audit trail: every effect that the ledger has too, as the platform tells it. */
import type { domino } from '../../contract/domino/index.js';
import type { Simulation } from './world/simulation.js';
import type { EffectKind } from './world/state.js';
import { type Handlers, iso, pageOf } from './handlers.js';
import { between } from './window.js';

/** The handlers of the audit trail. */
export const auditEvents: Handlers<typeof domino>['auditEvents'] = {
  list({ state, clock }, { query, metadata }) {
    const { from, to } = between(query, { from: 0, to: clock.now() });
    const wanted = state.auditEvents.filter(
      ({ at, eventType }) =>
        at >= from && at <= to && (query.eventType === undefined || query.eventType === eventType),
    );
    const { items, paging } = pageOf(wanted.reverse(), query);
    const events = items.map(({ at, ...event }) => ({ ...event, timestamp: iso(at) }));
    return { events, metadata: { ...metadata, ...paging } };
  },
};

/** What a request did to something. */
interface Recorded {
  readonly method: string;
  readonly change: 'created' | 'changed';
  readonly kind: EffectKind;
  readonly id: string;
}

/** Writes down what a request did. */
export function recordEvent({ state, clock }: Simulation, { method, change, kind, id }: Recorded): void {
  const verb = change === 'created' ? 'Create' : method === 'DELETE' ? 'Delete' : 'Update';
  const { auditEvents: events, user } = state;
  events.push({
    id: String(events.length + 1),
    at: clock.now(),
    eventType: `${verb}${kind.charAt(0).toUpperCase()}${kind.slice(1)}`,
    actor: { id: user.id, name: user.name },
    target: { type: kind, id },
  });
}
