/** The door: what is checked before a run is created. */
import { hash } from 'node:crypto';
import type { z } from 'zod';
import { LonghaulError } from '../run/failures/errors.js';
import { runKeyPattern } from '../run/ids.js';
import { type PipelineName, pipelineInputs, takesPlatform, unspokenIn } from '../run/inputs/inputs.js';
import { expectedWhereMissing } from '../run/inputs/missing-fields.js';
import { type PipelineDocument, connectionsOf } from '../run/documents/documents.js';
import { type FaultyDocument, refuseFaulty, sayUnread } from '../run/documents/faulty-documents.js';
import type { Json } from '../run/json.js';
import { isPipeline } from '../pipelines/built-in.js';
import { checkDocumentInput } from '../pipelines/document/input.js';
import { checkSize } from './size.js';

/** Who has made more mistakes corrects these first. */
const faultsNamed = 50;
/** Some name every key that they do not know. */
const longestDetail = 500;

/**
 * Answers the name as that of a pipeline.
 * @throws LonghaulError `PIPELINE_UNKNOWN`; `CONFIG_INVALID` of a configured document that has faults
 */
export function checkPipeline(
  name: string,
  { documents = {}, faulty = [] }: Pick<KnownNames, 'documents' | 'faulty'> = {},
): PipelineName {
  if (isPipeline(name)) return name;
  refuseFaulty(name, faulty);
  const known = [...Object.keys(pipelineInputs), ...Object.keys(documents)].join(', ');
  throw new LonghaulError(
    'PIPELINE_UNKNOWN',
    `there is no pipeline "${name}"; the pipelines are ${known}${sayUnread(faulty)}`,
  );
}

/**
 * Validates a pipeline’s input and fills in its defaults.
 * @throws LonghaulError `INPUT_INVALID`, naming each field that does not fit
 */
export function checkInput<P extends PipelineName>(
  pipeline: P,
  input: unknown,
): z.output<(typeof pipelineInputs)[P]> {
  checkSize(input, { what: `the input of ${pipeline}`, code: 'INPUT_INVALID' });
  const parsed = pipelineInputs[pipeline].safeParse(input);
  if (parsed.success) return parsed.data as z.output<(typeof pipelineInputs)[P]>; // the schema of this very pipeline
  throw inputInvalid(
    pipeline,
    parsed.error.issues.flatMap((issue) => faultsOf(issue)),
  );
}

function inputInvalid(pipeline: string, faults: readonly Fault[]): LonghaulError {
  const named = faults.slice(0, faultsNamed);
  const lines = named.map(({ path, detail }) => `  ${path.join('.') || 'the input'}: ${detail}`);
  if (faults.length > named.length) lines.push(`  and ${faults.length - named.length} more`);
  return new LonghaulError('INPUT_INVALID', `the input of ${pipeline} is invalid:\n${lines.join('\n')}`, {
    fields: named.map(({ path, detail }) => ({ pointer: pointerOf(path), detail })),
  });
}

/**
 * Validates the input of a document by its schema and fills in its defaults.
 * @throws LonghaulError `INPUT_INVALID`, naming each field that does not fit
 */
export function checkInputOf(document: PipelineDocument, input: unknown): Json {
  checkSize(input, { what: `the input of ${document.pipeline}`, code: 'INPUT_INVALID' });
  const infinite = infiniteIn(input).map((path) => ({ path, detail: 'is too large a number, or none' }));
  if (infinite.length > 0) throw inputInvalid(document.pipeline, infinite);
  const json = JSON.parse(JSON.stringify(input ?? {})) as Json; // what it was before it became an argument
  const checked = checkDocumentInput(document, json);
  if (checked.ok) return checked.input;
  const faults = checked.faults.map(({ pointer, detail }) => ({ path: pointer.split('/').slice(1), detail }));
  throw inputInvalid(document.pipeline, faults);
}

/** Where numbers stand that JSON does not have, such as what is read from `1e400`: it would become null without a word. */
function infiniteIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => infiniteIn(inner, [...path, key]));
}

/**
 * Answers the key if a caller may use it for a run.
 * @throws LonghaulError `INPUT_INVALID`
 */
