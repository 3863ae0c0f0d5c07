/**
 * Endpoints of the contract that a document calls by name. What a second delivery does, and how what was created is found
 * again, the contract says: here are the three ways that follow from that.
 */
import { type PlatformEndpoint, endpointNamed, whyUncallable } from '../../contract/contracts.js';
import type { Endpoint, Found, Named } from '../../contract/endpoint.js';
import { leadingElsewhere } from '../../contract/placeholders.js';
import type { Effect, Doubt } from '../../run/undoing/effect.js';
import type { CallOutput, CallSpec, RequestEffects } from '../../run/documents/requests.js';
import type { FailureCode } from '../../run/failures/errors.js';
import type { Json } from '../../run/steps.js';
import type { CallInput, CallOptions } from '../../platform/call.js';
import { PlatformError } from '../../platform/errors.js';
import { anyItemsOf, at } from '../../platform/lists.js';
import { type Attempt, markerOf } from '../effect/attempt.js';
import type { ActivityDependencies } from '../dependencies.js';
import { creating, ensure, maySent } from '../effect/ensure.js';
import { keptOf } from './kept-answer.js';
import { readKnown } from '../effect/known-objects.js';
import { sendOnce } from '../effect/once.js';
import { startOfRun } from '../effect/run-start.js';
import { settled } from '../effect/second-look.js';

type Calling = Effect & CallSpec;

/** A call whose endpoint is known. */
interface Known extends CallSpec {
  readonly named: PlatformEndpoint;
}

/** What is called, before it is typed by its endpoint. */
type Send = (input: CallInput, options?: CallOptions) => Promise<unknown>;

/** Builds them. */
export function createCallActivities(deps: ActivityDependencies): Pick<RequestEffects, 'callEndpoint'> {
  const callEndpoint = creating(deps, async (call: Calling, attempt) => {
    const named = endpointNamed(call.endpoint);
    if (named === null)
      throw new PlatformError('EXPRESSION_FAILED', `this worker knows no endpoint ${call.endpoint}`);
    const why = whyUncallable(named.endpoint);
    if (why !== null)
      throw new PlatformError('EXPRESSION_FAILED', `${call.endpoint} cannot be called by a step: ${why}`);
    for (const [name, value] of leadingElsewhere(named.endpoint.path, call.params ?? {}))
      throw new PlatformError(
        'EXPRESSION_FAILED',
        `params.${name} of ${call.endpoint} came to ${JSON.stringify(value)}, which would lead to another address; nothing was sent`,
      );
    const known = { ...call, named };
    const { body, ...doubt } = await answerTo(deps, known, attempt);
    const kept = { select: call.select, masking: deps, what: call.endpoint };
    return { body: keptOf(body, kept), ...doubt };
  });
  return {
    // What may be repeated is sent anew by each attempt of a run: what one before has sent of it is not asked about.
    callEndpoint: (call) =>
      callEndpoint(
        endpointNamed(call.endpoint)?.endpoint.replay === 'creates' ? call : { ...call, begunBefore: false },
      ),
  };
}

function answerTo(deps: ActivityDependencies, call: Effect & Known, attempt: Attempt): Promise<CallOutput> {
  const { named, origin, begunBefore } = call;
  const { endpoint } = named;
  const send = async (marked: Json | undefined = call.body): Promise<CallOutput> => {
    const input = inputOf(call, marked);
    const sent = () => sendOf(deps, named, named.name)(input, { deadlineMs: attempt.deadlineMs });
    return { body: jsonOf(await (call.given === true ? sent() : whileNotFound(deps, sent))) };
  };
  if (endpoint.replay !== 'creates')
    return endpoint.replay === 'safe' ? send() : sendAgain(attempt, call, send);
  if (endpoint.found === 'none') return sendOnce(attempt, call.endpoint, send);
  const { found } = endpoint;
  const names = 'named' in found ? namesIn(call.body, found) : null;
  if ('named' in found && names === null) return sendOnce(attempt, call.endpoint, send);
  const { settleMs, sweepMs } = deps.waits;
  return ensure<CallOutput & Doubt>(attempt, {
    ...{ lookFirst: begunBefore, begunBefore },
    // The contract does not say how what is made twice is stopped: nothing is sent again while the first may still come.
    ...(!('named' in found) && { looks: Math.ceil(sweepMs / settleMs) }),
    find: () => findMade(deps, call, call),
    create: () => ('named' in found ? send() : send(withMarker(call.body, found.by, markerOf(origin)))),
  });
}

/** Looks at what is not found, before that counts: a step before may have made it a moment ago. */
const looksAtMissing = 3;

async function whileNotFound<T>(deps: ActivityDependencies, send: () => Promise<T>): Promise<T> {
  for (let looks = 1; ; looks += 1)
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== 'NOT_FOUND' || looks > looksAtMissing)
        throw error;
      await settled(deps);
    }
}

/** Refusals that a try before may be the reason of: it has done already what is asked for. */
const contradicted: readonly FailureCode[] = ['NOT_FOUND', 'REQUEST_REJECTED'];

/**
 * Sends what may be repeated. What a try before may have deleted, and is not found, is deleted; of anything else that is
 * refused then, nobody knows whether it was done.
 */
async function sendAgain(
  attempt: Attempt,
  { named: { endpoint }, endpoint: said }: Known,
  send: () => Promise<CallOutput>,
): Promise<CallOutput> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    if (error.ambiguous) attempt.remember({ looks: 0, sent: true });
    if (!maySent(attempt) || !contradicted.includes(error.code)) throw error;
    if (endpoint.method === 'DELETE' && error.code === 'NOT_FOUND') return { body: null };
    throw new PlatformError(
      'EFFECT_UNKNOWN',
      `${error.message}; an earlier try of ${said} may have done it, whose answer is not known`,
    );
  }
}

