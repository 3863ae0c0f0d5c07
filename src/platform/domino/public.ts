/**
 * `longhaul/domino`: Domino's whole API for programs that call it themselves.
 *
 * ```ts
 * import { createDomino } from 'longhaul/domino';
 *
 * const domino = createDomino({ url: 'https://domino.example.com', apiKey: { file: '/run/secrets/domino' } });
 * for await (const { dataset } of domino.datasets.list.each()) console.log(dataset.name);
 * ```
 */
import type { domino } from '../../contract/domino/index.js';
import { type DirectClient, type DirectConnection, createDirectClient } from '../direct.js';
import { dominoWing } from './index.js';

export type { ByteStream } from '../../contract/bytes.js';
export { LonghaulError } from '../../run/failures/errors.js';
export { PlatformError } from '../errors.js';
export { saveFile } from '../files.js';
export type { DirectConnection, Secret } from '../direct.js';

/** Every endpoint of Domino, by group and name. */
export type Domino = DirectClient<typeof domino>;

/**
 * A client of a Domino.
 *
 * @throws LonghaulError `CONFIG_INVALID` for a connection that cannot be used
 */
export const createDomino = (connection: DirectConnection): Domino =>
  createDirectClient(dominoWing, connection);
