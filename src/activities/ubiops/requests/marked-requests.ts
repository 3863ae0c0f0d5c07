/** The requests of an effect: a list does not show what they were given, so those that may be its own are read. */
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

/** A request that carries the marker, and the version that it was sent to. */
export interface MarkedRequest extends VersionPlace {
  readonly requestId: string;
  readonly request: ReadRequest;
}

/**
 * Those of a deployment, the oldest first. A step that names no version has sent to the one that was the default then, and an
 * attempt before may have found another one: without a version, they are looked for in each.
 */
export async function findMarkedIn(
  deps: Pick<UbiOpsDependencies, 'ubiops'>,
  {
    project,
    deployment,
    version: stated,
    ...sought
  }: Omit<Sought, 'version'> & Omit<VersionPlace, 'version'> & { readonly version?: string | undefined },
): Promise<readonly MarkedRequest[]> {
  const found: MarkedRequest[] = [];
  for (const version of stated === undefined ? await versionsOf(deps, { project, deployment }) : [stated]) {
    const place = { project, deployment, version };
    const reading = findMarked(deps, { ...sought, version: place });
    // A version of a list may have been deleted since, and its requests with it.
    const marked = stated === undefined ? await ifThere(reading) : await reading;
    found.push(...(marked ?? []).map((request) => ({ ...place, requestId: request.id, request })));
  }
  return found.sort((a, b) => createdAt(a.request).localeCompare(createdAt(b.request)));
}

async function versionsOf(
  { ubiops: { versions } }: Pick<UbiOpsDependencies, 'ubiops'>,
  { project: projectName, deployment: deploymentName }: Omit<VersionPlace, 'version'>,
): Promise<readonly string[]> {
  const listed = await versions.list({ path: { projectName, deploymentName }, query: {} });
  return [...new Set(listed.map(({ version }) => version))];
}

const createdAt = ({ time_created: at }: ReadRequest): string => at ?? '';

interface Sought {
  readonly version: VersionPlace;
  readonly origin: Origin;
  /** None is older, in milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** Those of a version. */
async function findMarked(
  deps: Pick<UbiOpsDependencies, 'ubiops'>,
  { version, origin, sinceMs }: Sought,
): Promise<readonly ReadRequest[]> {
  const earliestMs = Math.max(0, sinceMs - skewMs);
  const ids = new Set<string>();
  const take = async (listed: AsyncIterable<ListedRequest>): Promise<void> => {
    for await (const { id, time_created: at } of listed) {
      const isOlder = Date.parse(at ?? '') < earliestMs; // a time that cannot be read proves nothing
      if (!isOlder) ids.add(id);
    }
  };
  // What ends in between is in the second list.
  await take(listOpen(deps, version));
  await take(listEnded(deps, version, earliestMs));
  const marker = markerOf(origin);
  const found: ReadRequest[] = [];
  for (const some of chunksOf([...ids])) {
    const read = await deps.ubiops.versionRequests.collect({ path: pathOf(version), body: some });
    found.push(...read.filter((one) => carries(one, marker)));
  }
  return found;
}

/** Whether a request was given the marker. */
export const carries = ({ request_data: data }: Pick<ReadRequest, 'request_data'>, marker: string): boolean =>
  JSON.stringify(data ?? null).includes(marker);

const chunksOf = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / readAtOnce) }, (_, index) =>
    ids.slice(index * readAtOnce, (index + 1) * readAtOnce),
  );
