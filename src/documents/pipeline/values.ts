/** Checks values of a document: their shape by a schema, their expressions by their types. */
import type { z } from 'zod';
import { mostItems } from '../../pipelines/document/document.js';
import { type JsonSchema, isSchema, listIn } from '../../pipelines/document/json-schema.js';
import { isTemplate } from '../../pipelines/document/templates.js';
import type { Json } from '../../run/steps.js';
import { type Sources, isClosed, wordBeginnings } from './closed.js';
import { type Reading, type Typed, checkText } from './expression-check.js';
import { type DocumentPath, type Faults, sayPath } from './faults.js';
import { tellIssues } from './issues.js';
import type { CheckedKind } from './kinds.js';
import { isMarkedAt, markedWithin, schemasAt } from './schema-at.js';
import type { OutputType } from './types.js';
import { fitType, isWritable, sayType } from './value-types.js';
import { reservedNames } from './words.js';

/** What `with` says, as far as it is known before a run. */
export interface CheckedWith {
  /** With defaults where the values are written out. */
  readonly values: Readonly<Record<string, Json>>;
  /** By key: the step whose output is given. */
  readonly takes: Readonly<Record<string, string>>;
  /** Keys whose values are known in a run alone. */
  readonly dynamic: readonly string[];
}

/** Every text with an expression in it, with its path. */
export function templatesIn(value: Json, path: DocumentPath = []): { path: DocumentPath; text: string }[] {
  if (typeof value === 'string')
    return value.includes('{') && hasExpression(value) ? [{ path, text: value }] : [];
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => templatesIn(item, [...path, index]));
  if (!isSchema(value)) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, Json]) => templatesIn(inner, [...path, key]));
}

