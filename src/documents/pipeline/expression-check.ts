/** Checks expressions before anything runs: that they parse, that everything they name is there, and their types. */
import { type TypeError as CelTypeError, type Environment, ParseError } from '@marcbachmann/cel-js';
import { type AstNode, type Path, nodesIn, pathsIn } from '../../pipelines/document/syntax.js';
import { isTemplate, partsOf } from '../../pipelines/document/templates.js';
import { type Comparing, comparedIn } from './compared.js';
import type { DocumentPath, Faults } from './faults.js';
import { patternFault } from './pattern-fault.js';
import { typeNameOf } from './types.js';
import { insteadOfCall, insteadOfName, sayKnown } from './words.js';

/** A step that an expression, or `needs`, refers to. */
export interface Reference {
  readonly name: string;
  /** Whether it is skipped with that step, or only waits for it. */
  readonly how: 'needs' | 'awaits';
  /** Where it is written. */
  readonly path: DocumentPath;
  readonly text: string;
  readonly offset: number;
  /** The reference itself, such as `steps.train.auc`. */
  readonly said: string;
}

/** Where expressions are read, and what they may name there. */
export interface Reading extends Comparing {
  readonly faults: Faults;
  readonly cel: Environment;
  /** Every step of the document. */
  readonly names: readonly string[];
  /** Why there is no `item` here. */
  readonly noItem: string;
  /** Told of every step that an expression names. */
  refer(reference: Reference): void;
  /** Told of every path of the input that is read. */
  readInput(path: Path, at: (message: string) => void, paths: readonly Path[]): void;
}

/** An expression whose type is known. */
export interface Typed {
  readonly type: string;
  readonly ast: AstNode;
  readonly paths: readonly Path[];
  /** Says something about it. */
  fault(message: string): void;
}

/** A text of the document, taken apart: its expressions, and whether one is all there is. */
export interface TypedText {
  readonly isAlone: boolean;
  /** `null` in the place of one that has a fault. */
  readonly expressions: readonly (Typed | null)[];
}

