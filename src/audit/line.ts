/** A line of the audit log, and the chain that makes a changed or missing line evident. */
import { hash as digest } from 'node:crypto';
import { z } from 'zod';

const time = z.iso.datetime();
const Intended = z.looseObject({
  at: time,
  /** Shared by the two lines of an action. */
  id: z.string(),
  phase: z.literal('intended'),
  actor: z.string(),
  actorKind: z.enum(['key', 'token', 'local', 'webhook']),
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
const Line = z.discriminatedUnion('phase', [Intended, Ended]);

/** What a line says; files and newer versions may hold more. */
export type AuditLine = Readonly<z.output<typeof Line>>;
/** How an actor was known. */
export type ActorKind = z.output<typeof Intended>['actorKind'];

const sha256 = (text: string): string => digest('sha256', text);

/** What the first line of a file follows: its name, so that a file cannot stand in for another. */
export const chainStart = (fileName: string): string => sha256(fileName);

/** The text of a line that follows the one with hash `previous`, and its own hash. */
export function chainedLine(
  fields: Readonly<Record<string, unknown>>,
  previous: string,
): { readonly text: string; readonly hash: string } {
  const body = JSON.stringify({ ...fields, previous });
  const hash = sha256(body);
  return { text: `${body.slice(0, -1)},"hash":"${hash}"}\n`, hash };
}

/** A line without its line break; `null` when it is no line of an audit log. */
export function parseLine(text: string): AuditLine | null {
  try {
    return Line.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Its hash when the line is whole and follows the one with hash `previous`, else what is wrong. */
export function checkLine(
  text: string,
  previous: string,
): { readonly hash: string } | { readonly fault: string; readonly hash: string | null } {
  const [, open, hash] = /^(\{.*),"hash":"([0-9a-f]{64})"\}$/.exec(text) ?? [];
  if (open === undefined || hash === undefined) return { fault: 'is no line of an audit log', hash: null };
  if (sha256(`${open}}`) !== hash) return { fault: 'was changed', hash };
  if (!open.endsWith(`,"previous":"${previous}"`)) return { fault: 'does not follow the line before', hash };
  return { hash };
}
