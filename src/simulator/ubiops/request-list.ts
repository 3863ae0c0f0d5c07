/** Which requests a list has. */
import { Refusal } from '../errors.js';
import { isRetained } from './request-views.js';
import { type Simulation, isSeen } from './world/simulation.js';
import type { Request } from './world/state.js';
import { requestStatus } from './world/timelines.js';

interface Filter {
  readonly status?: string | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly start_date?: string | undefined;
  readonly end_date?: string | undefined;
  readonly search_id?: string | undefined;
}

const open = ['pending', 'processing'];
const ended = ['completed', 'failed', 'cancelled', 'cancelled_pending'];

/**
 * A page of requests, newest first.
 *
 * @throws Refusal 400 for states that do not go together, and for dates of what has not ended
 */
export function listRequests(simulation: Simulation, all: readonly Request[], filter: Filter): Request[] {
  const { limit = 50, offset = 0, start_date: from, end_date: until, search_id: part = '' } = filter;
  if (limit < 0 || offset < 0) throw new Refusal(400, 'limit and offset must not be negative');
  const states = statesIn(filter);
  const [fromMs, untilMs] = [timeOf(from, 0), timeOf(until, Number.POSITIVE_INFINITY)];
  return all
    .filter((one) => isSeen(simulation, one) && isRetained(simulation, one))
    .filter((one) => states.includes(requestStatus(one, simulation.clock.now())))
    .filter(({ id, createdAt }) => id.includes(part) && createdAt >= fromMs && createdAt <= untilMs)
    .sort((one, other) => other.createdAt - one.createdAt)
    .slice(offset, offset + limit);
}

function statesIn({
  status = 'completed',
  start_date: from,
  end_date: until,
  search_id: id,
}: Filter): string[] {
  const states = status
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const unknown = states.find((one) => ![...open, ...ended].includes(one));
  if (unknown !== undefined) throw new Refusal(400, `There is no status ${unknown}`);
  const isOpen = states.some((one) => open.includes(one));
  if (isOpen && states.length > 1)
    throw new Refusal(400, 'pending and processing cannot be combined with other statuses');
  if (isOpen && [from, until, id].some((one) => one !== undefined))
    throw new Refusal(400, 'start_date, end_date and search_id are for requests that have ended');
  return states;
}

function timeOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Refusal(400, `${text} is not a date`);
  return ms;
}
