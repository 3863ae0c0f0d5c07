/** How far a file of the audit log goes, said apart from it: so that lines that were cut from its end are missed. */
import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import type { Sealing } from './line.js';

/** Beside the file, under its name and this. */
export const headSuffix = '.head';
/** Behind the name of a head until it is whole. */
export const begunSuffix = '.new';

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

/**
 * Begins the head of a file that is to be begun. It stands there whole or not at all, and before the file, so that nobody
 * finds lines without it, whenever a process dies.
 */
export async function beginHead(path: string, text: string): Promise<FileHandle> {
  const begun = `${path}${headSuffix}${begunSuffix}`;
  const handle = await open(begun, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
    await rename(begun, `${path}${headSuffix}`);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The head of a file; `null` when there is none or nothing in it, `'forged'` when it is not of this key. */
export async function readHead(path: string, sealing: Sealing): Promise<Head | 'forged' | null> {
  const text = await readFile(`${path}${headSuffix}`, 'utf8').catch(() => null);
  if (text === null || text === '') return null;
  const [, body = '', mac] = /^(\{.*\}) ([0-9a-f]{64})\s*$/.exec(text) ?? [];
  if (mac === undefined || sealing.of(body) !== mac) return 'forged';
  const parsed = Head.safeParse(JSON.parse(body));
  return parsed.success ? parsed.data : 'forged';
}
