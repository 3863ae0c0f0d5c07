/** The requests of a version as the platform lists them. */
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

const pageSize = 100;

async function* pagesOf(
  { ubiops: { versionRequests } }: Pick<UbiOpsDependencies, 'ubiops'>,
  version: VersionPlace,
  selected: Ended | { readonly status: 'pending' | 'processing' },
  goesOn: () => boolean,
): AsyncGenerator<ListedRequest> {
  const seen = new Set<string>();
  for (let offset = 0; ; offset += pageSize) {
    const query = { ...selected, limit: pageSize, offset };
    const page = await versionRequests.list({ path: pathOf(version), query });
    for (const one of page) if (!seen.has(one.id)) yield one;
    for (const { id } of page) seen.add(id);
    if (page.length === 0 || !goesOn()) return;
  }
}

/** Those that wait or run, until `goesOn` says that enough was read. One that starts meanwhile is in both lists. */
export async function* listOpen(
  deps: Pick<UbiOpsDependencies, 'ubiops'>,
  version: VersionPlace,
  goesOn: () => boolean = () => true,
): AsyncGenerator<ListedRequest> {
  yield* pagesOf(deps, version, { status: 'pending' }, goesOn);
  if (goesOn()) yield* pagesOf(deps, version, { status: 'processing' }, goesOn);
}

/** Those that have ended, of what was sent since a time. */
export const listEnded = (
  deps: Pick<UbiOpsDependencies, 'ubiops'>,
  version: VersionPlace,
  sinceMs: number,
): AsyncGenerator<ListedRequest> =>
  pagesOf(
    deps,
    version,
    { status: 'completed,failed,cancelled', start_date: new Date(sinceMs).toISOString() },
    () => true,
  );
