/** What a document may have, and hardly means: found by how its values are written, without knowing what they are for. */
import { maskCredentials } from '../../foreign-text/credentials.js';
import type { Json } from '../../run/steps.js';
import { isSchema, listIn } from '../../pipelines/document/json-schema.js';
import type { YamlDocument } from '../yaml.js';
import type { DocumentPath, Faults } from './faults.js';

/** Warns of numbers that lose digits, and of credentials. */
export function warn(yaml: YamlDocument, faults: Faults): void {
  warnOfNumbers(yaml, faults);
  warnOfCredentials(yaml.value as Json, faults); // YAML without tags is JSON
}

/** YAML reads `3.10` as the number 3.1, which is another version, and drops digits of an id that is a large number. */
function warnOfNumbers({ value, sourceOf }: YamlDocument, faults: Faults): void {
  for (const path of numbersIn(value as Json)) {
    const { source = '' } = sourceOf(path) ?? {};
    const meant = /^\d+\.\d*[1-9]0+$/.test(source) ? 'a version' : isCut(source) ? 'an id' : null;
    if (meant !== null)
      faults.warn(
        path,
        `${source} is read as the number ${Number(source)}: put it in quotes if it is ${meant}`,
      );
  }
}

/** Whether digits of a whole number are lost: zeros before it, and those beyond what a number of JSON holds. */
const isCut = (source: string): boolean =>
  /^-?0\d/.test(source) || (/^-?\d{16,}$/.test(source) && BigInt(source) !== BigInt(Number(source)));

/** Whoever may see a pipeline sees its document, and so does everybody who reads histories. */
function warnOfCredentials(value: Json, faults: Faults, path: DocumentPath = []): void {
  if (typeof value === 'string' && holdsCredential(value))
    faults.warn(
      path,
      'this looks like a credential, and documents are no secret: credentials belong to connections and services of longhaul.yaml',
    );
  if (Array.isArray(value))
    for (const [index, inner] of listIn(value).entries()) warnOfCredentials(inner, faults, [...path, index]);
  else if (isSchema(value))
    for (const [key, inner] of Object.entries(value)) warnOfCredentials(inner, faults, [...path, key]);
}

/** What expressions come to is not known, and `$TOKEN` is none. */
function holdsCredential(text: string): boolean {
  // At their ends: a pattern from beginning to end would look through the rest for each beginning without an end.
  const parts = text.split('}}');
  const rest = parts.pop() ?? '';
  const written = [...parts.map((part) => part.replace(/\$\{\{.*$/s, '')), rest]
    .join(' ')
    .replaceAll(/\$\{?\w+\}?/g, ' ');
  return written.split('\n').some((line) => maskCredentials(line) !== line);
}

/** The paths of all numbers in the arguments and items of steps. */
function numbersIn(value: Json, path: DocumentPath = []): DocumentPath[] {
  if (typeof value === 'number') return path.some((key) => key === 'with' || key === 'each') ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((inner: Json, index) => numbersIn(inner, [...path, index]));
  if (!isSchema(value)) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, Json]) => numbersIn(inner, [...path, key]));
}
