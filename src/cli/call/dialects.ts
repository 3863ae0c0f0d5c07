/** Which dialects of its platform have an endpoint. */
import type { PlatformEndpoint } from '../../contract/contracts.js';
import type { Platform } from '../../platform/readings.js';
import { platforms } from '../../platform/wings.js';

const known: Readonly<Record<string, Platform>> = platforms;

/** Their names, in the order of the platform. */
export function dialectsOf({ platform, group, name }: PlatformEndpoint): string[] {
  const { dialects = [], lacks } = known[platform] ?? {};
  return dialects.filter((dialect) => lacks?.(dialect).includes(`${group}.${name}`) !== true);
}

/** `v2 only`; empty for an endpoint that every dialect has. */
export function onlyIn(named: PlatformEndpoint): string {
  const own = dialectsOf(named);
  return own.length === known[named.platform]?.dialects.length ? '' : `${own.join(' and ')} only`;
}
