/** A line of the audit log, and the chain that makes a changed or missing line evident. */
import { createHmac, hash as digest, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

const time = z.iso.datetime();
const Intended = z.looseObject({
  at: time,
  /** Shared by the two lines of an action. */
  id: z.string(),
  phase: z.literal('intended'),
  actor: z.string(),
  actorKind: z.enum(['key', 'token', 'local', 'webhook', 'run', 'unknown']),
  action: z.string(),
  object: z.string(),
  reason: z.string().optional(),
  requestId: z.string().optional(),
  bodyDigest: z.string().optional(),
});
const Ended = z.looseObject({
  at: time,
  id: z.string(),
  phase: z.literal('outcome'),
  outcome: z.enum(['ok', 'failed']),
  /** What came of it, such as `created` or `exists`. */
  result: z.string().optional(),
  code: z.string().optional(),
});
/** A refusal or a reading: told afterwards, in one line. */
const Noted = z.looseObject({
  ...Intended.shape,
  phase: z.literal('noted'),
  outcome: z.enum(['ok', 'failed']),
  code: z.string().optional(),
  /** How many alike it stands for; left out, one. */
  count: z.number().int().min(1).optional(),
});
const Line = z.discriminatedUnion('phase', [Intended, Ended, Noted]);

/** What a line says; files and newer versions may hold more. */
export type AuditLine = Readonly<z.output<typeof Line>>;
/** How an actor was known. */
export type ActorKind = z.output<typeof Intended>['actorKind'];

/** What makes the hash of a line: of nobody’s knowledge, or of a key, so that only its holder can make one. */
export interface Sealing {
  /** The name of the hash in a line. */
  readonly field: 'hash' | 'mac';
  of(text: string): string;
}

/** Without a key, whoever can write to the directory can write a chain that is whole. */
export const createSealing = (key: string | undefined): Sealing =>
  key === undefined
    ? { field: 'hash', of: (text) => digest('sha256', text) }
    : { field: 'mac', of: (text) => createHmac('sha256', key).update(text).digest('hex') };

/** What the first line of a file follows: its name, so that a file cannot stand in for another. */
export const chainStart = (fileName: string, { of }: Sealing): string => of(fileName);

/** The text of a line that follows the one with hash `previous`, and its own hash. */
export function chainedLine(
  fields: Readonly<Record<string, unknown>>,
  previous: string,
  { field, of }: Sealing,
): { readonly text: string; readonly hash: string } {
  const body = inOneLine(JSON.stringify({ ...fields, previous }));
  const hash = of(body);
  return { text: `${body.slice(0, -1)},"${field}":"${hash}"}\n`, hash };
}

/** Of what JSON leaves as it is, what some tools take for the end of a line. */
const inOneLine = (json: string): string =>
  json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');

/** A line without its line break; `null` when it is no line of an audit log. */
export function parseLine(text: string): AuditLine | null {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

type Checked = { readonly hash: string } | { readonly fault: string; readonly hash: string | null };

/** Its hash when the line is whole and follows the one with hash `previous`, else what is wrong. */
export function checkLine(text: string, previous: string, { field, of }: Sealing): Checked {
  const [, open, sealed, hash] = /^(\{.*),"(hash|mac)":"([0-9a-f]{64})"\}$/s.exec(text) ?? [];
  if (open === undefined || hash === undefined) return { fault: 'is no line of an audit log', hash: null };
  if (sealed !== field)
    return { fault: field === 'mac' ? 'is not signed' : 'is signed, and audit.key is not configured', hash };
  if (!isSame(of(`${open}}`), hash)) return { fault: 'was changed', hash };
  if (!open.endsWith(`,"previous":"${previous}"`)) return { fault: 'does not follow the line before', hash };
  return { hash };
}

const isSame = (one: string, other: string): boolean => timingSafeEqual(Buffer.from(one), Buffer.from(other));
