/** Events from other services: whether one is genuine, which run it starts, and with what input. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import type { Config } from '../config.js';
import { LonghaulError } from '../run/failures/errors.js';
import { ownKeyOf, runKeyPattern } from '../run/ids.js';

type Incoming = Config['webhooks']['incoming'][string];
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What arrived, before anything of it is believed. */
export interface Received {
  readonly headers: Headers;
  readonly body: Buffer;
}

/**
 * The id of a genuine event: the same when it is delivered again.
 * @throws LonghaulError `SIGNATURE_INVALID`, saying which check failed
 */
export const verifyIncoming = (
  scheme: Incoming['scheme'],
  secrets: readonly string[],
  received: Received,
): string => (scheme === 'github' ? verifyGitHub(secrets, received) : verifyStandard(secrets, received));

/** The headers of a signature, by its scheme. */
const signatureHeaders = {
  standard: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
  github: ['x-hub-signature-256'],
} as const satisfies Readonly<Record<Incoming['scheme'], readonly string[]>>;

/**
 * Refuses what is not signed at all, by its headers alone.
 * @throws LonghaulError `SIGNATURE_INVALID`
 */
export function requireSignature(scheme: Incoming['scheme'], headers: Headers): void {
  for (const name of signatureHeaders[scheme]) headerOf(headers, name);
}

const invalid = (message: string): LonghaulError => new LonghaulError('SIGNATURE_INVALID', message);

/** A header that is there once. */
function headerOf(headers: Headers, name: string): string {
  const value = headers[name];
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`the header ${name} is missing`);
}

function verifyStandard(secrets: readonly string[], { headers, body }: Received): string {
  const signed = {
    'webhook-id': headerOf(headers, 'webhook-id'),
    'webhook-timestamp': headerOf(headers, 'webhook-timestamp'),
    'webhook-signature': headerOf(headers, 'webhook-signature'),
  };
  // Its text is signed together with the others, between dots; a header sent twice arrives with a comma in it.
  if (!/^[\w:-]{1,200}$/.test(signed['webhook-id'])) throw invalid('the header webhook-id is not usable');
  let reason = 'no signature is that of the shared secret';
  for (const secret of secrets)
    try {
      new Webhook(secret).verify(body, signed, { jsonParse: false });
      return signed['webhook-id'];
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      if (/timestamp|Headers/i.test(error.message))
        reason = 'the header webhook-timestamp is more than five minutes from now, or no time';
    }
  throw invalid(reason);
}

/**
 * GitHub signs the body alone: not its delivery id and no time. So the body itself is the id, and whoever has
 * caught a delivery cannot make it a new one.
 */
function verifyGitHub(secrets: readonly string[], { headers, body }: Received): string {
  const [, given = ''] = /^sha256=([0-9a-f]{64})$/.exec(headerOf(headers, 'x-hub-signature-256')) ?? [];
  if (given === '') throw invalid('the header x-hub-signature-256 is not sha256= and 64 hex digits');
  const genuine = secrets.some((secret) =>
    timingSafeEqual(Buffer.from(given, 'hex'), createHmac('sha256', secret).update(body).digest()),
  );
  if (!genuine) throw invalid('the signature is not that of the shared secret');
  return createHash('sha256').update(body).digest('hex');
}

/** The key of the run that an event starts, and with it the event's one chance to start one. */
export function keyOfEvent(webhook: string, eventId: string): string {
  const key = `webhook.${webhook}.${eventId}`;
  if (runKeyPattern.test(key)) return ownKeyOf(key);
  return ownKeyOf(`webhook.${webhook}.${createHash('sha256').update(eventId).digest('hex').slice(0, 40)}`);
}
