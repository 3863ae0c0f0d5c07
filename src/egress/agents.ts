/** Agents of HTTP: straight, or through a proxy; trusting the public authorities, or one of our own. */
import { once } from 'node:events';
import { type AgentOptions, type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { type AgentConnectOpts, Agent } from 'agent-base';
import { HttpsProxyAgent } from 'https-proxy-agent';

/** How requests leave this machine. */
export interface Egress {
  /** URL of an HTTP proxy, which may hold credentials; left out, requests go straight. */
  readonly proxy?: string | undefined;
  /** Certificates in PEM that are trusted instead of the public ones. */
  readonly ca?: string | undefined;
  /** Time in which a proxy must have opened the way, TLS included; ten seconds unless stated. */
  readonly openWithinMs?: number;
}

/** Thrown where a proxy let nothing through: no byte of the request has left. */
export class ProxyError extends Error {
  readonly code = 'ERR_PROXY';
}

/** Agents for requests to http and to https; `options` are those of Node. */
export function createAgents({ proxy, ca, openWithinMs = 10_000 }: Egress, options: AgentOptions = {}) {
  const trust = ca === undefined ? {} : { ca };
  if (proxy === undefined)
    return { http: new HttpAgent(options), https: new HttpsAgent({ ...options, ...trust }) };
  const tunnels = { proxy, trust, openWithinMs };
  return {
    http: new TunnelAgent('http:', tunnels, options),
    https: new TunnelAgent('https:', tunnels, options),
  };
}

interface Tunnels {
  readonly proxy: string;
  readonly trust: { readonly ca?: string };
  readonly openWithinMs: number;
}

/**
 * Requests through a proxy, in a tunnel by CONNECT, to http too: a proxy that reads requests might answer them in the
 * name of the platform, or send them twice. A connection is given to a request when the other end of it is known.
 */
class TunnelAgent extends Agent {
  readonly #tunnels: Tunnels;

  constructor(protocol: 'http:' | 'https:', tunnels: Tunnels, options: AgentOptions) {
    super(options);
    this.#tunnels = tunnels;
    this.protocol = protocol;
  }

  override async connect(request: ClientRequest, options: AgentConnectOpts): Promise<Socket> {
    const { proxy, trust, openWithinMs } = this.#tunnels;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), openWithinMs);
    try {
      const tunnel = new HttpsProxyAgent(proxy, { ...trust, keepAlive: true, signal: late.signal });
      let status = 200;
      tunnel.once('proxyConnect', ({ statusCode }: { readonly statusCode: number }) => (status = statusCode));
      const socket = await tunnel.connect(request, { ...options, ...trust });
      if (status !== 200) throw new ProxyError(`the proxy answered ${status}`);
      if (this.protocol === 'https:') await once(socket, 'secureConnect', { signal: late.signal });
      return socket;
    } catch (error) {
      if (late.signal.aborted)
        throw new ProxyError(`the proxy opened no way within ${openWithinMs / 1_000} s`);
      throw tunnelError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What TLS says of the other end keeps its code; the rest is the proxy’s. */
function tunnelError(error: unknown): unknown {
  const isObject = typeof error === 'object' && error !== null;
  const code = isObject && 'code' in error ? String(error.code) : '';
  if (error instanceof ProxyError || /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|DEPTH_ZERO/.test(code)) return error;
  return new ProxyError(`the proxy cannot be reached${code === '' ? '' : ` (${code})`}`, { cause: error });
}