const foreign =
  /(?<!\$)\{\{\s*(?:-\s*)?(?:inputs?|steps|item|tasks|workflow|outputs|matrix|needs|taskrun)\b|\$\{\s*(?:inputs?|steps|item|matrix|needs)\.|\$\{\s*\./;

/** Checks every expression of a text; `null` of a text without one. */
export function checkText(text: string, path: DocumentPath, reading: Reading): TypedText | null {
  const wrapper = foreign.exec(text);
  if (wrapper !== null)
    reading.faults.addIn(
      path,
      text,
      wrapper.index,
      'expressions are written as ${{ … }}, with a dollar and two braces',
    );
  if (!isTemplate(text)) return null;
  const parts = partsOf(text);
  if ('unclosedAt' in parts) {
    reading.faults.addIn(
      path,
      text,
      parts.unclosedAt,
      'the expression that begins here is not closed: `}}` is missing',
    );
    return { isAlone: false, expressions: [null] };
  }
  const expressions = parts.flatMap((part) =>
    'text' in part ? [] : [checkExpression(part, { text, path }, reading)],
  );
  return { isAlone: parts.length === 1, expressions };
}

interface Within {
  readonly text: string;
  readonly path: DocumentPath;
}

/** It is a part of the message where it fails. */
const longestExpression = 4_000;

/** Its type, or the faults that it has; then `null`. */
function checkExpression(
  { expression, offset }: { readonly expression: string; readonly offset: number },
  within: Within,
  reading: Reading,
): Typed | null {
  const at = (from: number) => (message: string) =>
    reading.faults.addIn(within.path, within.text, offset + from, message);
  if (expression === '') {
    at(0)('the expression is empty');
    return null;
  }
  if (expression.length > longestExpression) {
    at(0)(`the expression has ${expression.length} characters; at most ${longestExpression} are allowed`);
    return null;
  }
  let parsed: ReturnType<Environment['parse']>;
  try {
    parsed = reading.cel.parse(expression);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    at(error.range?.start ?? 0)(`the expression does not parse: ${decapitalized(error.summary)}`);
    return null;
  }
  const paths = pathsIn(parsed.ast);
  const areKnown = paths.map((path) =>
    checkPath(path, paths, { at: at(path.offset), within, offset, reading }),
  );
  if (areKnown.includes(false)) return null;
  for (const { message, from } of patternFaultsIn(parsed.ast)) at(from)(message);
  const { valid, type, error } = parsed.check();
  if (valid && type !== undefined) {
    for (const from of wholeDivisionsIn(parsed.ast))
      reading.faults.warn(within.path, wholeDivision, { text: within.text, offset: offset + from });
    for (const { from, message, isWarning } of comparedIn(parsed.ast, reading))
      if (isWarning) reading.faults.warn(within.path, message, { text: within.text, offset: offset + from });
      else at(from)(message);
    return { type, ast: parsed.ast, paths, fault: at(0) };
  }
  if (error !== undefined) at(error.range?.start ?? 0)(sayTypeError(error, reading));
  return null;
}

const wholeDivision =
  'both numbers are whole, so the result is cut to a whole number: write one as 2.0 for the exact result';

/** What is wrong with the patterns of `matches()`: one that is not written out may take for ever. */
function patternFaultsIn(node: AstNode): { readonly message: string; readonly from: number }[] {
  const inner = nodesIn(node.args).flatMap((one) => patternFaultsIn(one));
  if (node.op !== 'rcall' || node.args[0] !== 'matches') return inner;
  const [pattern] = node.args[2];
  if (pattern === undefined) return inner; // said by its type
  const message =
    pattern.op === 'value' && typeof pattern.args === 'string'
      ? patternFault(pattern.args)
      : 'matches() takes a pattern that is written out, as in matches("^a+$")';
  return message === null ? inner : [...inner, { message, from: pattern.start }];
}

/** Where divisions begin that CEL does in whole numbers: a number of JSON is none. */
function wholeDivisionsIn(node: unknown): number[] {
  if (Array.isArray(node)) return node.flatMap((inner: unknown) => wholeDivisionsIn(inner));
  if (typeof node !== 'object' || node === null || !('op' in node) || !('args' in node)) return [];
  const { op, args, start } = node as { op: unknown; args: unknown; start?: unknown }; // a node
  const inner = wholeDivisionsIn(args);
  const isCut = op === '/' && Array.isArray(args) && args.every((one) => typeNameOf(one) === 'int');
  return isCut && typeof start === 'number' ? [start, ...inner] : inner;
}

interface Checked {
  readonly at: (message: string) => void;
  readonly within: Within;
  readonly offset: number;
  readonly reading: Reading;
}

/** Whether what a path begins with is there. */
function checkPath(path: Path, paths: readonly Path[], { at, within, offset, reading }: Checked): boolean {
  const [root = '', name] = path.keys;
  if (!reading.cel.hasVariable(root)) {
    const isItem = root === 'item' || root === 'index';
    const known = ['input', 'steps', 'run', ...(reading.cel.hasVariable('item') ? ['item', 'index'] : [])];
    const advice = isItem ? reading.noItem : (insteadOfName(root) ?? sayKnown(root, known, 'names'));
    at(`there is no "${root}" here; ${advice}`);
    return false;
  }
  if (root === 'input') reading.readInput(path, at, paths);
  if (root !== 'steps') return true;
  if (name === undefined) {
    at('`steps` alone is no value: name a step, as in steps.train');
    return false;
  }
  if (!reading.names.includes(name)) {
    at(`there is no step "${name}"; ${sayKnown(name, reading.names, 'steps')}`);
    return false;
  }
  const how = path.isOptional || path.keys[2] === 'state' ? 'awaits' : 'needs';
  reading.refer({ ...within, name, how, offset: offset + path.offset, said: path.text });
  return true;
}

const decapitalized = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** What CEL says, with what is allowed. */
function sayTypeError(error: ParseError | CelTypeError, { types }: Reading): string {
  const { code, summary } = error;
  const node = error.node;
  switch (code) {
    case 'no_such_key': {
      const key = summary.slice(summary.indexOf(':') + 1).trim();
      const owner = ownerOf(node);
      const fields = owner === null ? null : types.fieldsOf(owner.type);
      if (owner === null || fields === null) return `there is no "${key}"`;
      const ofEach = 'items' in fields && !('item' in fields);
      const advice = ofEach
        ? `the step runs once for each item: write ${owner.text}.items[0].${key}, or ${owner.text}.items.map(i, i.${key})`
        : sayKnown(key, Object.keys(fields), 'fields');
      return `there is no "${key}" in ${owner.text}; ${advice}`;
    }
    case 'no_matching_overload': {
      const name = /'(?:.*\.)?(\w+)\(/.exec(summary)?.[1] ?? '';
      const instead = insteadOfCall(name);
      return instead === null
        ? `there is no function for this: ${named(summary)}`
        : `there is no ${name}(); ${instead}`;
    }
    case 'incompatible_ternary_branches':
    case 'incompatible_argument_type':
      return `${named(summary)}; write a whole number as 1.0 where the other one is a number of JSON`;
    case 'invalid_index_type':
      return summary.endsWith("'string'")
        ? 'a list has no fields: write .size(), [0], or .map(i, i.x)'
        : `${named(summary)}; write int(…) around it`;
    default:
      return /\bint\b/.test(summary) && /\bdouble\b/.test(summary)
        ? `${named(summary)}; write a whole number as 1.0`
        : named(summary);
  }
}

/** The value whose field was asked for: its type, and how it is written. */
function ownerOf(node: CelTypeError['node'] | ParseError['node']): { type: string; text: string } | null {
  if (node === undefined || !('args' in node) || !Array.isArray(node.args)) return null;
  const [owner] = node.args as readonly unknown[]; // of any node
  if (typeof owner !== 'object' || owner === null || !('checkedType' in owner)) return null;
  const { start, end } = owner as { start?: unknown; end?: unknown };
  const text =
    typeof start === 'number' && typeof end === 'number' ? (node.input ?? '').slice(start, end) : '';
  return { type: typeNameOf(owner), text };
}

/** With our names of types: a `double` is a number. */
const named = (summary: string): string =>
  summary
    .replaceAll(/\b(?:Output|Item|Items)_(\w+)\b/g, 'output of $1')
    .replaceAll(/\bInput\w*\b/g, 'input')
    .replaceAll(/\bdyn\b/g, 'any value')
    .replaceAll(/\bdouble\b/g, 'number')
    .replaceAll(/\bno such overload:/g, 'these cannot be combined:');
