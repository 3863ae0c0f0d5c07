/** Thumbnails of apps: bytes that are kept and given back as they came. */
import { createHash } from 'node:crypto';
import type { domino } from '../../../contract/domino/index.js';
import { Refusal, notFound } from '../../errors.js';
import type { Handlers } from '../handlers.js';
import { appOf } from './versions.js';

/** What a thumbnail may hold; below what a body of JSON may hold. */
const maxThumbnailBytes = 512 * 1_024;

/** The handlers of thumbnails. */
export const thumbnails: Pick<
  Handlers<typeof domino>['apps'],
  'thumbnail' | 'setThumbnail' | 'removeThumbnail'
> = {
  thumbnail(simulation, { path }) {
    const { id, thumbnail } = appOf(simulation, path);
    if (thumbnail === undefined) throw notFound('thumbnail of app', id);
    return thumbnail.bytes;
  },
  setThumbnail(simulation, { path, body, note }) {
    const app = appOf(simulation, path);
    if (!/^image\/[\w.+-]+$/.test(body.contentType))
      throw new Refusal(400, `contentType must be that of an image, not ${JSON.stringify(body.contentType)}`);
    const bytes = decoded(body.contentBase64);
    const created = app.thumbnail === undefined;
    const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
    const { contentType, filename } = body;
    app.thumbnail = { bytes, contentType, filename, etag };
    note('changed', 'app', app.id, app.settings.description);
    return { created, etag, sizeBytes: bytes.length, ...(filename !== undefined && { filename }) };
  },
  removeThumbnail(simulation, { path, note }) {
    const app = appOf(simulation, path);
    if (app.thumbnail === undefined) throw notFound('thumbnail of app', app.id);
    app.thumbnail = undefined;
    note('changed', 'app', app.id, app.settings.description);
    return undefined;
  },
};

function decoded(contentBase64: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Buffer.from(contentBase64, 'base64'));
  const again = Buffer.from(bytes).toString('base64');
  if (again.replaceAll('=', '') !== contentBase64.replaceAll('=', '').trim())
    throw new Refusal(400, 'contentBase64 is not Base64');
  if (bytes.length > maxThumbnailBytes)
    throw new Refusal(
      400,
      `The thumbnail has ${bytes.length} bytes, and at most ${maxThumbnailBytes} are kept`,
    );
  return bytes;
}
