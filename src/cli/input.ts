/** The input of a pipeline: a YAML or JSON file, or standard input, and single values on top. */
import { join } from 'node:path';
import { systemCodeOf } from '../access/file-lock.js';
import { readBytes, readStream } from '../documents/bytes.js';
import { DocumentFault, maxDocumentBytes, parseYaml } from '../documents/yaml.js';
import { setAt } from '../run/inputs/edits.js';
import { errorMessage, usage } from './stop.js';

/** One `-p key.path=value`. */
export interface Parameter {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * Takes `key.path=value` apart. The value is JSON where it is JSON (`3`, `true`, `["a"]`, `"3"`), else the
 * text itself. `null`: not of this form.
 */
export function parseParameter(text: string): Parameter | null {
  const at = text.indexOf('=');
  if (at < 1) return null;
  const path = text.slice(0, at).split('.');
  if (path.some((key) => key === '')) return null;
  return { path, value: jsonOrText(text.slice(at + 1)) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The input as the command line states it. Throws `Stop` when the file cannot be read or is not YAML. */
export async function readInput(
  file: string | undefined,
  parameters: readonly Parameter[],
): Promise<unknown> {
  const base = file === undefined ? {} : await readDocument(file);
  return parameters.reduce<unknown>((input, { path, value }) => setAt(input, path, value), base);
}

/** What a YAML or JSON file says, or standard input for `-`. Throws `Stop`, naming file, line and column. */
export async function readDocument(file: string, maxBytes = maxDocumentBytes): Promise<unknown> {
  return parsed(await readSource(file, maxBytes), nameOf(file), maxBytes);
}

/** YAML (and with it JSON) as a value; names where it comes from, line and column of a mistake. */
export const parseText = (text: string, name: string): unknown =>
  parsed(Buffer.from(text), name, maxDocumentBytes);

/** The bytes of a file, or of standard input for `-`: at most one more than `maxBytes`. */
export async function readSource(file: string, maxBytes = maxDocumentBytes): Promise<Uint8Array> {
  try {
    return await (file === '-' ? readStream(process.stdin, maxBytes) : readBytes(file, maxBytes));
  } catch (error) {
    if (systemCodeOf(error) === 'EISDIR')
      throw usage(
        `${file} is a folder, and a file is read here: name the files in it, as in ${join(file, '*.yaml')}`,
      );
    throw usage(`${nameOf(file)} cannot be read: ${errorMessage(error)}`);
  }
}

const nameOf = (file: string): string => (file === '-' ? 'standard input' : file);

function parsed(bytes: Uint8Array, name: string, maxBytes: number): unknown {
  try {
    return parseYaml(bytes, { name, maxBytes }).value;
  } catch (error) {
    if (error instanceof DocumentFault) throw usage(error.message);
    throw error;
  }
}
