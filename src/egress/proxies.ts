/** Which proxy the environment names for a URL. */
import { getProxyForUrl } from 'proxy-from-env';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in capitals or not; `undefined`: straight. A proxy that
 * is written without its scheme is one that is spoken to in plain HTTP, also for https. None is on the way to this machine.
 *
 * The library reads the process’s own variables; `env` is asked for how they were written.
 */
export function environmentProxy(url: string, env: Environment): string | undefined {
  if (isHere(new URL(url).hostname)) return undefined;
  const proxy = getProxyForUrl(url);
  if (proxy === '') return undefined;
  const isWritten = Object.values(env).includes(proxy);
  return isWritten ? proxy : proxy.replace(/^https:/, 'http:');
}

/** Names of this machine, which a proxy would take for its own. */
const here = ['localhost', '127.0.0.1', '::1'];

const isHere = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);

/**
 * The list of hosts that gRPC is to reach straight, as its variable `no_grpc_proxy` has it: without it, gRPC reads
 * `no_proxy` in small letters alone, and asks a proxy for this machine.
 */
export function grpcWithoutProxy(env: Environment): string {
  const given = env['no_grpc_proxy'] ?? env['no_proxy'] ?? env['NO_PROXY'] ?? '';
  return [...new Set([...given.split(/[\s,]+/).filter((one) => one !== ''), ...here])].join(',');
}
