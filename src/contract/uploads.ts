/** Endpoints that take files. */
import type { Endpoint } from './endpoint.js';
import { FilePart } from './file-part.js';
import { bare, fieldsOf } from './paging.js';

/** Whether an endpoint takes a file, as its whole body or as a part of it. */
export const takesFile = ({ bodyEncoding = 'json' }: Endpoint): boolean =>
  bodyEncoding === 'bytes' || bodyEncoding === 'multipart';

/** The field of the body that takes it; `null` where the body is the file, or there is none. */
export const fileFieldOf = ({ body, bodyEncoding }: Endpoint): string | null =>
  bodyEncoding === 'multipart'
    ? (Object.entries(fieldsOf(body)).find(([, schema]) => bare(schema) === FilePart)?.[0] ?? null)
    : null;
