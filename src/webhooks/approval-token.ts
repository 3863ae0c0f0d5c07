/**
 * The token of a link by which a receiver decides on one approval: who may, on which attempt of which run, on what,
 * until when, and a code that only who has the secret can make.
 *
 * Base64url of: 16 bytes of attempt id, 6 of milliseconds, the length of the receiver’s name, 16 of the digest of what
 * is to be decided, the name, the run id, 32 of HMAC-SHA256 over all before.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a link allows. */
export interface ApprovalGrant {
  readonly runId: string;
  readonly attemptId: string;
  /** A name of `webhooks.outgoing`. */
  readonly receiver: string;
  /** ISO 8601, UTC. */
  readonly until: string;
  /** The beginning of the digest of what is to be decided, in hexadecimal; left out where the run did not say one. */
  readonly digest?: string;
}

/** Above what any name makes of one: run id and receiver have rules of their own. */
export const longestToken = 512;

const attemptBytes = 16;
const untilBytes = 6;
const codeBytes = 32;
const digestAt = attemptBytes + untilBytes + 1;
/** Enough that nobody finds another deployment with the same beginning. */
const digestBytes = 16;
const receiverAt = digestAt + digestBytes;
/** Where there is no digest. */
const noDigest = '0'.repeat(2 * digestBytes);

/** So that a code made for anything else with the same secret is none for this. */
const purpose = 'longhaul approval 2\n';

const codeOf = (grant: Buffer, secret: string): Buffer =>
  createHmac('sha256', secret).update(purpose).update(grant).digest();

/** The token of a grant. The attempt id must be a UUID, as Temporal’s run ids are. */
export function tokenOf(
  { runId, attemptId, receiver, until, digest = noDigest }: ApprovalGrant,
  secret: string,
): string {
  const head = Buffer.alloc(receiverAt);
  head.write(attemptId.replaceAll('-', ''), 'hex');
  head.writeUIntBE(Date.parse(until), attemptBytes, untilBytes);
  head.writeUInt8(Buffer.byteLength(receiver), digestAt - 1);
  head.write(digest.slice(0, noDigest.length), digestAt, 'hex');
  const grant = Buffer.concat([head, Buffer.from(receiver), Buffer.from(runId)]);
  return Buffer.concat([grant, codeOf(grant, secret)]).toString('base64url');
}

/** What a token allows; `null` when it is not genuine, or its time is over. */
export function grantOf(token: string, secret: string, nowMs: number): ApprovalGrant | null {
  const bytes = Buffer.from(token, 'base64url');
  const isSpelledOnce = bytes.toString('base64url') === token;
  if (!isSpelledOnce || bytes.length <= receiverAt + codeBytes) return null;
  const grant = bytes.subarray(0, -codeBytes);
  if (!timingSafeEqual(codeOf(grant, secret), bytes.subarray(-codeBytes))) return null;
  const untilMs = grant.readUIntBE(attemptBytes, untilBytes);
  if (nowMs >= untilMs) return null;
  const runAt = receiverAt + grant.readUInt8(digestAt - 1);
  const digest = grant.toString('hex', digestAt, receiverAt);
  return {
    attemptId: grant.toString('hex', 0, attemptBytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    until: new Date(untilMs).toISOString(),
    receiver: grant.toString('utf8', receiverAt, runAt),
    runId: grant.toString('utf8', runAt),
    ...(digest !== noDigest && { digest }),
  };
}

/** Whether a grant is for what has this digest. */
export const isGrantFor = ({ digest: begin = '' }: ApprovalGrant, digest = ''): boolean =>
  digest.slice(0, noDigest.length) === begin;
