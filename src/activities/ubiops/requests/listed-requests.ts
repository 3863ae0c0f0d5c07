/** The requests of a version as the platform lists them. */
import type { VersionPlace } from '../../../steps/ubiops/deployments.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { pathOf } from '../deployments/version-path.js';

type Requests = UbiOpsDependencies['ubiops']['versionRequests'];

/** A request of a list: without what it was given. */
export type ListedRequest = Awaited<ReturnType<Requests['list']>>[number];

/** What goes on cannot be listed together with what has ended, and has no dates. */
type Selected =
  | { readonly status: 'pending,processing' }
  | { readonly status: 'completed,failed,cancelled'; readonly start_date: string };

const pageSize = 100;

/** Each of them once, page by page, until `goesOn` says that enough was read. */
export async function* listRequests(
  { ubiops: { versionRequests } }: Pick<UbiOpsDependencies, 'ubiops'>,
  version: VersionPlace,
  selected: Selected,
  goesOn: () => boolean = () => true,
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
