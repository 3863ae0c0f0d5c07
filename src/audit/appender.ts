/** Appends chained lines to a file of this process; those of concurrent callers share one write and one sync. */
import { randomBytes } from 'node:crypto';
import { fstatSync } from 'node:fs';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beginHead, begunSuffix, headSuffix, headText } from './head.js';
import { type Sealing, chainStart, chainedLine, createSealing } from './line.js';

/** A new file after this, so that reading holds one file at a time and old ones can be put away. */
const fileBytes = 16 * 1_024 * 1_024;

export interface Appender {
  /**
   * Resolves when the line is on the disk, or, where `isDurable` is false, with the operating system, which brings
   * it there at the latest with the next one that is. Rejects with what the file system said.
   */
  append(fields: Readonly<Record<string, unknown>>, options: { readonly isDurable: boolean }): Promise<void>;
  /** Writes what waits, then refuses. */
  close(): Promise<void>;
}

/** Where lines go, and what seals them. */
export interface AppenderOptions {
  readonly directory: string;
  /** The key that seals a file that is begun now; `undefined` for none. Throws when it cannot be read. */
  readonly key?: (() => string | undefined) | undefined;
  /** Told each line that was written, with the name of its file. */
  readonly mirror?: ((file: string, line: string) => void) | undefined;
}

interface Waiting {
  readonly isDurable: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

interface OpenFile {
  readonly name: string;
  readonly path: string;
  readonly handle: FileHandle;
  readonly sealing: Sealing;
  /** Says how far the file goes; `null` where nothing seals it. */
  readonly head: FileHandle | null;
  readonly hash: string;
  readonly lines: number;
  readonly bytes: number;
}

/** Opens nothing before the first line. */
export function createAppender({ directory, key, mirror }: AppenderOptions): Appender {
  let waiting: Waiting[] = [];
  let file: OpenFile | null = null;
  let writing: Promise<void> | undefined;
  let closed = false;

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        file = await usable(file, directory, key);
        const written = await appendAll(file, batch);
        file = written.file;
        for (const line of written.lines) mirror?.(file.name, line);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        await abandon(file);
        file = null;
        for (const { reject } of batch) reject(error);
      }
    }
    writing = undefined;
  };

  return {
    append: async (fields, { isDurable }) => {
      if (closed) throw new Error('the audit log is closed');
      await new Promise<void>((resolve, reject) => {
        waiting.push({ fields, isDurable, resolve, reject });
        // Begins a moment later: who calls in the same moment is of the same batch.
        writing ??= Promise.resolve().then(write);
      });
    },
    close: async () => {
      closed = true;
      await writing;
      await file?.handle.datasync().catch(() => undefined); // outcomes, which are good to have
      await closeBoth(file);
      file = null;
    },
  };
}

async function closeBoth(file: OpenFile | null): Promise<void> {
  await file?.handle.close();
  await file?.head?.close();
}

async function usable(
  file: OpenFile | null,
  directory: string,
  key: AppenderOptions['key'],
): Promise<OpenFile> {
  if (file !== null) {
    const { nlink } = fstatSync(file.handle.fd); // of an open file: answered from memory, sooner than by a thread
    if (nlink > 0 && file.bytes < fileBytes) return file;
    await closeBoth(file); // full, or somebody removed it: what is written there is lost
  }
  const sealing = createSealing(key?.());
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const at = new Date().toISOString().replaceAll(':', '-');
  const host = hostname().replaceAll(/[^\w.-]/g, '');
  const name = `${at}-${host}-${process.pid}-${randomBytes(4).toString('hex')}.jsonl`;
  const path = join(directory, name);
  let head: FileHandle | null = null;
  let handle: FileHandle | null = null;
  try {
    if (sealing.field === 'mac')
      head = await beginHead(path, headText({ file: name, lines: 0, last: '' }, sealing));
    handle = await open(path, 'ax', 0o600);
    const folder = await open(directory, 'r');
    await folder.sync().finally(() => folder.close()); // else a power cut may lose the file with its lines
    return { name, path, handle, sealing, head, hash: chainStart(name, sealing), lines: 0, bytes: 0 };
  } catch (error) {
    await Promise.allSettled([handle?.close(), head?.close(), removeBoth(path)]);
    throw error;
  }
}

/** The head last: one that says of no line may be there alone. */
async function removeBoth(path: string): Promise<void> {
  for (const name of [path, `${path}${headSuffix}`, `${path}${headSuffix}${begunSuffix}`])
    await rm(name, { force: true }).catch(() => undefined);
}

async function appendAll(
  file: OpenFile,
  batch: readonly Waiting[],
): Promise<{ readonly file: OpenFile; readonly lines: readonly string[] }> {
  let { hash } = file;
  const texts = batch.map(({ fields }) => {
    const line = chainedLine(fields, hash, file.sealing);
    hash = line.hash;
    return line.text;
  });
  const buffer = Buffer.from(texts.join(''));
  await file.handle.appendFile(buffer);
  if (batch.some(({ isDurable }) => isDurable)) await file.handle.datasync();
  const [lines, bytes] = [file.lines + batch.length, file.bytes + buffer.length];
  // After the lines: a process that dies between has a head that is short, and no line is missed.
  await file.head?.write(headText({ file: file.name, lines, last: hash }, file.sealing), 0);
  return { file: { ...file, hash, lines, bytes }, lines: texts };
}

/** Takes back what of the batch was written, as far as the disk lets us: nothing of it is going to happen. */
async function abandon(file: OpenFile | null): Promise<void> {
  await file?.handle.truncate(file.bytes).catch(() => undefined);
  await closeBoth(file).catch(() => undefined);
  if (file?.bytes === 0) await removeBoth(file.path);
}
