/** The requests of an effect: a list does not show what they were given, so those that may be its own are read. */
import { PlatformError } from '../../../platform/errors.js';
import { readGiven, readStanding } from '../../../platform/ubiops/read-requests.js';
import type { Origin } from '../../../run/ids.js';
import type { VersionPlace } from '../../../steps/ubiops/deployments.js';
import { markerOf } from '../../effect/attempt.js';
import { ifThere } from '../../effect/known-objects.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { pathOf } from '../deployments/version-path.js';
import { type ListedRequest, listEnded, listOpen } from './listed-requests.js';

type Requests = UbiOpsDependencies['ubiops']['versionRequests'];

/** A request with what it was given. */
export type ReadRequest = Awaited<ReturnType<Requests['collect']>>[number];

/** How far the platform’s clock may be from Temporal’s. */
const skewMs = 3_600_000;
const readAtOnce = 50;
/** One try of an activity has two minutes, and more to do. */
const searchForUsuallyMs = 45_000;
/** Where a search goes on that was cut short, some requests are listed twice: the list may have moved meanwhile. */
const overlap = 20;
/** Of each, as many ids are kept as it has read. */
const rememberedAtMost = 20;

/** A request that carries the marker, and the version that it was sent to. */
export interface MarkedRequest extends VersionPlace {
  readonly requestId: string;
  readonly request: ReadRequest;
}

interface Sought extends Omit<VersionPlace, 'version'> {
  readonly version?: string | undefined;
  readonly origin: Origin;
  /** None is older, in milliseconds since the epoch. */
  readonly sinceMs: number;
}

/**
 * Those of a deployment that carry the marker, the oldest first. A step that names no version has sent to the one that was the
 * default then, and an attempt before may have found another one: without a version, they are looked for in each. Asked again,
 * it goes on where its time was over: what serves may be sent thousands of requests in an hour.
 */
export type FindMarked = (of: Sought) => Promise<readonly MarkedRequest[]>;

/** How far a search has come. What a request was given never changes. */
interface Search {
  readonly read: Set<string>;
  readonly found: Map<string, MarkedRequest>;
  /** How many of those that have ended were listed, by version. */
  readonly listed: Map<string, number>;
}

/** Searches for up to `searchForMs` at a time. */
export function createMarkedRequests(
  deps: Pick<UbiOpsDependencies, 'ubiops'>,
  { searchForMs = searchForUsuallyMs, now = () => performance.now() } = {},
): FindMarked {
  const searches = new Map<string, Search>();
  return async ({ project, deployment, version: stated, origin, sinceMs }) => {
    const marker = markerOf(origin);
    const key = [project, deployment, stated ?? '', marker].join('/'); // no name has a slash
    if (searches.size >= rememberedAtMost && !searches.has(key)) searches.clear();
    const search: Search = searches.get(key) ?? { read: new Set(), found: new Map(), listed: new Map() };
    searches.set(key, search);
    const endMs = now() + searchForMs;
    const time = { isOver: false };
    const goesOn = (): boolean => !(time.isOver ||= now() >= endMs);
    const searching = { ...search, marker, earliestMs: Math.max(0, sinceMs - skewMs), time, goesOn };
    for (const version of stated === undefined ? await versionsOf(deps, { project, deployment }) : [stated]) {
      const reading = searchIn(deps, { ...searching, place: { project, deployment, version } });
      // A version of a list may have been deleted since, and its requests with it.
      await (stated === undefined ? ifThere(reading) : reading);
    }
    searches.delete(key);
    return [...search.found.values()].sort((a, b) =>
      createdAt(a.request).localeCompare(createdAt(b.request)),
    );
  };
}

async function versionsOf(
  { ubiops: { versions } }: Pick<UbiOpsDependencies, 'ubiops'>,
  { project: projectName, deployment: deploymentName }: Omit<VersionPlace, 'version'>,
): Promise<readonly string[]> {
  const listed = await versions.list({ path: { projectName, deploymentName }, query: {} });
  return [...new Set(listed.map(({ version }) => version))];
}

