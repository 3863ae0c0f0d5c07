/** Of what kind the values of an output must be that a person supplies or a file names: those who read it rely on it. */
import type { Json } from './json.js';

type Fields = { readonly [key: string]: Json };

/** Whether it is an object. */
export const isFields = (value: Json): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: Json | undefined): boolean => typeof value === 'string';
const isNumber = (value: Json | undefined): boolean => typeof value === 'number' && Number.isFinite(value);
const isOfAll = (value: Json, is: (item: Json) => boolean): boolean =>
  isFields(value) && Object.values(value).every(is);
const listOf = (value: Json): readonly Json[] | null => (Array.isArray(value) ? value : null);
const isListOf = (value: Json, is: (item: Json) => boolean): boolean => listOf(value)?.every(is) === true;
const hasTexts = (value: Json, keys: readonly string[]): boolean =>
  isFields(value) && keys.every((key) => isText(value[key]));

const kinds = {
  'a text': isText,
  // A command may name one: no platform makes an id that a shell takes apart.
  'an id': (value: Json) => typeof value === 'string' && /^[^\s'"`;&|$()<>\\*?[\]{}~#!]+$/.test(value),
  'a number': isNumber,
  'true or false': (value: Json) => typeof value === 'boolean',
  'an object of numbers': (value: Json) => isOfAll(value, isNumber),
  'an object of texts': (value: Json) => isOfAll(value, isText),
  'a list of texts': (value: Json) => isListOf(value, isText),
  'a list of objects': (value: Json) => isListOf(value, isFields),
  'a list of objects with condition': (value: Json) =>
    isListOf(value, (item) => hasTexts(item, ['condition'])),
  'an object with modelApiId and versionId': (value: Json) => hasTexts(value, ['modelApiId', 'versionId']),
} satisfies Readonly<Record<string, (value: Json) => boolean>>;
type KindName = keyof typeof kinds;

/** A kind, in words, or the texts that there may be. */
export type OutputKind = KindName | `${KindName} or null` | readonly string[];

/** In words: `an id`, `one of "approved", "rejected"`. */
export const sayKind = (kind: OutputKind): string =>
  typeof kind === 'string' ? kind : `one of ${kind.map((text) => JSON.stringify(text)).join(', ')}`;

/** Whether a value is of a kind. */
export function isOfKind(value: Json, kind: OutputKind): boolean {
  if (typeof kind !== 'string') return typeof value === 'string' && kind.includes(value);
  if (isKindName(kind)) return kinds[kind](value);
  return value === null || kinds[kind.slice(0, -' or null'.length) as KindName](value); // by its type
}

const isKindName = (kind: string): kind is KindName => Object.hasOwn(kinds, kind);
