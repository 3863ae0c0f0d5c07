/**
 * `longhaul/ubiops`: UbiOps's whole API for programs that call it themselves.
 *
 * ```ts
 * import { createUbiOps } from 'longhaul/ubiops';
 *
 * const ubiops = createUbiOps({ url: 'https://api.ubiops.com', apiKey: { file: '/run/secrets/ubiops' } });
 * const path = { projectName: 'churn' };
 * for await (const { name } of ubiops.environments.list.each({ path })) console.log(name);
 * ```
 */
import type { ubiops } from '../../contract/ubiops/index.js';
import { type DirectClient, type DirectConnection, createDirectClient } from '../direct.js';
import { ubiopsWing } from './index.js';

export type { ByteStream } from '../../contract/bytes.js';
export { LonghaulError } from '../../run/failures/errors.js';
export { PlatformError } from '../errors.js';
export { saveFile } from '../files.js';
export type { DirectConnection, Secret } from '../direct.js';

/** Every endpoint of UbiOps, by group and name. */
export type UbiOps = DirectClient<typeof ubiops>;

/**
 * A client of a UbiOps.
 *
 * @throws LonghaulError `CONFIG_INVALID` for a connection that cannot be used
 */
export const createUbiOps = (connection: DirectConnection): UbiOps =>
  createDirectClient(ubiopsWing, connection);
