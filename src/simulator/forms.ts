/** Bodies of several parts (`multipart/form-data`): each goes to disk as it arrives, and its files are read from there. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Refusal } from './errors.js';
import { Stored } from './stored.js';

/** A file of a form. */
export interface FormFile {
  readonly name: string;
  readonly type: string;
  readonly content: Stored;
}

/** A form that was sent. */
export interface Form {
  readonly fields: Readonly<Record<string, string | FormFile>>;
}

/** Where bytes are kept that requests bring. */
export interface Keeping {
  /**
   * Keeps a form.
   *
   * @throws Refusal 400 for a body that is none
   */
  keepForm(body: Readable, contentType: string): Promise<Form>;
  /** Keeps bytes as they are. */
  keep(body: Readable): Promise<Stored>;
  /** Removes everything. */
  close(): Promise<void>;
}

/** More than the head of any part. */
const maxHeadBytes = 16 * 1024;
/** More than any text of a form. */
const maxTextBytes = 1024 * 1024;

/** Keeps them in a folder for temporary files; there is none until something is kept. */
export function createKeeping(): Keeping {
  let root: Promise<string> | undefined;
  let count = 0;
  const nextFile = async (): Promise<string> => {
    root ??= mkdtemp(join(tmpdir(), 'longhaul-simulator-'));
    count += 1;
    return join(await root, String(count));
  };
  return {
    async keepForm(body, contentType) {
      const boundary = /boundary="?([^";]{1,200})"?/i.exec(contentType)?.[1];
      if (boundary === undefined) throw new Refusal(400, 'Multipart form parse error: no boundary');
      const file = await nextFile();
      return readForm(file, await write(body, file, Buffer.from(`\r\n--${boundary}`)));
    },
    async keep(body) {
      const file = await nextFile();
      const { size } = await write(body, file, null);
      return new Stored(file, 0, size);
    },
    async close() {
      if (root !== undefined) await rm(await root, { recursive: true, force: true });
    },
  };
}

/** What was written, and where in it the delimiter stands. */
interface Written {
  readonly size: number;
  readonly marks: readonly number[];
  readonly length: number;
}

async function write(body: Readable, file: string, delimiter: Buffer | null): Promise<Written> {
  const handle = await open(file, 'w');
  const marks: number[] = [];
  let size = 0;
  // The first delimiter has no line before it.
  let rest: Buffer = Buffer.from('\r\n');
  try {
    // no encoding is set, so these are bytes
    for await (const chunk of body as AsyncIterable<Buffer>) {
      await handle.write(chunk);
      if (delimiter !== null)
        rest = search(Buffer.concat([rest, chunk]), size - rest.length, delimiter, marks);
      size += chunk.length;
    }
  } finally {
    await handle.close();
  }
  return { size, marks, length: delimiter?.length ?? 0 };
}

/** Notes every delimiter, and answers the end in which another one may have begun. */
function search(within: Buffer, at: number, delimiter: Buffer, marks: number[]): Buffer {
  let from = 0;
  for (;;) {
    const found = within.indexOf(delimiter, from);
    if (found === -1) return within.subarray(Math.max(from, within.length - delimiter.length + 1));
    marks.push(at + found);
    from = found + delimiter.length;
  }
}

async function readForm(file: string, { marks, length }: Written): Promise<Form> {
  const fields: [string, string | FormFile][] = [];
  for (const [at, mark] of marks.slice(0, -1).entries()) {
    const start = mark + length;
    const part = new Stored(file, start, (marks[at + 1] ?? start) - start);
    fields.push(await readPart(part));
  }
  return { fields: Object.fromEntries(fields) };
}

async function readPart(part: Stored): Promise<[string, string | FormFile]> {
  const head = await part.read(0, maxHeadBytes);
  const end = head.indexOf('\r\n\r\n');
  if (end === -1) throw new Refusal(400, 'Multipart form parse error: a part has no head');
  const text = head.subarray(0, end).toString('utf8');
  const name = /content-disposition:[^\r\n]*[;\s]name="([^"]*)"/i.exec(text)?.[1];
  if (name === undefined) throw new Refusal(400, 'Multipart form parse error: a part has no name');
  const fileName = /content-disposition:[^\r\n]*filename="([^"]*)"/i.exec(text)?.[1];
  const type = /content-type:\s*([^\r\n]+)/i.exec(text)?.[1] ?? 'application/octet-stream';
  const content = new Stored(part.file, part.start + end + 4, part.size - end - 4);
  if (fileName !== undefined) return [name, { name: fileName, type, content }];
  return [name, (await content.read(0, maxTextBytes)).toString('utf8')];
}
