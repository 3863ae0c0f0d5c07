/** Bodies of web forms. */
import { Refusal } from '../../errors.js';

/** The fields of a form without files. */
export const fieldsInForm = (body: unknown): URLSearchParams =>
  new URLSearchParams(body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '');

/**
 * The first file of a form with files (`multipart/form-data`); its first line is the boundary.
 *
 * @throws Refusal 400
 */
export function fileInForm(body: unknown): Buffer {
  const bytes =
    body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.length) : Buffer.alloc(0);
  const boundary = bytes.subarray(0, Math.max(0, bytes.indexOf('\r\n')));
  const start = bytes.indexOf('\r\n\r\n') + 4;
  const end = bytes.indexOf(Buffer.concat([Buffer.from('\r\n'), boundary]), start);
  if (!boundary.subarray(0, 2).equals(Buffer.from('--')) || start < 4 || end < 0)
    throw new Refusal(400, 'The body is not a form with a file');
  return bytes.subarray(start, end);
}