/** Also what another tool would take for one: `checkText` says so. */
const hasExpression = (text: string): boolean => isTemplate(text) || /\{\{|\$\{/.test(text);

/** Refuses keys with an expression in them, which nobody would evaluate. */
export function checkKeys(value: Json, path: DocumentPath, faults: Faults): void {
  if (Array.isArray(value))
    for (const [index, inner] of listIn(value).entries()) checkKeys(inner, [...path, index], faults);
  if (!isSchema(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    const at = [...path, key];
    if (isTemplate(key))
      faults.add(
        at,
        'no expression can stand in a key: let one expression be the whole object, as in ${{ {input.name: 1} }}',
        'key',
      );
    checkKeys(inner, at, faults);
  }
}

/** Checks the arguments of a step. */
export function checkWith(
  given: { readonly [key: string]: Json },
  base: DocumentPath,
  of: { readonly kind: CheckedKind; readonly reading: Reading; readonly sources: Sources },
): CheckedWith {
  const { kind, reading } = of;
  const templates = templatesIn(given);
  const dynamic = new Set(
    templates.filter(({ text }) => isTemplate(text)).map(({ path }) => path.join('\0')),
  );
  const isDynamic = (path: DocumentPath): boolean => dynamic.has(path.join('\0'));
  const { error } = kind.spec.safeParse(given);
  const { faults } = reading;
  checkKeys(given, base, faults);
  if (error !== undefined) tellIssues(error.issues, { faults, base, schema: kind.schema, isDynamic });
  const takes: Record<string, string> = {};
  for (const { path, text } of templates) {
    const output = checkTemplate(text, path, base, of);
    const [key] = path;
    if (output !== null && typeof key === 'string') takes[key] ??= output.step;
  }
  const keys = new Set(templates.flatMap(({ path: [key] }) => (typeof key === 'string' ? [key] : [])));
  return { values: valuesOf(given, kind.spec, keys), takes, dynamic: [...keys] };
}

/** With the defaults of what is written out; the rest is filled in when it is known. */
function valuesOf(
  given: { readonly [key: string]: Json },
  spec: z.ZodType,
  dynamic: ReadonlySet<string>,
): Record<string, Json> {
  const shape = 'shape' in spec ? (spec.shape as Readonly<Record<string, z.ZodType>>) : {}; // of an object
  const entries = Object.entries(given).map(([key, value]): [string, Json] => {
    const parsed = dynamic.has(key) ? undefined : shape[key]?.safeParse(value);
    return [key, parsed?.success === true ? (parsed.data as Json) : value]; // JSON in, JSON out
  });
  return Object.fromEntries(entries);
}

function checkTemplate(
  text: string,
  path: DocumentPath,
  base: DocumentPath,
  { kind, reading, sources }: { kind: CheckedKind; reading: Reading; sources: Sources },
): OutputType | null {
  const whole = [...base, ...path];
  const checked = checkText(text, whole, reading);
  if (checked === null) return null;
  const said = sayPath(path);
  const schemas = schemasAt(kind.schema, path);
  if (path.some((_, at) => isMarkedAt(kind.schema, path.slice(0, at + 1), 'isLiteral'))) {
    reading.faults.add(whole, `${said} must be written out: no expression can stand here`);
    return null;
  }
  const [only] = checked.expressions;
  const openTo = openTexts.find(({ mark }) => isMarkedAt(kind.schema, path, mark));
  if (checked.isAlone && only != null && (openTo === undefined || isList(only.type))) {
    const inner = schemas.map((schema) => markedWithin(schema, 'isShell')).find((key) => key !== null);
    if (inner != null) only.fault(`${said} holds ${inner}, which a shell reads: write its keys out`);
    return fitType(only, schemas, { types: reading.types, said });
  }
  if (checked.isAlone && only == null) return null;
  checkParts(checked.expressions, { schemas, said, reading, path: whole });
  if (openTo !== undefined) checkClosed(checked.expressions, sources, { ...openTo, text, said, schemas });
  return null;
}

/** The words of a list are quoted, each by itself. */
const isList = (type: string): boolean => type === 'list' || type.startsWith('list<');

interface Place {
  readonly schemas: readonly JsonSchema[];
  readonly said: string;
  readonly reading: Reading;
  readonly path: DocumentPath;
}

/** Expressions within a text. */
function checkParts(expressions: readonly (Typed | null)[], { schemas, said, reading, path }: Place): void {
  const types = schemas.flatMap(({ type, outputOf }) => (outputOf !== undefined ? ['object'] : [type]));
  if (types.length > 0 && types.every((type) => typeof type === 'string' && type !== 'string'))
    reading.faults.add(path, `${said} must not be a text: let one expression be all there is`);
  for (const expression of expressions)
    if (expression !== null && !isWritable(expression.type))
      expression.fault(
        `${sayType(expression.type, reading.types)} cannot stand within a text: name a text, a number or a field of it`,
      );
}

/** Who takes a text apart, by the mark of its place, and how else it is written. */
const openTexts = [
  { mark: 'isShell', reader: 'a shell', instead: 'a list of words, [program, "${{ … }}"]' },
  { mark: 'isPath', reader: 'a service', instead: 'a list of its parts, [models, "${{ … }}"]' },
] as const;

interface OpenText {
  readonly mark: string;
  readonly reader: string;
  readonly instead: string;
  readonly text: string;
  readonly said: string;
  readonly schemas: readonly JsonSchema[];
}

function checkClosed(
  expressions: readonly (Typed | null)[],
  sources: Sources,
  { mark, reader, instead, text, said, schemas }: OpenText,
): void {
  const beginnings = mark === 'isShell' ? wordBeginnings(text) : [];
  const asList = schemas.some(({ type }) => type === 'array') ? `write it as ${instead}, or ` : '';
  for (const [at, expression] of expressions.entries()) {
    if (expression === null || isClosed(expression, sources, beginnings[at] ?? false)) continue;
    expression.fault(
      isClosed(expression, sources, false)
        ? `a word of ${said} begins with this text, which may begin with "-" or hold "=", as an option does: begin its \`pattern\` with a letter or a digit, as in ^[a-z0-9][a-z0-9-]*$, and leave "=" out`
        : `${reader} reads ${said}, and this text may hold anything: ${asList}close it in the schema of the input by \`enum\`, \`format: date\` or a \`pattern: ^…$\` without white space and signs that a shell reads`,
    );
  }
}

/** Checks `each`; answers the type of `item`, or `null` where there is no list. */
export function checkEach(each: Json, path: DocumentPath, reading: Reading): string | null {
  checkKeys(each, path, reading.faults);
  if (typeof each === 'string') return checkList(each, path, reading);
  if (Array.isArray(each)) {
    for (const { path: inner, text } of templatesIn(each, path)) checkText(text, inner, reading);
    const fault = sizeFault(each.length);
    if (fault !== null) reading.faults.add(path, fault);
    return 'dyn';
  }
  if (!isSchema(each) || Object.keys(each).length === 0) {
    reading.faults.add(
      path,
      'each must be a list, an expression that comes to one, or lists by name, whose product it is',
    );
    return null;
  }
  return checkProduct(each, path, reading);
}

function checkProduct(each: JsonSchema, path: DocumentPath, reading: Reading): string {
  let product = 1;
  for (const [key, list] of Object.entries(each)) {
    const at = [...path, key];
    if (!/^[A-Za-z_]\w*$/.test(key) || reservedNames.has(key))
      reading.faults.add(
        at,
        `each: "${key}" cannot be named by an expression: use letters, digits and "_"`,
        'key',
      );
    if (typeof list === 'string') checkList(list, at, reading);
    else if (Array.isArray(list)) {
      for (const { path: inner, text } of templatesIn(list, at)) checkText(text, inner, reading);
      product *= list.length;
    } else reading.faults.add(at, `each: ${key} must be a list, or an expression that comes to one`);
  }
  const fault = sizeFault(product);
  if (fault !== null) reading.faults.add(path, fault);
  return 'dyn';
}

function sizeFault(size: number): string | null {
  if (size === 0) return 'each has no items: the step would do nothing';
  return size > mostItems ? `each has ${size} items; at most ${mostItems} are allowed` : null;
}

/** An expression that must come to a list; answers the type of its items. */
function checkList(text: string, path: DocumentPath, reading: Reading): string | null {
  const checked = checkText(text, path, reading);
  const [only] = checked?.expressions ?? [];
  if (checked === null || !checked.isAlone) {
    reading.faults.add(
      path,
      'each must be a list: this is a text; let one expression, ${{ … }}, be all there is',
    );
    return null;
  }
  if (only == null) return null;
  const { type } = only;
  if (type === 'dyn' || type === 'list') return 'dyn';
  const item = /^list<(.*)>$/.exec(type)?.[1];
  if (item !== undefined) return item;
  const output = reading.types.outputs.get(type);
  const advice = output?.kinds.includes('each') === true ? `; its items are steps.${output.step}.items` : '';
  only.fault(`each must be a list; the expression is ${sayType(type, reading.types)}${advice}`);
  return null;
}
