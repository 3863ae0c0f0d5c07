/** Sends requests: the only file of the client that calls `fetch` or knows the key. */
import { bodyOf, errorOf } from './answers.js';
import { LonghaulHttpError } from './errors.js';
import { type HttpClientOptions, baseOf, apiKeyOf } from './options.js';
import { repeated } from './retry.js';

/** One request. */
export interface Sending {
  readonly method: 'GET' | 'POST';
  /** Below the server's URL, such as `v1/runs`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** How `call` goes about it. */
export interface SenderCallOptions {
  /** Whether to send again while no answer comes: only what does the same however often it arrives. */
  readonly repeat: boolean;
  /** How long the server may work on it, on top of the ordinary time. */
  readonly workMs?: number;
}

/** How requests are sent. */
export interface Sender {
  /** Sends once. The answer is a 2xx whose body is still to be read, which `signal` alone ends. */
  open(sending: Sending): Promise<Response>;
  /** Sends and reads the JSON that answers. */
  call<T>(sending: Sending, options: SenderCallOptions): Promise<T>;
  /** How long `call` repeats. */
  readonly retryForMs: number;
}

/**
 * Creates what sends requests with the caller’s key.
 * @throws LonghaulHttpError `REQUEST_MALFORMED` for a URL that cannot be called
 */
export function createSender(options: HttpClientOptions): Sender {
  const { timeoutMs = 15_000, retryForMs = 60_000 } = options;
  const base = baseOf(options.url);

  const attempt = async <T>(
    sending: Sending,
    withinMs: number,
    read: (response: Response, requestId: string) => Promise<T>,
  ): Promise<T> => {
    const { signal } = sending;
    const requestId = crypto.randomUUID();
    const key = await apiKeyOf(options.key);
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), withinMs);
    try {
      const response = await (options.fetch ?? fetch)(urlOf(base, sending), {
        ...requestOf(sending, requestId, key),
        signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal,
      });
      if (!response.ok) throw await errorOf(response, requestId);
      return await read(response, requestId);
    } catch (error) {
      if (error instanceof LonghaulHttpError) throw error;
      signal?.throwIfAborted();
      const what = over.signal.aborted ? `gave no answer within ${withinMs / 1_000} s` : brokenBy(error);
      throw new LonghaulHttpError('SERVER_UNREACHABLE', `the server at ${base.origin} ${what}`, {
        retryable: true,
        requestId,
      });
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    retryForMs,
    open: (sending) => attempt(sending, timeoutMs, (response) => Promise.resolve(response)),
    call: <T>(sending: Sending, { repeat, workMs = 0 }: SenderCallOptions): Promise<T> => {
      const once = (): Promise<T> =>
        attempt(sending, timeoutMs + workMs, async (...answer) => (await bodyOf(...answer)) as T); // as the OpenAPI document says
      return repeat ? repeated(once, { forMs: retryForMs, signal: sending.signal }) : once();
    },
  };
}

function urlOf(base: URL, { path, query = {} }: Sending): URL {
  const url = new URL(path, base);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

function requestOf(
  { method, headers, body }: Sending,
  requestId: string,
  key: string | undefined,
): RequestInit {
  return {
    method,
    redirect: 'manual', // followed, a POST would become a GET
    headers: {
      accept: 'application/json',
      'user-agent': 'longhaul-client',
      'x-request-id': requestId,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
}

/** The reason as a code such as ECONNREFUSED and nothing else: a message may hold the request. */
function brokenBy(error: unknown): string {
  const code = fieldOf(fieldOf(error, 'cause'), 'code');
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)
    ? `did not answer (${code})`
    : 'did not answer';
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
