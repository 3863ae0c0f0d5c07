/** The values of all secrets that the configuration names: what must not turn up in text. */
import type { z } from 'zod';
import { type Config, environment, readSecret } from '../config.js';
import { LonghaulError } from '../run/failures/errors.js';
import type { SecretSource } from './secret-source.js';

type Source = z.output<typeof SecretSource>;

/** A secret that is renewed is masked from then on; reading files anew for each line would be slow. */
const readEveryMs = 1_000;

/** The values as they are now, as far as this process can read them, read at most once a second. */
export function secretValuesOf(config: Config): () => readonly string[] {
  const sources = sourcesOf(config);
  const { apiKey } = config.temporal.connectionOptions;
  let values: readonly string[] = [];
  let readAtMs = -Infinity;
  return () => {
    if (performance.now() - readAtMs < readEveryMs) return values;
    readAtMs = performance.now();
    values = [
      ...sources.flatMap(valueOf),
      ...(typeof apiKey === 'string' ? [apiKey] : []),
      ...proxiesWithPasswords(),
    ].flatMap(partsOf);
    return values;
  };
}

function sourcesOf({
  connections,
  probes,
  services,
  webhooks,
  approvals,
  audit,
  encryption,
}: Config): readonly Source[] {
  return [
    ...Object.values(connections).flatMap(({ apiKey, token, proxy }) => [
      apiKey,
      token,
      typeof proxy === 'object' ? proxy : undefined, // its URL may hold a password
    ]),
    ...[...Object.values(probes), ...Object.values(services)].flatMap(({ token, headers }) => [
      token,
      ...Object.values(headers),
    ]),
    ...Object.values(webhooks.incoming).flatMap(({ secrets }) => secrets),
    ...Object.values(webhooks.outgoing).map(({ secret }) => secret),
    approvals.secret,
    audit.key,
    ...encryption.keys.map(({ secret }) => secret),
  ].filter((source) => source !== undefined);
}

/** Of the environment: a URL with a password is one, also without its scheme, and others are none. */
const proxiesWithPasswords = (): string[] =>
  Object.entries(environment()).flatMap(([name, value]) =>
    value !== undefined &&
    /^(?:https?|all|grpc)_proxy$/i.test(name) &&
    /^(?:https?:\/\/)?[^/@:]*:[^/@]+@/i.test(value)
      ? [/^https?:/i.test(value) ? value : `http://${value}`]
      : [],
  );

/** One that is missing here belongs to another process. */
function valueOf(source: Source): string[] {
  try {
    return [readSecret(source)];
  } catch (error) {
    if (error instanceof LonghaulError) return [];
    throw error;
  }
}

/** A header may hold words before the secret; `whsec_` says what follows it; the URL of a proxy has a password in it. */
const partsOf = (value: string): string[] => {
  const [, bare = ''] = /^(?:(?:(?:bearer|basic|token)\s+)+|whsec_)(\S.*)$/is.exec(value) ?? [];
  const [, password = ''] = /^https?:\/\/[^/@:]*:([^/@]*)@/i.exec(value) ?? [];
  return [value, bare, password].filter((part) => part !== '');
};
