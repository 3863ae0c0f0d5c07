/** The search attributes by which runs are listed must be known to the namespace. */
import type { NativeConnection } from '@temporalio/worker';
import { translateRunError } from '../client/translating.js';
import { LonghaulError } from '../run/failures/errors.js';
import { searchAttributeNames } from '../run/search-attributes.js';

/** Temporal’s enum value of the type Keyword. */
const keyword = 2;

/**
 * Registers those that are missing. Where the credential may not (Temporal Cloud), says by which command to.
 *
 * @throws LonghaulError `CONFIG_INVALID`, `NAMESPACE_UNKNOWN`, `TEMPORAL_UNREACHABLE`
 */
export async function ensureSearchAttributes(
  connection: NativeConnection,
  { namespace, address }: { readonly namespace: string; readonly address: string },
): Promise<void> {
  const { customAttributes } = await connection.operatorService
    .listSearchAttributes({ namespace })
    .catch((error: unknown) => {
      throw translateRunError(error, 'of the namespace', address);
    });
  const missing = searchAttributeNames.filter((name) => !(name in customAttributes));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, keyword]));
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (cause) {
    const options = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
    throw new LonghaulError(
      'CONFIG_INVALID',
      `the namespace ${namespace} lacks search attributes and this worker may not add them; run: temporal operator search-attribute create ${options}`,
      { cause },
    );
  }
}
