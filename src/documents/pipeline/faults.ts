/** What is wrong with a pipeline document: each fault with its place, all of them at once. */
import type { Place, YamlDocument } from '../yaml.js';

/** One fault. Lines and columns count from 1. */
export interface PipelineFault {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What is wrong, and what is allowed. */
  readonly message: string;
}

/** From the document down to a value: `['steps', 'train', 'with', 'project']`. */
export type DocumentPath = readonly (string | number)[];

/** Collects faults. */
export interface Faults {
  /** About a value, or about its key. */
  add(path: DocumentPath, message: string, part?: 'key' | 'value'): void;
  /** About a place within a text. */
  addIn(path: DocumentPath, text: string, offset: number, message: string): void;
  /** What a document may have, and hardly means: about a value, or a place within a text. */
  warn(
    path: DocumentPath,
    message: string,
    within?: { readonly text: string; readonly offset: number },
  ): void;
  /** All of them, in the order of the file. */
  list(): readonly PipelineFault[];
  warnings(): readonly PipelineFault[];
}

/** How many faults are told: who has made more corrects these first. */
const mostFaults = 100;
/** How many are looked for: the first of a file are told, and they are found in another order. */
const mostFound = 500;
/** What a message quotes may be as long as the file. */
const longestMessage = 600;

/** Thrown where so much is wrong that the rest is not looked at. */
export class TooManyFaults extends Error {}

export function createFaults(file: string, document: YamlDocument): Faults {
  const faults = createList(file, () => {
    throw new TooManyFaults();
  });
  const warnings = createList(file, () => undefined);
  const placeIn = (path: DocumentPath, text: string, offset: number): Place => {
    const written = document.sourceOf(path);
    if (written === null) return document.placeOf(path);
    return document.placeAt(written.offset + offsetIn(written.source, text, offset));
  };
  return {
    add: (path, message, part = 'value') => faults.put(document.placeOf(path, part), message),
    addIn: (path, text, offset, message) => faults.put(placeIn(path, text, offset), message),
    warn: (path, message, within) =>
      warnings.put(
        within === undefined ? document.placeOf(path) : placeIn(path, within.text, within.offset),
        message,
      ),
    list: faults.list,
    warnings: warnings.list,
  };
}

/** Keeps each once. */
function createList(file: string, whenFull: () => void) {
  const found = new Map<string, PipelineFault>();
  return {
    put: ({ line, column }: Place, message: string): void => {
      const short =
        message.length > longestMessage
          ? `${message.slice(0, longestMessage / 2)} … ${message.slice(-longestMessage / 2)}`
          : message;
      const key = `${line}:${column}:${short}`;
      if (!found.has(key)) found.set(key, { file, line, column, message: short });
      if (found.size > mostFound) whenFull();
    },
    list: (): readonly PipelineFault[] =>
      [...found.values()].sort((a, b) => a.line - b.line || a.column - b.column).slice(0, mostFaults),
  };
}

/**
 * Where a character of a text stands in its source. A text in a block, or with escapes, is written differently: there it is
 * the beginning of the expression, unless the expression is written as it is read.
 */
function offsetIn(source: string, text: string, offset: number): number {
  if (source === text) return offset;
  if (source.slice(1, -1) === text) return offset + 1;
  const before = text.lastIndexOf('${{', offset);
  const count = text.slice(0, before + 1).split('${{').length - (before < 0 ? 0 : 1);
  let start = -1;
  for (let found = 0; found < Math.max(1, count); found += 1) start = source.indexOf('${{', start + 1);
  if (start < 0) return 0;
  const inner = offset - Math.max(0, before);
  const isAsRead = source.slice(start, start + inner) === text.slice(before, before + inner);
  return isAsRead ? start + inner : start;
}

/** A path as people write it: `steps.train.with.project`. */
export const sayPath = (path: DocumentPath): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`),
    '',
  );
