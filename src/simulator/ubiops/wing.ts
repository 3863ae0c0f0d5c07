/** The simulated UbiOps: one object for the server. */
import type { Contract, NamedEndpoint } from '../../contract/endpoint.js';
import { ubiops } from '../../contract/ubiops/index.js';
import type { Clock } from '../clock.js';
import { Refusal, notFound } from '../errors.js';
import { read } from '../bodies.js';
import { Stored } from '../stored.js';
import type { Carrying, ExtraRoute, SimulatedWing, WireAnswer, WireRequest } from '../wing.js';
import { fromV2, toV2 } from './dialect.js';
import { errorBody } from './errors.js';
import { createExecution } from './execution.js';
import { addressOf, storagePath } from './files.js';
import { Download, type Noted } from './handlers.js';
import { handlers } from './index.js';
import { createLimit } from './limit.js';
import { readSent } from './reading.js';
import { createState } from './world/beginning.js';
import { Behaviour } from './world/behaviour.js';
import { createIds } from './world/ids.js';
import { type Simulation, birth } from './world/simulation.js';
import { loadWorld } from './world/world.js';

/** What a simulated UbiOps is made from. */
export interface UbiOpsOptions {
  readonly clock: Clock;
  /** A world, or the path of a YAML file with one; the default world unless stated. */
  readonly world: string | object | undefined;
  readonly dialect: 'v2.1' | 'v2';
  readonly seed: number;
  /** Whether packages really run. */
  readonly execute: boolean;
}

/**
 * Creates a simulated UbiOps with its world.
 *
 * @throws Error when the world is not valid
 */
export async function createUbiOpsWing(options: UbiOpsOptions): Promise<SimulatedWing> {
  const { clock, dialect, seed, execute } = options;
  const world = await loadWorld(options.world);
  const ids = createIds(seed);
  const behaviour = { ...world.behaviour };
  const execution = execute ? await createExecution() : null;
  const simulation: Simulation = {
    ...{ world, dialect, behaviour, clock, ids, execution },
    state: createState(world, ids, clock),
    seenUntilMs: () => performance.now() - behaviour.visibleAfterMs,
  };
  return {
    contract: contractOf(dialect),
    root: `/${dialect}`,
    description: descriptionOf(dialect),
    extras: storageOf(simulation),
    controls: {
      behaviour: (body) => {
        const stated = read(Behaviour.partial(), body);
        return Object.assign(behaviour, Object.fromEntries(Object.entries(stated)));
      },
    },
    keysIn: ({ authorization = '' }) => [/^(?:Token|Bearer) (.*)$/.exec(authorization)?.[1]],
    isOpen: (endpoint) => endpoint === 'status.get' || endpoint.startsWith('storage.'),
    admit: createLimit(behaviour),
    requestId: () => ids.request(),
    errorBody,
    carry: (named, sent, how) => carry(simulation, { named, sent, how }),
    close: async () => {
      await execution?.close();
    },
  };
}

/** Without what the dialect does not have. */
function contractOf(dialect: string): Contract {
  const has = (endpoint: Contract[string][string]): boolean => endpoint.dialects?.includes(dialect) ?? true;
  const groups: readonly (readonly [string, Contract[string]])[] = Object.entries(ubiops);
  return Object.fromEntries(
    groups.map(([group, endpoints]) => [
      group,
      Object.fromEntries(Object.entries(endpoints).filter(([, endpoint]) => has(endpoint))),
    ]),
  );
}

const descriptionOf = (dialect: string): object => ({
  info: { title: 'UbiOps, simulated', version: dialect },
  components: { securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'Authorization' } } },
  security: [{ token: [] }],
});

