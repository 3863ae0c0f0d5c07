/** What a client is made from. */
import { unsendable } from './errors.js';

/** How to reach the server, and as whom. */
export interface HttpClientOptions {
  /** Of the server, such as `https://longhaul.example.com`; a path before the API's own is kept. */
  readonly url: string | URL;
  /** An API key or token; a function is asked before every request. Left out, none is sent. */
  readonly key?: string | (() => string | Promise<string>) | undefined;
  /** Instead of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How long one request may take, beside the wait that it asks for; 15 s unless stated. */
  readonly timeoutMs?: number | undefined;
  /** How long a call is repeated that no server answers; 60 s unless stated. */
  readonly retryForMs?: number | undefined;
}

/**
 * The server’s URL with a final slash.
 * @throws LonghaulHttpError `REQUEST_MALFORMED`, which does not show the URL: it may hold a password
 */
export function baseOf(url: string | URL): URL {
  const base = URL.canParse(String(url)) ? new URL(url) : null;
  if (base === null || !/^https?:$/.test(base.protocol))
    throw unsendable('the url of the server must be an http or https URL');
  if (base.username !== '' || base.password !== '')
    throw unsendable('the url of the server must hold no user and no password; pass a key');
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

/**
 * The API key, asked for anew where it is a function.
 * @throws LonghaulHttpError `REQUEST_MALFORMED` for a key that no header can hold, and what the function throws
 */
export async function apiKeyOf(key: HttpClientOptions['key']): Promise<string | undefined> {
  const given = (typeof key === 'function' ? await key() : key)?.trim();
  if (given === undefined) return undefined;
  if (/^[\x21-\x7e]+$/.test(given)) return given;
  throw unsendable('the key is empty, or holds a character that no header may hold');
}
