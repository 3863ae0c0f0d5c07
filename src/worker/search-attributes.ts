/** The search attributes by which runs are listed must be known to the namespace. */
import type { NativeConnection } from '@temporalio/worker';
import { translateRunError } from '../client/translating.js';
import { LonghaulError } from '../run/failures/errors.js';
import { isAway } from './patience.js';
import { type SearchAttributes, creationOptions, missingOf, typeNumbers } from '../run/search-attributes.js';

/** What Temporal answers when a namespace has no column left for a type. */
const isFull = (cause: unknown): boolean =>
  cause instanceof Error && /cannot have more than/i.test(cause.message);

/**
 * Registers those that are missing. Where the credential has no right to (Temporal Cloud), the error names the command.
 *
 * @throws LonghaulError `CONFIG_INVALID`, `NAMESPACE_UNKNOWN`, `TEMPORAL_UNREACHABLE`
 */
export async function ensureSearchAttributes(
  connection: NativeConnection,
  { namespace, address }: { readonly namespace: string; readonly address: string },
): Promise<void> {
  const translated = (error: unknown): unknown => translateRunError(error, 'of the namespace', address);
  const { customAttributes } = await connection.operatorService
    .listSearchAttributes({ namespace })
    .catch((error: unknown) => {
      throw translated(error);
    });
  const missing = missingOf(customAttributes);
  if (Object.keys(missing).length === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        Object.entries(missing).map(([name, type]) => [name, typeNumbers[type]]),
      ),
    });
  } catch (cause) {
    const error = translated(cause);
    if (isAway(error)) throw error;
    const message = isFull(cause)
      ? fullMessage(namespace, missing, customAttributes)
      : `the namespace ${namespace} lacks search attributes and this worker may not add them; run: temporal operator search-attribute create --namespace ${namespace} ${creationOptions(missing)}`;
    throw new LonghaulError('CONFIG_INVALID', message, { cause });
  }
}

function fullMessage(
  namespace: string,
  missing: SearchAttributes,
  known: Readonly<Record<string, unknown>>,
): string {
  const taken = (['Keyword', 'KeywordList'] as const).flatMap((type) => {
    const of = Object.keys(known)
      .filter((name) => known[name] === typeNumbers[type])
      .sort();
    return Object.values(missing).includes(type) ? [`${of.length} of type ${type} (${of.join(', ')})`] : [];
  });
  return `the namespace ${namespace} has no room for the search attributes ${Object.keys(missing).join(', ')}: Temporal’s database has 10 columns of type Keyword and 3 of type KeywordList, and it has ${taken.join(' and ')} already; remove some with: temporal operator search-attribute remove --namespace ${namespace} --name <name>, or give Longhaul a namespace of its own`;
}
