/**
 * The manifest of an archive: a line for each attempt, so that no attempt is read to list it.
 *
 * It is kept in parts, `manifest/<day on which the attempts ended>/<uuid>.jsonl`. A part is written once, under a name of its
 * own, so several processes add to a manifest at once. An attempt may be in two parts.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { LonghaulError } from '../run/failures/errors.js';
import { isRunId } from '../run/run-names.js';
import { type RunSummary, runStatuses } from '../run/steps.js';
import type { Store } from './store.js';

/** An attempt that has ended, as lists show it. */
export type ArchivedAttempt = RunSummary & { readonly endedAt: string };

const format = 'longhaul.manifest/1';
const folder = 'manifest/';
/** Many times what a part has. */
const maxPartBytes = 16 * 1024 * 1024;

const Heading = z.object({ format: z.string(), lines: z.number().int().nonnegative() });
const Line = z.looseObject({
  runId: z.string().refine(isRunId),
  attemptId: z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
  pipeline: z.string(),
  connection: z.string(),
  trigger: z.string(),
  status: z.enum(runStatuses),
  step: z.string().optional(),
  failure: z.string().optional(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
});

/** The day on which an attempt ended, `2026-11-30`. */
export const dayOf = ({ endedAt }: ArchivedAttempt): string => endedAt.slice(0, 10);

/** Writes a part for each day of these attempts. */
export async function writeEntries(store: Store, attempts: readonly ArchivedAttempt[]): Promise<void> {
  for (const day of new Set(attempts.map(dayOf))) {
    const ended = attempts.filter((attempt) => dayOf(attempt) === day);
    const lines = [{ format, lines: ended.length }, ...ended].map((line) => `${JSON.stringify(line)}\n`);
    await store.write(`${folder}${day}/${randomUUID()}.jsonl`, Buffer.from(lines.join('')));
  }
}

/** The days of which there are parts, and the keys of these, oldest first. */
export async function partsByDay(store: Store): Promise<ReadonlyMap<string, readonly string[]>> {
  const days = new Map<string, string[]>();
  for await (const key of store.list(folder)) {
    const day = /^manifest\/(\d{4}-\d\d-\d\d)\/[0-9a-f-]{36}\.jsonl$/.exec(key)?.[1];
    if (day === undefined)
      throw new LonghaulError('ARCHIVE_INVALID', `${store.where}: ${key} is no part of a manifest`);
    days.set(day, [...(days.get(day) ?? []), key]);
  }
  return days;
}

/** The keys of the parts of one day. */
export async function partsOf(store: Store, day: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of store.list(`${folder}${day}/`)) keys.push(key);
  return keys;
}

/**
 * The attempts in a part.
 * @throws LonghaulError `ARCHIVE_INVALID` for one that is cut off, edited, or of another version
 */
export async function readPart(store: Store, key: string): Promise<readonly ArchivedAttempt[]> {
  const refuse = (what: string): LonghaulError =>
    new LonghaulError('ARCHIVE_INVALID', `${store.where}: ${key} ${what}`);
  const bytes = await store.read(key, maxPartBytes);
  if (bytes === null) throw refuse('is gone');
  if (bytes.length > maxPartBytes) throw refuse(`is larger than ${maxPartBytes} bytes`);
  const [first = '', ...rest] = new TextDecoder().decode(bytes).split('\n');
  const heading = Heading.safeParse(jsonIn(first));
  if (!heading.success) throw refuse('does not begin as a part of a manifest does');
  const { format: written, lines } = heading.data;
  if (written !== format)
    throw refuse(
      `is of another version (${written.slice(0, 50)}, and this one reads ${format}): use the Longhaul that has written it`,
    );
  if (rest.length !== lines + 1 || rest.at(-1) !== '')
    throw refuse('is cut off: delete it, and archive again what Temporal still knows');
  return rest.slice(0, -1).map((line, at) => {
    const parsed = Line.safeParse(jsonIn(line));
    if (!parsed.success) throw refuse(`says nothing of an attempt in line ${at + 2}`);
    return parsed.data as unknown as ArchivedAttempt; // the fields that are used are checked above
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
