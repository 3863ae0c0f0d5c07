/** The input of a pipeline: a YAML or JSON file, or standard input, and single values on top. */
import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { LineCounter, parseDocument } from 'yaml';
import { setAt } from '../pipeline/edits.js';
import { reasonOf, usage } from './stop.js';

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
  const base =
    file === undefined ? {} : parseText(await readSource(file), file === '-' ? 'standard input' : file);
  return parameters.reduce<unknown>((input, { path, value }) => setAt(input, path, value), base);
}

/** The text of a file, or of standard input for `-`. */
export async function readSource(file: string): Promise<string> {
  try {
    return await (file === '-' ? textOf(process.stdin) : readFile(file, 'utf8'));
  } catch (error) {
    throw usage(`${file === '-' ? 'standard input' : file} cannot be read: ${reasonOf(error)}`);
  }
}

/** YAML (and with it JSON) as a value; names file and line of a mistake. */
export function parseText(text: string, name: string): unknown {
  const document = parseDocument(text, { lineCounter: new LineCounter(), prettyErrors: true });
  const fault = document.errors[0];
  if (fault !== undefined) throw usage(`${name}: ${fault.message.trim()}`);
  return document.toJS({ maxAliasCount: 10 });
}
