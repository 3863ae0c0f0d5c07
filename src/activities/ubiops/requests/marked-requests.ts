/** The requests of an effect: a list does not show what they were given, so those that may be its own are read. */
import type { Origin } from '../../../run/ids.js';
import type { VersionPlace } from '../../../steps/ubiops/deployments.js';
import { markerOf } from '../../effect/attempt.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { pathOf } from '../deployments/version-path.js';
import { type ListedRequest, listEnded, listOpen } from './listed-requests.js';

type Requests = UbiOpsDependencies['ubiops']['versionRequests'];

/** A request with what it was given. */
export type ReadRequest = Awaited<ReturnType<Requests['collect']>>[number];

/** How far the platform’s clock may be from Temporal’s. */
const skewMs = 3_600_000;
const readAtOnce = 50;

interface Sought {
  readonly version: VersionPlace;
  readonly origin: Origin;
  /** None is older, in milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** Those that carry the marker, the oldest first. */
export async function findMarked(
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
  return found.sort((a, b) => ((a.time_created ?? '') < (b.time_created ?? '') ? -1 : 1));
}

/** Whether a request was given the marker. */
export const carries = ({ request_data: data }: Pick<ReadRequest, 'request_data'>, marker: string): boolean =>
  JSON.stringify(data ?? null).includes(marker);

const chunksOf = (ids: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(ids.length / readAtOnce) }, (_, index) =>
    ids.slice(index * readAtOnce, (index + 1) * readAtOnce),
  );
