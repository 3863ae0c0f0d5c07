/** What a caller may not see does not exist for it: not in lists of names, not as the run of a key, not in words. */
import type { FastifyRequest } from 'fastify';
import { type Principal, type Role, type Scope, everything, may, requireRole } from '../access/principal.js';
import type { Documents, LonghaulClient } from '../client.js';
import { type KnownNames, digestOf } from '../client/door.js';
import { knownIn } from '../config.js';
import { type PipelineDocument, connectionsOf, usedBy } from '../run/documents/documents.js';
import { LonghaulError } from '../run/failures/errors.js';
import { pipelineOf, runIdOf } from '../run/ids.js';
import { isRunId } from '../run/run-names.js';
import { pipelines } from '../pipelines/built-in.js';
import type { ReplayRequest } from '../run/replays/replays.js';
import type { RunSummary } from '../run/steps.js';
import type { ServerContext } from './context.js';

/** The names that an input may use and an error may list; whoever may not do `what` learns of none. */
export function knownTo(
  principal: Principal,
  { config, documents, faulty }: Pick<ServerContext, 'config' | 'documents' | 'faulty'>,
  { role, what }: { readonly role: Role; readonly what: string },
): KnownNames {
  const { connections, probes, platformOf, dialectOf } = knownIn(config);
  return {
    connections: connections.filter((connection) => may(principal, 'viewer', { connection })),
    ...{ probes, platformOf, dialectOf },
    documents: visibleDocuments(principal, documents),
    faulty: faulty.filter(({ pipeline }) => pipeline !== null), // the rest is for the log
    lists: may(principal, 'viewer', everything) ? 'all' : 'connections',
    admit: (scope) => requireRole(principal, role, what, scope),
  };
}

/** Those that a caller may see: which connections one names, only who may see these may know. */
export const visibleDocuments = (principal: Principal, documents: Documents): Documents =>
  Object.fromEntries(
    Object.entries(documents).filter(([, document]) => may(principal, 'viewer', scopeOfDocument(document))),
  );

/** What runs of a document touch. */
export const scopeOfDocument = (document: PipelineDocument): Scope => ({
  pipeline: document.pipeline,
  // One that calls no platform names no connection.
  ...(connectionsOf(document).length > 0 && { connection: connectionsOf(document) }),
});

/** The names of all pipelines that there are, and of those that would be there but for a fault: they have runs too. */
export const pipelineNames = ({
  documents,
  faulty,
}: Pick<ServerContext, 'documents' | 'faulty'>): string[] => [
  ...new Set([
    ...Object.keys(pipelines),
    ...Object.keys(documents),
    ...faulty.flatMap(({ pipeline }) => pipeline ?? []),
  ]),
];

interface AskedKey {
  readonly pipeline: string;
  readonly connections: readonly string[];
  readonly key: string;
}

/** Leaves room for the rest of a key that has the longest form. */
const keptOfKey = 100;

/**
 * The key as the caller asked, or, where a run that the caller may not see has it, another one that is always the same for
 * that key and these connections. One that was given before is kept, also when the other run is gone.
 */
export async function keyForCaller(
  { client }: { readonly client: LonghaulClient },
  principal: Principal,
  { pipeline, connections, key }: AskedKey,
): Promise<string> {
  if (may(principal, 'viewer', { pipeline, connection: undefined })) return key; // sees every run of the pipeline
  const another = `${key.slice(0, keptOfKey)}.${digestOf([...connections, key]).slice(0, 12)}`;
  const [asked, given] = await Promise.all([
    describedIfAny(client, runIdOf(pipeline, key)),
    describedIfAny(client, runIdOf(pipeline, another)),
  ]);
  if (given !== null) return another;
  return asked === null || mayView(principal, asked) ? key : another;
}

/** A fork’s target, by the same rule. */
export async function ownForkOf(
  context: { readonly client: LonghaulClient },
  principal: Principal,
  before: Pick<RunSummary, 'pipeline' | 'connection' | 'connections'>,
  wanted: ReplayRequest,
): Promise<ReplayRequest> {
  const { forkTo } = wanted;
  if (forkTo === undefined) return wanted;
  const asked = { pipeline: before.pipeline, connections: usedBy(before), key: forkTo };
  return { ...wanted, forkTo: await keyForCaller(context, principal, asked) };
}

/**
 * Refuses a run that the caller may not see, as if it did not exist.
 * @throws LonghaulError `RUN_NOT_FOUND`
 */
export async function refuseUnseen(
  client: LonghaulClient,
  principal: Principal,
  runId: string,
): Promise<void> {
  const run = await describedIfAny(client, runId);
  if (run !== null && !mayView(principal, run))
    throw new LonghaulError('RUN_NOT_FOUND', `there is no run ${runId}`);
}

const mayView = (principal: Principal, run: RunSummary): boolean => may(principal, 'viewer', scopeOf(run));

/** What a run touches: a right on it is a right on each connection that it uses. */
export const scopeOf = (run: Pick<RunSummary, 'runId' | 'connection' | 'connections'>) => ({
  pipeline: pipelineOf(run.runId),
  connection: usedBy(run),
});

async function describedIfAny(client: LonghaulClient, runId: string): Promise<RunSummary | null> {
  if (!isRunId(runId)) return null;
  return client.describe(runId).catch((error: unknown) => {
    if (error instanceof LonghaulError && error.code === 'RUN_NOT_FOUND') return null;
    throw error;
  });
}

/** Says that what is answered is of these connections, and so are the runs that it names. */
export function tellsOf(request: FastifyRequest, connections: readonly string[]): void {
  request.connections = [...(request.connections ?? []), ...connections];
}

/**
 * Replaces ids of runs that the caller may not see. A run that it may see can wait for such a run. Where the connections of
 * the answer are known, only a right on them counts. What the caller has named itself stays.
 */
export function withoutUnseenRuns(
  request: FastifyRequest,
  connections = request.connections,
): (text: string) => string {
  const { principal, pipelines: all = Object.keys(pipelines) } = request;
  const scopes: readonly Scope[] = connections?.map((connection) => ({ connection })) ?? [{}];
  const unseen = all.filter(
    (pipeline) => !scopes.every((scope) => may(principal, 'viewer', { ...scope, pipeline })),
  );
  if (unseen.length === 0) return (text) => text;
  // A whole answer is JSON, in which control characters are written out: an id may follow the “n” of a line’s end.
  const before = String.raw`(?<=^|[^\w.-]|\\[bfnrt]|\\u[\da-f]{4})`;
  const ids = new RegExp(String.raw`${before}(?:${unseen.join('|')})\.\w[\w.:-]*`, 'g');
  const named = namedIn(request);
  return (text) => text.replace(ids, (id) => (named.has(id) ? id : 'another run'));
}

/** One row of a list. Only a right on the connections of this row counts, whatever the other rows are of. */
export function rowFor<T>(request: FastifyRequest, connections: readonly string[], row: T): T {
  const shown = withoutUnseenRuns(request, connections);
  const told = (_key: string, value: unknown): unknown => (typeof value === 'string' ? shown(value) : value);
  return JSON.parse(JSON.stringify(row), told) as T; // the same but for words in it
}

/**
 * The runs that a request names. Not all of its URL: what is read nowhere would tell who guesses whether it is so. Nor what is a
 * part of a name: whoever gives a run the key `retrain.x` may not learn of the run of that id.
 */
function namedIn({ url, query }: FastifyRequest): ReadonlySet<string> {
  const other = typeof query === 'object' && query !== null && 'with' in query ? String(query.with) : '';
  return new Set([...(url.split('?', 1)[0] ?? '').split('/'), other]);
}
