/** Reads answers: JSON, or the problem that the server or something before it tells. */
import type { FieldFault } from '../run/failures/errors.js';
import { LonghaulHttpError } from './errors.js';

/** Answers of a gateway that may be gone with the next try. */
const passing = new Set([408, 429, 500, 502, 503, 504]);

type Fields = Readonly<Record<string, unknown>>;

/**
 * The body of a 2xx answer.
 * @throws LonghaulHttpError `PROXY_PAGE` when it is no JSON object; what `fetch` throws when it breaks off
 */
export async function bodyOf(response: Response, requestId: string): Promise<unknown> {
  const body = parsed(await response.text());
  if (body !== undefined) return body;
  throw new LonghaulHttpError('PROXY_PAGE', `${placeOf(response)} answered something else than JSON`, {
    status: response.status,
    retryable: false,
    requestId,
  });
}

/** What an answer outside 2xx says. */
export async function errorOf(response: Response, requestId: string): Promise<LonghaulHttpError> {
  const { status, headers } = response;
  const problem = parsed(await response.text().catch(() => ''));
  const retryAfterMs = retryAfterOf(headers.get('retry-after'));
  if (problem === undefined || typeof problem['code'] !== 'string') {
    const retryable = passing.has(status);
    const message = `${placeOf(response)} answered ${status}, and not as a Longhaul server does: check the URL and what is in between`;
    return new LonghaulHttpError('PROXY_PAGE', message, { status, retryable, requestId, retryAfterMs });
  }
  return new LonghaulHttpError(problem['code'], textOf(problem['detail']) || textOf(problem['title']), {
    status,
    retryable: problem['retryable'] === true,
    requestId: typeof problem['requestId'] === 'string' ? problem['requestId'] : requestId,
    fields: fieldsOf(problem['fields']),
    retryAfterMs,
  });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Without the query, which may name things that are nobody else's. */
const placeOf = ({ url }: Response): string => url.split('?', 1)[0] ?? url;

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldsOf(value: unknown): readonly FieldFault[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter(isFields).map(({ pointer, detail }) => ({
    pointer: textOf(pointer),
    detail: textOf(detail),
  }));
}

/** Seconds, or a date. */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
