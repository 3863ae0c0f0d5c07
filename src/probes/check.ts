/** Whether a probe could be asked: its secrets are there, and its host is one that may be. */
import { LonghaulError } from '../run/failures/errors.js';
import { AddressRefused, publicLookup, urlRefusalOf } from '../webhooks/addresses.js';
import type { Probe } from './ask.js';

/** `line` names the host and nothing else of the URL. */
export interface Finding {
  readonly ok: boolean;
  readonly line: string;
}

/** Asks nothing but the name service, and not even that when `offline`. */
export async function checkProbe(
  probe: Pick<Probe, 'url' | 'internal' | 'headers' | 'proxy'>,
  { offline = false }: { readonly offline?: boolean } = {},
): Promise<Finding> {
  const url = new URL(probe.url);
  try {
    const secrets = Object.keys(probe.headers()).length;
    const isDirect = probe.proxy?.() === undefined;
    const refused = probe.internal
      ? null
      : (urlRefusalOf(url) ?? (isDirect && !offline ? await lookupRefusal(url.hostname) : null));
    if (refused !== null) return { ok: false, line: `${url.host}: ${refused}` };
    const kind = probe.internal ? 'internal' : 'public';
    const way = isDirect ? '' : ', through a proxy';
    return {
      ok: true,
      line: `${url.host} is ${kind}${way}, with ${secrets === 0 ? 'no secret' : 'its secret'}`,
    };
  } catch (error) {
    if (error instanceof LonghaulError) return { ok: false, line: `${error.code}: ${error.message}` };
    throw error;
  }
}

const lookupRefusal = (hostname: string): Promise<string | null> =>
  new Promise((resolve) => {
    publicLookup(hostname, {}, (error) => {
      if (error === null) resolve(null);
      else
        resolve(
          error instanceof AddressRefused
            ? error.message
            : `its name cannot be looked up (${error.code ?? ''})`,
        );
    });
  });
