/** Which proxy the environment names for a URL. */
import { getProxyForUrl } from 'proxy-from-env';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in capitals or not; `undefined`: straight. A proxy that
 * is written without its scheme is one that is spoken to in plain HTTP, also for https.
 *
 * The library reads the process’s own variables; `env` is asked for how they were written.
 */
export function environmentProxy(url: string, env: Environment): string | undefined {
  const proxy = getProxyForUrl(url);
  if (proxy === '') return undefined;
  const isWritten = Object.values(env).includes(proxy);
  return isWritten ? proxy : proxy.replace(/^https:/, 'http:');
}
