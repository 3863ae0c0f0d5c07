/** `fetch` for libraries that know no agents: straight where there is no proxy on the way. */
import { got } from 'got';
import { createAgents } from './agents.js';

/** What a caller may say of a request. */
interface Asked {
  readonly headers: Headers;
  readonly signal: AbortSignal;
}

/** Gets a URL as `fetch` does, by the proxy that `proxyOf` names for it. Redirects are not followed. */
export const createFetch =
  (proxyOf: (url: string) => string | undefined) =>
  async (url: string, { headers, signal }: Asked): Promise<Response> => {
    const proxy = proxyOf(url);
    if (proxy === undefined) return fetch(url, { headers, signal, redirect: 'manual' });
    const { statusCode, body } = await got(url, {
      headers: Object.fromEntries(headers),
      signal,
      agent: createAgents({ proxy }),
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
    });
    return new Response(body, { status: statusCode });
  };