export function checkKey(key: string): string {
  if (runKeyPattern.test(key)) return key;
  throw new LonghaulError(
    'INPUT_INVALID',
    `the key ${JSON.stringify(key.slice(0, 150))} is not usable: up to 128 letters, digits, ".", "_", ":" and "-", beginning with a letter or digit`,
  );
}

/**
 * Refuses a connection that is not configured.
 * @throws LonghaulError `CONNECTION_UNKNOWN`
 */
export function checkConnection(name: string, known: readonly string[], isListed = true): void {
  if (known.includes(name)) return;
  const list = known.length === 0 ? '; none is configured' : `; configured are ${known.join(', ')}`;
  throw new LonghaulError('CONNECTION_UNKNOWN', `there is no connection "${name}"${isListed ? list : ''}`);
}

/**
 * Refuses probes that are not configured.
 * @throws LonghaulError `INPUT_INVALID`, naming each place of one
 */
export function checkProbes(input: unknown, known: readonly string[], isListed = true): void {
  const list = known.length === 0 ? '; none is configured' : `; configured are ${known.join(', ')}`;
  const fault = (name: string): string => `there is no probe "${name}"${isListed ? list : ''}`;
  const faults = placesOf(input).filter(({ name }) => !known.includes(name));
  if (faults.length === 0) return;
  const lines = faults.map(({ path, name }) => `  ${path.join('.')}: ${fault(name)}`);
  throw new LonghaulError('INPUT_INVALID', `the input names what is not configured:\n${lines.join('\n')}`, {
    fields: faults.map(({ path, name }) => ({
      pointer: pointerOf(path),
      detail: fault(name),
    })),
  });
}

/** Where an input names probes: in its conditions, and in its watch. */
function placesOf(value: unknown, path: readonly string[] = []): { path: readonly string[]; name: string }[] {
  if (typeof value !== 'object' || value === null || path.join('.') === 'watch.sample') return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key === 'probe' && typeof inner === 'string'
      ? [{ path: [...path, key], name: inner }]
      : placesOf(inner, [...path, key]),
  );
}

/** The names that the configuration has. Of those that are left out, any is let through. */
export interface KnownNames {
  /** Documents that may be started by their name. */
  readonly documents?: Documents | undefined;
  /** Those that are configured and have faults: a start of one says which. */
  readonly faulty?: readonly FaultyDocument[] | undefined;
  readonly connections?: readonly string[] | undefined;
  readonly probes?: readonly string[] | undefined;
  /** The platform of a connection; `null` where there is none of this name. Left out, an input has to say it. */
  readonly platformOf?: ((connection: string) => string | null) | undefined;
  /** The dialect that a connection speaks. Left out, no input is checked for it. */
  readonly dialectOf?: ((connection: string) => string | null) | undefined;
  /** What an error lists of them, for callers who may not see all that there is; left out, all. */
  readonly lists?: 'all' | 'connections' | 'none' | undefined;
  /** Throws for a pipeline, and then a connection, of which the caller may know nothing: before it is said what is there. */
  readonly admit?: ((scope: { readonly pipeline: string; readonly connection?: string }) => void) | undefined;
}

/** Documents by their names. */
export type Documents = Readonly<Record<string, PipelineDocument>>;

/** A start that has passed the door. */
export type CheckedStart = {
  /** Where the run acts, or the most of it. */
  readonly connection: string;
  /** Every connection on which it acts. */
  readonly connections: readonly string[];
} & (
  | {
      readonly name: PipelineName;
      readonly checked: z.output<(typeof pipelineInputs)[PipelineName]>;
      readonly document?: undefined;
    }
  | { readonly name: string; readonly checked: Json; readonly document: PipelineDocument }
);

/**
 * What `start` checks before anything is created, for callers that want to know before they connect.
 * @throws LonghaulError `PIPELINE_UNKNOWN`, `INPUT_INVALID`, `CONNECTION_UNKNOWN`; `CONFIG_INVALID` of a faulty document
 */