/** What signed addresses lead to: who has one needs no key. */
function storageOf({ state }: Simulation): ExtraRoute[] {
  const needAddressed = (token = '') => {
    const found = state.addresses.get(token);
    if (found === undefined) throw notFound('file', token);
    return found;
  };
  const path = `${storagePath}/{token}` as const;
  return [
    {
      ...{ endpoint: 'storage.get', method: 'GET', path },
      carry: ({ path: { token } }) => {
        const found = needAddressed(token);
        if (found.to !== 'read') throw new Refusal(403, 'This address is for writing');
        const headers = { 'content-disposition': `attachment; filename="${found.name.replaceAll('"', '')}"` };
        return Promise.resolve({ status: 200, headers, body: found.content });
      },
    },
    {
      ...{ endpoint: 'storage.put', method: 'PUT', path, bodyEncoding: 'kept' },
      carry: ({ path: { token }, body }, { note }) => {
        const found = needAddressed(token);
        if (found.to !== 'write') throw new Refusal(403, 'This address is for reading');
        if (!(body instanceof Stored)) throw new Refusal(400, 'There are no bytes');
        const { id, name } = found.put(body);
        note('created', 'file', id, name);
        return Promise.resolve({ status: 200, body: undefined });
      },
    },
  ];
}

interface Carried {
  readonly named: NamedEndpoint;
  readonly sent: WireRequest;
  readonly how: Carrying;
}

async function carry(present: Simulation, { named, sent, how }: Carried): Promise<WireAnswer> {
  const { endpoint, group, name } = named;
  const simulation = how.agoMs === undefined ? present : ago(present, how.agoMs);
  const isV2 = simulation.dialect === 'v2';
  const wire = isV2 ? fromV2(`${group}.${name}`, sent) : sent;
  const isForm = endpoint.bodyEncoding === 'multipart';
  const answer: unknown = await handlerOf(group, name)(simulation, {
    path: sent.path,
    query: endpoint.query === undefined ? {} : readSent(endpoint.query, wire.query, 'query'),
    body: isForm || endpoint.body === undefined ? wire.body : readSent(endpoint.body, wire.body, 'body'),
    origin: how.origin,
    note: noteIn(present, how),
  });
  const status = endpoint.status ?? 200;
  if (answer instanceof Download) return downloadOf(simulation, answer, how.origin);
  return { status, body: isV2 ? toV2(`${group}.${name}`, answer) : answer };
}

/** As a replica shows it that lags behind. */
const ago = (simulation: Simulation, realMs: number): Simulation => {
  const nowMs = simulation.clock.ago(realMs);
  return {
    ...simulation,
    clock: { ...simulation.clock, now: () => nowMs },
    seenUntilMs: () => simulation.seenUntilMs() - realMs,
  };
};

const actions = { created: 'create', changed: 'update', deleted: 'delete' } as const;

const noteIn =
  (simulation: Simulation, how: Carrying) =>
  ({ change, kind, id, name, project, deployment, texts = [] }: Noted): void => {
    how.note(change === 'created' ? 'created' : 'changed', kind, id, ...texts);
    simulation.state.audit.push({
      ...birth(simulation),
      deployment: deployment ?? null,
      ...{ project, action: actions[change], objectType: kind, objectName: name },
    });
  };

function downloadOf(simulation: Simulation, { name, content }: Download, origin: string): WireAnswer {
  if (simulation.behaviour.downloads === 'redirect' && content instanceof Stored) {
    const location = addressOf(simulation, origin, { to: 'read', name, content });
    return { status: 302, headers: { location }, body: undefined };
  }
  const headers = { 'content-disposition': `attachment; filename="${name.replaceAll('"', '')}"` };
  return { status: 200, headers, body: content };
}

type AnyHandler = (simulation: Simulation, call: unknown) => unknown;

/** The handler of an endpoint. Its types are checked where it is written; here it is one of many. */
function handlerOf(group: string, name: string): AnyHandler {
  const table: Readonly<Record<string, Readonly<Record<string, unknown>>>> = handlers;
  return table[group]?.[name] as AnyHandler; // `Handlers` has one for every endpoint that `walk` names
}
