/** Requests to deployments and to their versions. */
import { setTimeout as wait } from 'node:timers/promises';
import type { ubiops } from '../../contract/ubiops/index.js';
import { Refusal } from '../errors.js';
import { defaultOf, needDeployment } from './deployments.js';
import { type Call, Download, type Handlers } from './handlers.js';
import { listRequests } from './request-list.js';
import { checkInput, startRequest } from './request-plans.js';
import { answeredView, isRetained, listedView, requestView } from './request-views.js';
import { needVersion } from './versions.js';
import { isReady } from './version-states.js';
import { type Simulation, end, need } from './world/simulation.js';
import type { Request, Version } from './world/state.js';
import { requestEnd, requestStatus } from './world/timelines.js';

type Groups = Handlers<typeof ubiops>;
type Own = (typeof ubiops)['requests'];

/** A path with a version, or without. */
interface Path {
  readonly projectName: string;
  readonly deploymentName: string;
  readonly version?: string;
  readonly requestId?: string;
}

/** One request to an endpoint that both groups have. */
type Asked<K extends keyof Own> = Omit<Call<Own[K]>, 'path'> & { readonly path: Path };
type Note = Asked<'create'>['note'];

/** Seconds that a request has at most, and unless it says so. */
const waited = { usual: 300, most: 3_600 };
const batched = { usual: 14_400, most: 172_800 };

/** How often who waits for an answer looks whether it is there: the clock's speed may change meanwhile. */
const lookEveryMs = 50;

const handlers = {
  async create(simulation: Simulation, { path, query, body, note }: Asked<'create'>) {
    const version = needReady(simulation, path);
    checkInput(version.deployment, body);
    const timeoutSeconds = Math.min(query.timeout ?? waited.usual, waited.most);
    const request = startRequest(simulation, version, { input: body, timeoutSeconds });
    noteCreated(request, note);
    await hasEnded(simulation, request);
    return answeredView(simulation, request);
  },

  createBatch(simulation: Simulation, { path, query, body, note }: Asked<'createBatch'>) {
    const version = needReady(simulation, path);
    for (const input of body) checkInput(version.deployment, input);
    const timeoutSeconds = Math.min(query.timeout ?? batched.usual, batched.most);
    return body.map((input) => {
      const request = startRequest(simulation, version, { input, timeoutSeconds });
      noteCreated(request, note);
      return {
        ...{ id: request.id, deployment: version.deployment.name, version: version.name },
        ...{ status: 'pending', time_created: new Date(request.createdAt).toISOString() },
      };
    });
  },

  list: (simulation: Simulation, { path, query }: Asked<'list'>) =>
    listRequests(simulation, requestsAt(simulation, path), query).map((one) => listedView(simulation, one)),

  get(simulation: Simulation, { path, query }: Asked<'get'>) {
    const request = needRequest(simulation, path);
    return query.metadata_only === true ? listedView(simulation, request) : requestView(simulation, request);
  },

  update(simulation: Simulation, { path, note }: Asked<'update'>) {
    cancel(simulation, needRequest(simulation, path), note);
    return {};
  },

  delete(simulation: Simulation, { path, note }: Asked<'delete'>) {
    remove(simulation, needRequest(simulation, path), note);
    return undefined;
  },

  collect: (simulation: Simulation, { path, body }: Asked<'collect'>) =>
    body.map((requestId) => requestView(simulation, needRequest(simulation, { ...path, requestId }))),

  cancelBatch(simulation: Simulation, { path, body, note }: Asked<'cancelBatch'>) {
    const meant = body.map((requestId) => needRequest(simulation, { ...path, requestId }));
    for (const request of meant) cancel(simulation, request, note);
    return {};
  },

  deleteBatch(simulation: Simulation, { path, body, note }: Asked<'deleteBatch'>) {
    const meant = body.map((requestId) => needRequest(simulation, { ...path, requestId }));
    for (const request of meant) remove(simulation, request, note);
    return {};
  },

  input(simulation: Simulation, { path }: Asked<'input'>) {
    const { request_data: input = null } = requestView(simulation, needRequest(simulation, path));
    return new Download('input.json', Buffer.from(JSON.stringify(input)));
  },

  output(simulation: Simulation, { path }: Asked<'output'>) {
    const { result = null } = requestView(simulation, needRequest(simulation, path));
    return new Download('output.json', Buffer.from(JSON.stringify(result)));
  },
};

/** The handlers of requests to a deployment's default version. */
export const requests: Groups['requests'] = handlers;

/** The handlers of requests to a stated version. */
export const versionRequests: Groups['versionRequests'] = handlers;

/**
 * The version that is meant, if requests can run on it.
 *
 * @throws Refusal 400, 404
 */
function needReady(simulation: Simulation, { version: name, ...path }: Path): Version {
  const version =
    name === undefined
      ? defaultOf(simulation, needDeployment(simulation, path))
      : needVersion(simulation, { ...path, version: name });
  if (version === null) throw new Refusal(400, 'The deployment has no default version');
  if (!isReady(simulation, version)) throw new Refusal(400, 'The deployment version is not available');
  return version;
}

/** Those of the version that is meant, or of all. */
function requestsAt(simulation: Simulation, { version: name, ...path }: Path): Request[] {
  if (name !== undefined) return needVersion(simulation, { ...path, version: name }).requests;
  return needDeployment(simulation, path).versions.flatMap(({ requests: all }) => all);
}

const needRequest = (simulation: Simulation, path: Path): Request =>
  need(
    simulation,
    requestsAt(simulation, path),
    'Deployment request',
    (one) => one.id === path.requestId && isRetained(simulation, one),
  );

async function hasEnded({ clock }: Simulation, request: Request): Promise<void> {
  for (;;) {
    const restMs = (requestEnd(request) - clock.now()) / clock.speed;
    if (restMs <= 0) return;
    await wait(Math.max(1, Math.min(lookEveryMs, restMs)), undefined, { ref: false });
  }
}

const notedOf = ({ id, version: { name, deployment } }: Request) =>
  ({
    kind: 'deploymentRequest',
    ...{ id, name },
    ...{ project: deployment.project, deployment: deployment.name },
  }) as const;

const noteCreated = (request: Request, note: Note): void =>
  note({ change: 'created', ...notedOf(request), texts: [JSON.stringify(request.input)] });

const isOpen = ({ clock }: Simulation, request: Request): boolean =>
  ['pending', 'processing', 'cancelled_pending'].includes(requestStatus(request, clock.now()));

/** @throws Refusal 400 for one that has ended */
function cancel(simulation: Simulation, request: Request, note: Note): void {
  if (!isOpen(simulation, request)) throw new Refusal(400, 'The request has already ended');
  if (request.cancelledAt !== undefined) return;
  request.cancelledAt = simulation.clock.now();
  simulation.execution?.stop(request);
  note({ change: 'changed', ...notedOf(request) });
}

/** @throws Refusal 400 for one that has not ended */
function remove(simulation: Simulation, request: Request, note: Note): void {
  if (isOpen(simulation, request)) throw new Refusal(400, 'The request has not ended');
  end(request);
  note({ change: 'deleted', ...notedOf(request) });
}
