/**
 * Values that may stand in a command as they are: numbers, and texts of which it is known what they can be. Another one might
 * hold what a shell takes for a command.
 */
import { type JsonSchema, formats, isSchema } from '../../pipelines/document/json-schema.js';
import type { Json } from '../../run/steps.js';
import { partsOf } from '../../pipelines/document/templates.js';
import { isClosedPattern, isOperandPattern } from './closed-pattern.js';
import type { Typed } from './expression-check.js';
import { schemasAt } from './schema-at.js';

/** What is known of the values that a command may name. */
export interface Sources {
  readonly input: JsonSchema;
  /** Of the step, as it is written. */
  readonly each: Json | undefined;
  /** Whether a field of a step’s output is an id of a platform. */
  isId(step: string, field: string): boolean;
}

/**
 * Whether the value of an expression can be nothing that a shell takes apart; where it begins a word, nor an option or an
 * assignment.
 */
export function isClosed({ type, ast, paths }: Typed, sources: Sources, beginsWord: boolean): boolean {
  if (['double', 'int', 'bool'].includes(type)) return true;
  const [path] = paths;
  const isPath = ['id', '.', '[]'].includes(ast.op) && paths.length === 1;
  if (path === undefined || !isPath || path.isComputed) return false;
  const [root, ...keys] = path.keys;
  switch (root) {
    case 'input':
      return allClosed(schemasAt(sources.input, keys), beginsWord);
    case 'item':
      return isClosedItem(sources, keys, beginsWord);
    case 'index':
      return true;
    case 'run':
      return keys[0] === 'id' || keys[0] === 'startedAt';
    case 'steps':
      return keys.length === 2 && sources.isId(keys[0] ?? '', keys[1] ?? '');
    default:
      return false;
  }
}

/** For each expression of a text, in order: whether a word begins with its value. */
export function wordBeginnings(text: string): boolean[] {
  const parts = partsOf(text);
  if ('unclosedAt' in parts) return [];
  const beginnings: boolean[] = [];
  let beginsWord = true;
  for (const part of parts) {
    if (!('text' in part)) {
      beginnings.push(beginsWord);
      continue;
    }
    const last = lastBesideQuotes(part.text);
    if (last !== undefined) beginsWord = /[\s;&|(`]/.test(last);
  }
  return beginnings;
}

/** The last character that is no quotation mark; `undefined` where there is none. */
function lastBesideQuotes(text: string): string | undefined {
  for (let at = text.length - 1; at >= 0; at -= 1)
    if (!`"'`.includes(text.charAt(at))) return text.charAt(at);
  return undefined;
}

const allClosed = (schemas: readonly JsonSchema[], beginsWord: boolean): boolean =>
  schemas.length > 0 && schemas.every((schema) => isClosedSchema(schema, beginsWord));

/** A pattern and a format say nothing of what is no text. */
function isClosedSchema(
  { type, enum: values, const: only, pattern, format }: JsonSchema,
  beginsWord: boolean,
): boolean {
  if (type === 'number' || type === 'integer' || type === 'boolean') return true;
  if (values !== undefined || only !== undefined) return true;
  if (type !== 'string') return false;
  if (typeof format === 'string' && Object.hasOwn(formats, format)) return true;
  if (typeof pattern !== 'string') return false;
  return beginsWord ? isOperandPattern(pattern) : isClosedPattern(pattern);
}

/** What the document itself lists, its author has seen. */
function isClosedItem({ each, input }: Sources, [key]: readonly string[], beginsWord: boolean): boolean {
  const list = isSchema(each) && key !== undefined ? each[key] : each;
  if (Array.isArray(list)) return list.every((item: Json) => !JSON.stringify(item).includes('${{'));
  const named = typeof list === 'string' ? /^\$\{\{\s*input((?:\.\w+)+)\s*\}\}$/.exec(list)?.[1] : undefined;
  if (named === undefined) return false;
  return allClosed(schemasAt(input, [...named.slice(1).split('.'), 0]), beginsWord);
}
