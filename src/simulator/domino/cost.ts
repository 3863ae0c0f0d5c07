/** Costs: what the time of jobs comes to at the price of their hardware tier. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal } from '../errors.js';
import type { Simulation } from './world/simulation.js';
import type { Job } from './world/state.js';
import type { Handlers } from './handlers.js';
import { progressOf } from './job-views.js';

const dayMs = 86_400_000;
const unitsMs = { m: 60_000, h: 3_600_000, d: dayMs } as const;
/** The one label that is told apart. */
const projectLabel = 'label:dominodatalab.com/project-id';

/** The handlers of costs. */
export const cost: Handlers<typeof domino>['cost'] = {
  allocation(simulation, { query }) {
    const { state, world } = simulation;
    if (world.costApi === 'forbidden') throw new Refusal(403, 'Only for administrators of the system');
    if (world.costApi === 'absent') throw new Refusal(404, 'Costs are not tracked on this deployment');
    if (query.aggregate !== projectLabel) throw new Refusal(400, `aggregate must be ${projectLabel}`);
    const window = windowOf(query.window, simulation.clock.now());
    const totals: Record<string, { name: string; totalCost: number }> = {};
    for (const job of state.jobs.values()) {
      const { id } = job.project;
      const total = (totals[id] ??= { name: id, totalCost: 0 });
      total.totalCost += costOf(simulation, job, window);
    }
    return { code: 200, data: [totals] };
  },
};

interface Window {
  readonly from: number;
  readonly to: number;
}

/** Two times with a comma between them, or a duration that ends now. */
function windowOf(text: string, now: number): Window {
  const [, amount, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (unit === 'm' || unit === 'h' || unit === 'd')
    return { from: now - Number(amount) * unitsMs[unit], to: now };
  const [from = Number.NaN, to = Number.NaN] = text.split(',').map((time) => Date.parse(time));
  if (!(from <= to)) throw new Refusal(400, `${text} is not a window`);
  return { from, to };
}

/** In the currency of the price, for the part of a job that lies in the window. */
function costOf(simulation: Simulation, job: Job, { from, to }: Window): number {
  const { startedAt, completedAt = simulation.clock.now() } = progressOf(simulation, job);
  if (startedAt === undefined) return 0;
  const ms = Math.max(0, Math.min(completedAt, to) - Math.max(startedAt, from));
  const { centsPerMinute = 0 } = simulation.state.hardwareTiers.get(job.hardwareTierId) ?? {};
  return (ms / 60_000) * (centsPerMinute / 100);
}
