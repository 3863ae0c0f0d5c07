/**
 * Who may ask the simulator: nobody by way of a web page, and where commands really run, nobody who asks for another
 * host than this machine, or without the key, whatever the route.
 */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SimulatedWing } from './wing.js';

/** What decides. */
export interface GuardOptions {
  readonly wing: Pick<SimulatedWing, 'keysIn' | 'isKey'>;
  readonly apiKey: string;
  /** Whether commands of jobs really run on this machine. */
  readonly executes: boolean;
}

/** Adds it before all routes, those that there are not included. */
export function addGuard(app: FastifyInstance, options: GuardOptions): void {
  app.addHook('onRequest', (request, reply, done) => {
    const refusal = refusalOf(request, options);
    if (refusal === null) done();
    else void reply.code(refusal.status).send({ error: refusal.reason });
  });
}

/** Whether a request carries a key, in one of the headers of its platform. */
export const hasKey = (
  { headers }: FastifyRequest,
  { wing, apiKey }: Pick<GuardOptions, 'wing' | 'apiKey'>,
): boolean =>
  wing
    .keysIn(headers)
    .some((given) => typeof given === 'string' && (isSame(given, apiKey) || wing.isKey?.(given) === true));

function isSame(given: string, apiKey: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(apiKey)];
  return one.length === other.length && timingSafeEqual(one, other);
}

interface Refused {
  readonly status: 401 | 403;
  readonly reason: string;
}

function refusalOf(request: FastifyRequest, options: GuardOptions): Refused | null {
  const { host = '', origin, 'sec-fetch-site': site } = request.headers;
  // A browser states where a request comes from; what is no browser states nothing.
  const isForeign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined && origin !== `http://${host}`);
  if (isForeign) return { status: 403, reason: 'The simulator answers no web page of elsewhere' };
  if (!options.executes) return null;
  if (!isHere(host))
    return { status: 403, reason: 'The simulator runs commands, so it must be asked for as this machine' };
  // Everything else answers 401 in the platform’s own words.
  // By the route that was matched: an address may be written in several ways.
  if (request.routeOptions.url?.startsWith('/_simulator') && !hasKey(request, options))
    return { status: 401, reason: 'The simulator runs commands, so it needs its key on every route' };
  return null;
}

/** A name that leads here can belong to anybody; these cannot. */
const isHere = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(host);