const createdAt = ({ time_created: at }: ReadRequest): string => at ?? '';

interface Searching extends Search {
  readonly place: VersionPlace;
  readonly marker: string;
  readonly earliestMs: number;
  /** Whether there is time for another page; that there was none is kept. */
  readonly goesOn: () => boolean;
  readonly time: { readonly isOver: boolean };
}

/**
 * Searches a version.
 * @throws PlatformError `PLATFORM_UNAVAILABLE` where its time is over
 */
async function searchIn(deps: Pick<UbiOpsDependencies, 'ubiops'>, searching: Searching): Promise<void> {
  const { place, earliestMs: sinceMs, read, listed, goesOn } = searching;
  // What ends in between is in the second list.
  await readMarked(deps, searching, listOpen(deps, place, goesOn));
  const before = listed.get(place.version) ?? 0;
  const from = Math.max(0, before - overlap);
  await readMarked(deps, searching, listEnded(deps, place, { sinceMs, from, goesOn }), (count) => {
    listed.set(place.version, Math.max(before, from + count));
  });
  if (before === 0) return;
  // What was sent since the search began is before where it went on.
  const known = new Set(read);
  const isNew = (page: readonly ListedRequest[]): boolean =>
    page.some((one) => !known.has(one.id) && !isBefore(one, sinceMs)) && goesOn();
  await readMarked(deps, searching, listEnded(deps, place, { sinceMs, from: 0, goesOn: isNew }));
}

/** A time that cannot be read proves nothing. */
const isBefore = ({ time_created: at }: ListedRequest, ms: number): boolean => Date.parse(at ?? '') < ms;

/** Reads those of a list that were not read before, and keeps those with the marker; `count` is told how many of it were. */
async function readMarked(
  deps: Pick<UbiOpsDependencies, 'ubiops'>,
  { place, marker, earliestMs, read, found, time }: Searching,
  list: AsyncIterable<ListedRequest>,
  count: (listed: number) => void = () => undefined,
): Promise<void> {
  let [ids, counted]: [string[], number] = [[], 0];
  const keep = async (): Promise<void> => {
    for (const request of ids.length === 0 ? [] : await readSome(deps, place, ids)) {
      const { id, request_data: data } = request;
      if (data != null) read.add(id); // else it may not be stored yet
      if (carries(request, marker)) found.set(id, { ...place, requestId: id, request });
    }
    ids = [];
    count(counted);
  };
  for await (const one of list) {
    counted += 1;
    if (!isBefore(one, earliestMs) && !read.has(one.id)) ids.push(one.id);
    if (ids.length >= readAtOnce) await keep();
  }
  await keep();
  if (time.isOver)
    throw new PlatformError(
      'PLATFORM_UNAVAILABLE',
      `searched ${read.size} requests for ${marker}, and goes on`,
    );
}

/** With what they were given; of results that are larger than an answer may be, ever fewer are asked for at once. */
async function readSome(
  deps: Pick<UbiOpsDependencies, 'ubiops'>,
  version: VersionPlace,
  ids: readonly string[],
): Promise<readonly ReadRequest[]> {
  const path = pathOf(version);
  try {
    return await deps.ubiops.versionRequests.collect({ path, body: [...ids] });
  } catch (error) {
    if (!(error instanceof PlatformError) || !error.isTooLarge) throw error;
  }
  const half = Math.ceil(ids.length / 2);
  if (ids.length > 1)
    return [
      ...(await readSome(deps, version, ids.slice(0, half))),
      ...(await readSome(deps, version, ids.slice(half))),
    ];
  const one = { ...path, requestId: ids[0] ?? '' };
  return [{ ...(await readStanding(deps.ubiops, one)), request_data: await readGiven(deps.ubiops, one) }];
}

/** Whether a request was given the marker. */
export const carries = ({ request_data: data }: Pick<ReadRequest, 'request_data'>, marker: string): boolean =>
  JSON.stringify(data ?? null).includes(marker);
