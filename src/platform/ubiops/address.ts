/** Where UbiOps' API begins. */
import { LonghaulError } from '../../run/failures/errors.js';
import type { PlatformConnection } from '../transport.js';

/**
 * The connection's address with the version of its dialect, which may be there already.
 * @throws LonghaulError `CONFIG_INVALID` where it is another version
 */
export function rootOf({ name, url, dialect }: Pick<PlatformConnection, 'name' | 'url' | 'dialect'>): string {
  const root = url.replace(/\/+$/, '');
  const version = /\/(v\d+(\.\d+)?)$/.exec(root)?.[1];
  if (version === undefined) return `${root}/${dialect}`;
  if (version === dialect) return root;
  throw new LonghaulError(
    'CONFIG_INVALID',
    `connection ${name}: its url ends with /${version}, and its dialect is ${dialect}: change one of them`,
  );
}
