/** The simulated Domino: one object for the server. */
import { domino } from '../../contract/domino/index.js';
import type { NamedEndpoint } from '../../contract/endpoint.js';
import type { Clock } from '../clock.js';
import type { Carrying, ExtraRoute, SimulatedWing, WireAnswer, WireRequest } from '../wing.js';
import { Refusal } from '../errors.js';
import { recordEvent } from './audit-events.js';
import { errorBody } from './errors.js';
import { createExecution } from './execution.js';
import type { NoteEffect } from './handlers.js';
import { setHealth } from './health.js';
import { handlers } from './index.js';
import { legacyRoutes } from './legacy/index.js';
import { predict } from './predictions.js';
import { fromReference, toReference } from './reference-dialect.js';
import { keyedVariables } from './environment-variables.js';
import { readSent } from './tolerant.js';
import { createState } from './world/beginning.js';
import { personWithToken } from './world/people.js';
import { createIds } from './world/ids.js';
import { type Past, createPast } from './world/past.js';
import type { Simulation } from './world/simulation.js';
import { createUploads } from './world/uploads.js';
import { loadWorld } from './world/world.js';

/** What a simulated Domino is made from. */
export interface DominoOptions {
  readonly clock: Clock;
  /** A world, or the path of a YAML file with one; the default world unless stated. */
  readonly world: string | object | undefined;
  readonly dialect: 'v6' | 'reference';
  readonly seed: number;
  /** Whether commands really run. */
  readonly execute: boolean;
}

/**
 * Creates a simulated Domino with its world.
 *
 * @throws Error when the world is not valid
 */
export async function createDominoWing(options: DominoOptions): Promise<SimulatedWing> {
  const { clock, dialect, seed, execute } = options;
  const world = await loadWorld(options.world, dialect);
  const ids = createIds(seed);
  const state = createState(world, ids, clock);
  const execution = execute ? await createExecution(state, clock) : null;
  const uploads = createUploads();
  const simulation = { world, clock, ids, state, uploads, execution };
  const past = createPast(simulation);
  return {
    contract: domino,
    description,
    extras: [predictionsOf(simulation), ...extrasOf({ simulation, past })],
    controls: { health: (body) => setHealth(simulation, body) },
    keysIn: ({ authorization = '', ...headers }) => [
      headers['x-domino-api-key'],
      /^Bearer (.*)$/.exec(authorization)?.[1],
    ],
    isKey: (key) => personWithToken(simulation, key) !== null,
    rewrite: encodedFilePath,
    requestId: () => ids.request(),
    errorBody,
    carry: (named, sent, how) => carry({ simulation, past, dialect }, { named, sent, how }),
    close: async () => {
      await execution?.close();
      await uploads.close();
    },
  };
}

/** The contract is in the spelling of v6. */
const description = {
  info: { title: 'Domino, simulated', version: '6.3.0' },
  components: {
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Domino-Api-Key' },
      token: { type: 'http', scheme: 'bearer' },
    },
  },
  security: [{ key: [] }, { token: [] }],
};

const predictionsOf = (simulation: Simulation): ExtraRoute => ({
  endpoint: 'predictions.predict',
  method: 'POST',
  path: '/models/{modelApiId}/{version}/model',
  carry: async ({ path: { modelApiId = '', version = '' }, body }) => ({
    status: 200,
    body: await predict(simulation, { modelApiId, version }, body),
  }),
});

const extrasOf = (seen: Seen): ExtraRoute[] =>
  Object.entries(legacyRoutes).map(([endpoint, { carry: answer, ...route }]) => ({
    endpoint,
    ...route,
    carry: (sent, how) => answer(simulationFor(seen, how), sent, noteOf(seen, route.method, how)),
  }));

/** What a request sees: the present, or the past of a replica that lags behind. */
interface Seen {
  readonly simulation: Simulation;
  readonly past: Past;
}

/** For who asks: of the simulator’s own key, that is the user of the world. */
function simulationFor({ simulation, past }: Seen, { agoMs, keys }: Carrying): Simulation {
  const seen = agoMs === undefined ? simulation : past.ago(agoMs);
  const user = keys.map((key) => personWithToken(simulation, key)).find((person) => person !== null);
  return user === undefined ? seen : { ...seen, state: { ...seen.state, user } };
}

/**
 * Of the users of a world, those with this role administer the platform; whoever has the key of the simulator does anyway.
 *
 * @throws Refusal 403
 */
function checkAdministrator({ state: { user } }: Simulation, { state: { user: caller } }: Simulation): void {
  if (caller !== user && !caller.roles.includes('SysAdmin'))
    throw new Refusal(403, 'Only an administrator may do that');
}

/** Clients send the slashes of a file's path as they are, in the middle of an address. */
const encodedFilePath = (url: string): string =>
  url.replace(
    /^(\/api\/projects\/v1\/projects\/[^/?]+\/files\/[^/?]+\/)([^?]+)(\/content(?:\?|$))/,
    (_, before: string, path: string, after: string) => before + path.replaceAll('/', '%2F') + after,
  );

const noteOf =
  ({ simulation, past }: Seen, method: string, { note }: Carrying): NoteEffect =>
  (change, kind, id, ...texts) => {
    if (change === 'created') past.note(kind, id);
    recordEvent(simulation, { method, change, kind, id });
    note(change, kind, id, ...texts);
  };

interface Carried {
  readonly named: NamedEndpoint;
  readonly sent: WireRequest;
  readonly how: Carrying;
}

async function carry(
  { dialect, ...seen }: Seen & { readonly dialect: string },
  { named: { group, name, endpoint }, sent, how }: Carried,
): Promise<WireAnswer> {
  const present = simulationFor(seen, how);
  if (endpoint.path.startsWith('/api/admin/')) checkAdministrator(seen.simulation, present);
  const isRaw = endpoint.bodyEncoding === 'bytes';
  const request = isRaw ? { ...sent, body: {} } : sent;
  const endpointName = `${group}.${name}`;
  const spelt = keyedVariables(endpointName, request);
  const wire = dialect === 'reference' ? fromReference(present, endpointName, spelt) : spelt;
  const body: unknown = await handlerOf(group, name)(present, {
    path: sent.path,
    query: endpoint.query === undefined ? {} : readSent(endpoint.query, wire.query, 'query'),
    body: isRaw ? sent.body : bodyOf(endpoint, wire.body),
    metadata: { requestId: how.requestId, notices: [] },
    note: noteOf(seen, endpoint.method, how),
  });
  const answer = { status: endpoint.status ?? 200, body };
  return dialect === 'reference' ? toReference(present, endpointName, request, answer) : answer;
}

const bodyOf = (endpoint: NamedEndpoint['endpoint'], body: unknown): unknown =>
  endpoint.body === undefined ? {} : readSent(endpoint.body, body, 'body');

type AnyHandler = (simulation: Simulation, call: unknown) => unknown;

/** The handler of an endpoint. Its types are checked where it is written; here it is one of many. */
function handlerOf(group: string, name: string): AnyHandler {
  const table: Readonly<Record<string, Readonly<Record<string, unknown>>>> = handlers;
  return table[group]?.[name] as AnyHandler; // `Handlers` has one for every endpoint that `walk` names
}
