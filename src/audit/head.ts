/** How far a file of the audit log goes, said apart from it: so that lines that were cut from its end are missed. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Sealing } from './line.js';

/** Beside the file, under its name and this. */
export const headSuffix = '.head';

const Head = z.object({ file: z.string(), lines: z.number().int().min(0), last: z.string() });

/** The first `lines` lines of a file, the last of which has this hash. */
export type Head = Readonly<z.output<typeof Head>>;

/** A list of heads, kept elsewhere, that a later log must still go as far as. */
export const Checkpoint = z.object({ heads: z.array(Head) });
export type Checkpoint = Readonly<z.output<typeof Checkpoint>>;

/** Always of the same length, so that it can be written over. */
export function headText(head: Head, { of }: Sealing): string {
  const body = JSON.stringify(head);
  return `${body} ${of(body)}`.padEnd(400, ' ') + '\n';
}

/** The head of a file; `null` when there is none, `'forged'` when it is not of this key. */
export async function readHead(path: string, sealing: Sealing): Promise<Head | 'forged' | null> {
  const text = await readFile(`${path}${headSuffix}`, 'utf8').catch(() => null);
  if (text === null) return null;
  const [, body = '', mac] = /^(\{.*\}) ([0-9a-f]{64})\s*$/.exec(text) ?? [];
  if (mac === undefined || sealing.of(body) !== mac) return 'forged';
  const parsed = Head.safeParse(JSON.parse(body));
  return parsed.success ? parsed.data : 'forged';
}
