/** A file in a body that has several parts. */
import { z } from 'zod';

/** Text stands for its UTF-8; a `Blob` may be a file that is read while it is sent. */
export const FilePart = z.strictObject({
  name: z.string().min(1),
  type: z.string().min(1).default('application/octet-stream'),
  content: z.union([z.string(), z.instanceof(Uint8Array), z.instanceof(Blob)]),
});