/** The client is built from the very table in which the endpoint was found. */
const sendOf = ({ client }: ActivityDependencies, { group }: PlatformEndpoint, name: string): Send => {
  const send = client[group]?.[name];
  if (send === undefined) throw new TypeError(`the contract has no endpoint ${group}.${name}`);
  return send;
};

/** What is sent. What does not fit the endpoint came from an expression, and is said before anything is sent. */
function inputOf(
  { named: { endpoint }, endpoint: said, params, query, body }: Known,
  sent: Json | undefined,
): CallInput {
  for (const [key, schema, value] of [
    ['query', endpoint.query, query ?? {}],
    ['body', endpoint.body, body],
  ] as const)
    if (schema !== undefined) refuseMisfit(said, key, schema, value);
  return {
    ...(params && {
      path: Object.fromEntries(Object.entries(params).map(([key, value]) => [key, String(value)])),
    }),
    ...(query && { query }),
    body: sent,
  };
}

function refuseMisfit(endpoint: string, key: string, schema: Endpoint['response'], value: unknown): void {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  if (issue === undefined) return;
  const at = [key, ...issue.path].join('.');
  throw new PlatformError('EXPRESSION_FAILED', `${at} of ${endpoint} does not fit: ${issue.message}`);
}

function jsonOf(answer: unknown): Json {
  if (answer instanceof Uint8Array) return new TextDecoder().decode(answer);
  return answer === undefined ? null : (JSON.parse(JSON.stringify(answer)) as Json); // through JSON, as it is kept
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

function withMarker(body: Json | undefined, by: string, marker: string): Json {
  const fields = fieldsOf(body) as { readonly [field: string]: Json }; // a part of a body
  const text = fields[by];
  return { ...fields, [by]: typeof text === 'string' && text !== '' ? `${text} ${marker}` : marker };
}

/** What the body states of the path of what is created; `null` where it leaves a name to the platform. */
function namesIn(body: Json | undefined, { named }: Named): Record<string, string> | null {
  const names = Object.entries(named).map(([name, path]) => [name, at(body, path)] as const);
  const stated = names.filter((one): one is [string, string] => typeof one[1] === 'string');
  return stated.length === names.length ? Object.fromEntries(stated) : null;
}

/**
 * What has the name, if it is what was asked for.
 * @throws PlatformError `CONFLICT`
 */
async function findNamed(deps: ActivityDependencies, call: Known, found: Named): Promise<CallOutput | null> {
  const { named, params = {}, body } = call;
  const names = namesIn(body, found);
  if (names === null) return null;
  const path = { ...pathOf(params), ...names };
  try {
    const there = jsonOf(await sendOf(deps, named, found.get)({ path }));
    const other = found.same.find((field) => {
      const asked = at(body, field);
      return asked !== undefined && JSON.stringify(asked) !== JSON.stringify(at(there, field));
    });
    if (other === undefined) return { body: there };
    const what = Object.values(names).join('/');
    throw new PlatformError('CONFLICT', `${call.endpoint}: ${what} is there with another ${other}`);
  } catch (error) {
    if (error instanceof PlatformError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

/** What carries the marker of the effect or has its name, as its creation would have answered; `null` where nothing does. */
export async function findMade(
  deps: ActivityDependencies,
  { origin }: Pick<Effect, 'origin'>,
  call: Known,
): Promise<CallOutput | null> {
  const { named, params } = call;
  const { found } = named.endpoint;
  if (found === undefined || found === 'none') return null;
  if ('named' in found) return findNamed(deps, call, found);
  const marker = markerOf(origin);
  for await (const item of listed(deps, { ...call, found }, origin)) {
    const text = at(item, found.as ?? found.by);
    if (typeof text !== 'string' || !text.includes(marker)) continue;
    const ids = Object.entries(found.id).map(([name, path]) => [name, String(at(item, path))]);
    const path = { ...params, ...(Object.fromEntries(ids) as Readonly<Record<string, string>>) }; // texts, as built
    return { body: jsonOf(await readKnown(sendOf(deps, named, found.get)({ path: pathOf(path) }))) };
  }
  return null;
}

const pathOf = (params: Readonly<Record<string, string | number>>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));

/** How far the clock of a platform may be from Temporal’s. */
const skewMs = 3_600_000;

/** The items of the list in which it stands; of one that tells when they were made, none that is older than the run. */
async function* listed(
  deps: ActivityDependencies,
  { named, params = {}, body, found }: Known & { readonly found: Found },
  origin: Effect['origin'],
): AsyncGenerator {
  const list = endpointNamed([named.platform, named.group, found.in].join('.'));
  if (list === null) throw new TypeError(`the contract has no endpoint ${named.group}.${found.in}`);
  const within = Object.entries(found.within ?? {}).map(([name, path]) => [name, at(body, path)] as const);
  const query = Object.fromEntries(within.filter(([, value]) => value !== undefined));
  const { since } = found;
  const sinceMs = since === undefined ? 0 : (await startOfRun(origin)) - skewMs;
  const isRecent = (item: unknown): boolean =>
    since === undefined || !(Date.parse(String(at(item, since))) < sinceMs);
  const [idPath = 'id'] = Object.values(found.id);
  yield* anyItemsOf(
    list.endpoint,
    sendOf(deps, named, found.in),
    { path: pathOf(params), query },
    { key: (item) => at(item, idPath), goesOn: (page) => page.some(isRecent) },
  );
}
