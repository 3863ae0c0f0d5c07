/** The requests of a version as the platform lists them. */
import { ubiops } from '../../../contract/ubiops/index.js';
import { itemsOf } from '../../../platform/lists.js';
import type { Reading } from '../../../platform/pages.js';
import type { VersionPlace } from '../../../steps/ubiops/deployments.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { pathOf } from '../deployments/version-path.js';

type Requests = UbiOpsDependencies['ubiops']['versionRequests'];

/** A request of a list: without what it was given. */
export type ListedRequest = Awaited<ReturnType<Requests['list']>>[number];

/** What has ended, since a time. What goes on cannot be listed together with anything else, and has no dates. */
interface Ended {
  readonly status: 'completed,failed,cancelled';
  readonly start_date: string;
}

/** Ends also where a server answers its first page whatever it is asked for. */
const listOf = (
  { ubiops: { versionRequests } }: Pick<UbiOpsDependencies, 'ubiops'>,
  version: VersionPlace,
  selected: Ended | { readonly status: 'pending' | 'processing' },
  reading: Reading<ListedRequest>,
): AsyncGenerator<ListedRequest> =>
  itemsOf(
    ubiops.versionRequests.list,
    (input) => versionRequests.list(input),
    { path: pathOf(version), query: selected },
    reading,
  );

/** Those that wait or run, until `goesOn` says that enough was read. One that starts meanwhile is in both lists. */
export async function* listOpen(
  deps: Pick<UbiOpsDependencies, 'ubiops'>,
  version: VersionPlace,
  goesOn: () => boolean = () => true,
): AsyncGenerator<ListedRequest> {
  yield* listOf(deps, version, { status: 'pending' }, { goesOn });
  if (goesOn()) yield* listOf(deps, version, { status: 'processing' }, { goesOn });
}

/** Those that have ended, of what was sent since a time. */
export const listEnded = (
  deps: Pick<UbiOpsDependencies, 'ubiops'>,
  version: VersionPlace,
  { sinceMs, ...reading }: Reading<ListedRequest> & { readonly sinceMs: number },
): AsyncGenerator<ListedRequest> =>
  listOf(
    deps,
    version,
    { status: 'completed,failed,cancelled', start_date: new Date(sinceMs).toISOString() },
    reading,
  );
