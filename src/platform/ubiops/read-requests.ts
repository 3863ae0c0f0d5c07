/**
 * One request as it is read, whatever it has answered: a result may be larger than any answer that is read, and a server need
 * not heed `metadata_only`, which UbiOps calls deprecated.
 */
import type { ubiops } from '../../contract/ubiops/index.js';
import type { PlatformClient } from '../client.js';
import { PlatformError } from '../errors.js';
import { parseJson } from '../json.js';
import type { requestPathOf } from './request-ids.js';

type Requests = Pick<PlatformClient<typeof ubiops>, 'versionRequests'>;
type Path = ReturnType<typeof requestPathOf>;
type Whole = Awaited<ReturnType<Requests['versionRequests']['get']>>;

const isTooLarge = (error: unknown): boolean => error instanceof PlatformError && error.isTooLarge;

/** How it stands, with what it was given and what it has answered only where the server tells that all the same. */
export async function readStanding({ versionRequests }: Requests, path: Path): Promise<Whole> {
  try {
    return await versionRequests.get({ path, query: { metadata_only: true } });
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    // It has ended: what it was given alone is not as large. Lists have no results.
    const { requestId, ...of } = path;
    const query = { status: 'completed,failed,cancelled', search_id: requestId };
    const listed = await versionRequests.list({ path: of, query });
    const own = listed.find(({ id }) => id === requestId);
    if (own === undefined) throw error;
    return own;
  }
}

/** What it was given; `null` where that is not retained, or is itself larger than any answer that is read. */
export async function readGiven({ versionRequests }: Requests, path: Path): Promise<unknown> {
  try {
    return (await versionRequests.get({ path, query: {} })).request_data ?? null;
  } catch (error) {
    if (!isTooLarge(error)) throw error;
  }
  try {
    const bytes = await versionRequests.input({ path });
    const text = bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : '';
    return /^\s*[[{"]/.test(text) ? parseJson(text) : text;
  } catch (error) {
    if (isTooLarge(error)) return null;
    throw error;
  }
}
