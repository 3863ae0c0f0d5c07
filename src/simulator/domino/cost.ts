/** Costs: what the time of jobs comes to at the price of their hardware tier, and the tags that they are booked on. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal } from '../errors.js';
import type { Simulation } from './world/simulation.js';
import type { Job } from './world/state.js';
import { type Handlers, type NoteEffect, iso } from './handlers.js';
import { progressOf } from './job-views.js';
import { type Window, between } from './window.js';

const dayMs = 86_400_000;
const unitsMs = { m: 60_000, h: 3_600_000, d: dayMs } as const;
/** What OpenCost calls that which has no value of the label. */
const unallocated = '__unallocated__';

/** By what costs are told apart, in the words of OpenCost. */
const labels = {
  'label:dominodatalab.com/project-id': 'project',
  'label:dominodatalab.com/starting-user-id': 'user',
  'label:dominodatalab.com/organization-name': 'organization',
  'label:dominodatalab.com/billing-tag': 'billingTag',
} as const;

/** The handlers of costs. */
export const cost: Handlers<typeof domino>['cost'] = {
  allocation(simulation, { query }) {
    checkTracked(simulation);
    return { code: 200, data: [allocationsOf(simulation, query)] };
  },
  allocationSummary(simulation, { query }) {
    checkTracked(simulation);
    const allocations = allocationsOf(simulation, query);
    const { from, to } = windowOf(query, simulation.clock.now());
    const window = { start: iso(from), end: iso(to) };
    return { code: 200, data: { sets: [{ allocations, window }], window } };
  },
  asset(simulation, { query }) {
    checkTracked(simulation);
    const window = windowOf(query, simulation.clock.now());
    const totals = sumBy(simulation, window, ({ hardwareTierId }) => hardwareTierId);
    const assets = [...totals].map(([name, { minutes, totalCost }]) => [
      name,
      { type: 'Node', properties: { name, category: 'Compute' }, minutes, totalCost },
    ]);
    return { code: 200, data: [Object.fromEntries(assets) as Record<string, { totalCost: number }>] };
  },
  listBillingTags(simulation) {
    checkTracked(simulation);
    const active = [...simulation.state.billingTags].filter(([, tag]) => tag.active);
    return { billingTags: active.map(([tag]) => ({ tag, active: true })) };
  },
  addBillingTags(simulation, { body, note }) {
    checkTracked(simulation);
    for (const tag of body.billingTags) {
      if (simulation.state.billingTags.get(tag)?.active === true) continue;
      note(simulation.state.billingTags.has(tag) ? 'changed' : 'created', 'billingTag', tag);
      simulation.state.billingTags.set(tag, { active: true });
    }
    return { billingTags: body.billingTags.map((tag) => ({ tag, active: true })) };
  },
  getBillingSettings: (simulation) => settingsOf(simulation),
  updateBillingSettings: (simulation, { body, note }) => setMode(simulation, body.mode, note),
  getBillingMode: (simulation) => settingsOf(simulation),
  updateBillingMode: (simulation, { body, note }) => setMode(simulation, body.mode, note),
};

/**
 * Refuses what only administrators of a deployment that tracks costs may ask.
 *
 * @throws Refusal 403, 404
 */
export function checkTracked({ world }: Simulation): void {
  if (world.costApi === 'forbidden') throw new Refusal(403, 'Only for administrators of the system');
  if (world.costApi === 'absent') throw new Refusal(404, 'Costs are not tracked on this deployment');
}

function settingsOf(simulation: Simulation) {
  checkTracked(simulation);
  return { mode: simulation.state.billing.mode };
}

function setMode(simulation: Simulation, mode: Simulation['state']['billing']['mode'], note: NoteEffect) {
  checkTracked(simulation);
  simulation.state.billing.mode = mode;
  note('changed', 'billingSettings', 'mode');
  return { mode };
}

interface Asked {
  readonly window?: string | undefined;
  readonly startTime?: string | undefined;
  readonly endTime?: string | undefined;
}

/** Two times with a comma between them, or a duration that ends now; or two times apart. */
function windowOf({ window: text, ...times }: Asked, now: number): Window {
  if (text === undefined) {
    if (times.startTime === undefined) throw new Refusal(400, 'window or startTime is needed');
    return between(times, { from: 0, to: now });
  }
  const [, amount, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (unit === 'm' || unit === 'h' || unit === 'd')
    return { from: now - Number(amount) * unitsMs[unit], to: now };
  const [from = Number.NaN, to = Number.NaN] = text.split(',').map((time) => Date.parse(time));
  if (!(from <= to)) throw new Refusal(400, `${text} is not a window`);
  return { from, to };
}

function allocationsOf(
  simulation: Simulation,
  query: Asked & { readonly aggregate?: string | undefined; readonly aggregateBy?: Subject | undefined },
) {
  const named = Object.entries(labels).find(([label]) => label === query.aggregate)?.[1];
  const subject = query.aggregateBy ?? named;
  if (subject === undefined)
    throw new Refusal(400, `aggregate must be one of ${Object.keys(labels).join(', ')}`);
  const totals = sumBy(simulation, windowOf(query, simulation.clock.now()), (job) =>
    keyOf(simulation, job, subject),
  );
  return Object.fromEntries(
    [...totals].map(([name, { minutes, totalCost }]) => [name, { name, minutes, totalCost }]),
  );
}

type Subject = (typeof labels)[keyof typeof labels];

function keyOf({ state }: Simulation, { project }: Job, subject: Subject): string {
  if (subject === 'project') return project.id;
  if (subject === 'user') return state.user.id;
  if (subject === 'billingTag') return state.billingTagOf.get(project.id) ?? unallocated;
  const own = [...state.organizations.values()].find(({ members }) => members.has(state.user.id));
  return own?.name ?? unallocated;
}

interface Total {
  readonly minutes: number;
  readonly totalCost: number;
}

/** Minutes of jobs within a window and what they come to, in the currency of the price. */
function sumBy(simulation: Simulation, window: Window, keyOfJob: (job: Job) => string): Map<string, Total> {
  const totals = new Map<string, Total>();
  for (const job of simulation.state.jobs.values()) {
    const key = keyOfJob(job);
    const { minutes, totalCost } = totals.get(key) ?? { minutes: 0, totalCost: 0 };
    const more = minutesOf(simulation, job, window);
    const { centsPerMinute = 0 } = simulation.state.hardwareTiers.get(job.hardwareTierId) ?? {};
    totals.set(key, { minutes: minutes + more, totalCost: totalCost + more * (centsPerMinute / 100) });
  }
  return totals;
}

/** Of the part of a job that lies in the window. */
function minutesOf(simulation: Simulation, job: Job, { from, to }: Window): number {
  const { startedAt, completedAt = simulation.clock.now() } = progressOf(simulation, job);
  if (startedAt === undefined) return 0;
  return Math.max(0, Math.min(completedAt, to) - Math.max(startedAt, from)) / 60_000;
}
