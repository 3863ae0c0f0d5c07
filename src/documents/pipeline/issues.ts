/** What zod finds in a document, as faults that say what is allowed. */
import type { z } from 'zod';
import { expectedWhereMissing } from '../../run/inputs/missing-fields.js';
import type { JsonSchema } from '../../pipelines/document/json-schema.js';
import { sayTypes, textsIn } from '../../pipelines/document/json-schema.js';
import { type DocumentPath, type Faults, sayPath } from './faults.js';
import { keysAt, schemasAt } from './schema-at.js';
import { insteadOfKey, nearest, sayKnown } from './words.js';

type Issue = z.core.$ZodIssue;

/** What is checked, and where in the document it stands. */
export interface Checking {
  readonly faults: Faults;
  readonly base: DocumentPath;
  /** Of what is checked: it knows the keys that there are. */
  readonly schema: JsonSchema;
  /** Whether an expression stands there, whose value is looked at later. */
  readonly isDynamic: (path: DocumentPath) => boolean;
}

/** Tells every issue but those about values that are not known yet. */
export function tellIssues(issues: readonly Issue[], checking: Checking): void {
  for (const issue of issues) for (const known of knownIssues(issue, [], checking)) tell(known, checking);
}

interface Known {
  readonly issue: Issue;
  readonly path: DocumentPath;
}

const pathOf = (path: readonly PropertyKey[]): DocumentPath =>
  path.map((key) => (typeof key === 'symbol' ? String(key) : key));

/** An issue without the alternatives that an expression may still fit. */
function knownIssues(issue: Issue, base: DocumentPath, checking: Checking): Known[] {
  const path = [...base, ...pathOf(issue.path)];
  if (checking.isDynamic(path)) return [];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }];
  const alternatives = issue.errors.map((errors) =>
    errors.flatMap((inner) => knownIssues(inner, path, checking)),
  );
  if (alternatives.some((known) => known.length === 0)) return [];
  // The alternative of which only a part does not fit is the one that was meant.
  const meant = alternatives
    .filter((known) => known.some((one) => one.path.length > path.length))
    .sort((a, b) => a.length - b.length)[0];
  return meant ?? [{ issue, path }];
}

function tell({ issue, path }: Known, { faults, base, schema }: Checking): void {
  const whole = [...base, ...path];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path) ?? [];
    for (const key of issue.keys) {
      const instead = known.includes(key) ? null : insteadOfKey(key);
      const at = sayPath(whole);
      const isStep = at === 'finally' && nearest(key, known) === null;
      const advice = instead ?? (isStep ? 'its steps stand under `steps`' : sayKnown(key, known, 'keys'));
      faults.add([...whole, key], `${at === '' ? '' : `${at}: `}there is no key "${key}"; ${advice}`, 'key');
    }
    return;
  }
  // What is wrong with a key says more than that it is.
  const { message } = issue.code === 'invalid_key' ? (issue.issues[0] ?? issue) : issue;
  const missing = expectedWhereMissing(message);
  const kinds = schemasAt(schema, path).flatMap(({ outputOf }) => textsIn(outputOf));
  const detail = missing === null ? plain(message) : `is missing: ${plain(`Invalid input: ${missing}`)}`;
  const said = kinds.length > 0 && missing === null ? sayOutput(kinds) : detail;
  faults.add(whole, `${sayPath(whole) || 'the document'} ${said}`, missing === null ? 'value' : 'key');
}

/** What stands where the output of a step is expected. */
export const sayOutput = (kinds: readonly string[]): string =>
  kinds.includes('each')
    ? 'must be a step with `each`: ${{ steps.NAME }}'
    : `must be the output of a step of kind ${kinds.join(' or ')}: \${{ steps.NAME }}`;

/** Zod’s own sentences begin with a capital, speak of input, and have names of their own for types. */
const plain = (message: string): string =>
  message
    .replace(
      /^Invalid input: expected string, received (number|boolean)$/,
      'must be a text: put it in quotes',
    )
    .replace(
      /^Invalid input: expected (\w+)$/,
      (_, type: string) => `must be ${sayTypes([typeNames[type] ?? type])}`,
    )
    .replace(
      /^Invalid input: expected (\w+), received .*$/s,
      (_, type: string) => `must be ${sayTypes([typeNames[type] ?? type])}`,
    )
    .replace(/^Invalid input: expected /, 'must be ')
    .replace(/^Invalid option: expected one of /, 'must be one of ')
    .replace(/^Invalid (?:input|string|key.*)$/s, 'does not fit')
    .replace(/^Too (?:small|big|short|long): expected \w+ to (have|be) /, 'must $1 ')
    .replace(
      /([<>])=?(\d+)/,
      (_, sign: string, bound: string) => `${sign === '>' ? 'at least' : 'at most'} ${bound}`,
    );

const typeNames: Readonly<Record<string, string>> = { int: 'integer', record: 'object' };