export function checkStart(
  pipeline: string | PipelineDocument,
  input: unknown,
  known: KnownNames = {},
): CheckedStart {
  const { documents = {}, connections: configured, probes, lists = 'all', admit } = known;
  admit?.({ pipeline: typeof pipeline === 'string' ? pipeline : pipeline.pipeline });
  if (typeof pipeline !== 'string') return checkDocumentStart(pipeline, input, known);
  const document = Object.hasOwn(documents, pipeline) ? documents[pipeline] : undefined;
  if (document !== undefined) return checkDocumentStart(document, input, known);
  const name = checkPipeline(pipeline, known);
  const checked = checkInput(name, placedInput(name, input, known));
  const { connection } = checked;
  const unspoken = unspokenIn(name, checked, known.dialectOf?.(connection) ?? null);
  if (unspoken.length > 0) throw inputInvalid(name, unspoken);
  admit?.({ pipeline: name, connection });
  if (configured) checkConnection(connection, configured, lists !== 'none');
  if (probes && 'watch' in checked) checkProbes(checked, probes, lists === 'all');
  return { name, checked, connection, connections: [connection] };
}

/**
 * The input of a pipeline that is there on several platforms says which one its connection is of: what a run is made of does not
 * change with the configuration.
 * @throws LonghaulError `CONNECTION_UNKNOWN`; `INPUT_INVALID` where it says another platform
 */
export function placedInput(name: PipelineName, input: unknown, known: KnownNames): unknown {
  const { connections: configured, platformOf, lists = 'all', admit } = known;
  if (!takesPlatform(name) || typeof input !== 'object' || input === null) return input;
  const { connection, platform: said }: { connection?: unknown; platform?: unknown } = input;
  if (platformOf === undefined || typeof connection !== 'string') return input;
  admit?.({ pipeline: name, connection });
  if (configured) checkConnection(connection, configured, lists !== 'none');
  const platform = platformOf(connection);
  if (platform === null) return input;
  if (said === undefined || said === platform) return { ...input, platform };
  const detail = `must be "${platform}", which the connection ${connection} is of, or left out`;
  throw inputInvalid(name, [{ path: ['platform'], detail }]);
}

function checkDocumentStart(
  document: PipelineDocument,
  input: unknown,
  { connections, lists = 'all', admit }: KnownNames,
): CheckedStart {
  const { pipeline: name } = document;
  checkSize(document, { what: `the document of ${name}`, code: 'INPUT_INVALID' });
  const checked = checkInputOf(document, input);
  const used = connectionsOf(document);
  for (const connection of used) {
    admit?.({ pipeline: name, connection });
    if (connections) checkConnection(connection, connections, lists !== 'none');
  }
  return { name, checked, connection: used[0] ?? '', connections: used, document };
}

/**
 * `checkStart` for a document that holds the input under `input`: faults are told where they are in it.
 * @throws LonghaulError as `checkStart`
 */
export function checkStartWithin(pipeline: string, input: unknown, known: KnownNames = {}): CheckedStart {
  try {
    return checkStart(pipeline, input, known);
  } catch (error) {
    if (!(error instanceof LonghaulError)) throw error;
    const fields =
      error.code === 'CONNECTION_UNKNOWN'
        ? [{ pointer: '/connection', detail: error.message }]
        : (error.fields ?? []);
    throw new LonghaulError(error.code, error.message, {
      cause: error,
      fields: fields.map(({ pointer, detail }) => ({ pointer: `/input${pointer}`, detail })),
    });
  }
}

/** Half of a SHA-256, in hex: equal for inputs that are equal as JSON, whatever the order of their keys. */
export const digestOf = (input: unknown): string =>
  hash('sha256', JSON.stringify(sorted(input))).slice(0, 32);

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** A path of keys as a JSON Pointer (RFC 6901). */
export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

interface Fault {
  readonly path: readonly string[];
  readonly detail: string;
}

/** What does not fit, by field. Of a union, the branch that was most likely meant: the one with the fewest faults. */
export function faultsOf(issue: z.core.$ZodIssue, parent: readonly string[] = []): Fault[] {
  const path = [...parent, ...issue.path.map(String)];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = issue.errors.map((issues) => issues.flatMap((inner) => faultsOf(inner, path)));
    return branches.reduce((best, branch) => (branch.length < best.length ? branch : best));
  }
  const expected = expectedWhereMissing(issue.message);
  const detail = expected === null ? issue.message : `is missing: ${expected}`;
  return [{ path, detail: detail.slice(0, longestDetail) }];
}
