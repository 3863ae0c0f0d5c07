/**
 * Expressions of pipeline documents: CEL over JSON, the same when a document is checked and when its run evaluates it.
 *
 * JSON has one kind of number and CEL has two. Here a number of JSON is a double, a literal such as `1` is an int, and
 * the two may be mixed. Nothing else is converted: a text is never a number, and no number is ever true or false.
 * Workflows run this file: it reads no clock and knows nothing of Node.
 */
import { Environment, EvaluationError, ParseError } from '@marcbachmann/cel-js';
import { type Measured, notANumber } from '../../run/retraining/metrics.js';
import type { Json } from '../../run/steps.js';
import { Budget, budgetName, countingIn, longestIn, longestMatched, withInsertions } from './budget.js';
import { maskCredentials } from '../../foreign-text/credentials.js';
import { sayProblem } from './problems.js';
import { type AstNode, optionalFieldsIn, pathsIn } from './syntax.js';

/** What an expression can name. */
export const scopeNames = ['input', 'steps', 'item', 'index', 'run'] as const;
export type ScopeName = (typeof scopeNames)[number];

/** The values that an expression sees, as JSON. */
export type Scope = Readonly<Partial<Record<ScopeName, Json>>>;

/** Why an expression has no value, with the expression and the values that it saw. */
export class ExpressionFault extends Error {
  readonly expression: string;
  /** By path, such as `input.month`: the value as JSON, or that there is none. */
  readonly seen: Readonly<Record<string, string>>;

  constructor(problem: string, expression: string, seen: Readonly<Record<string, string>>) {
    const values = Object.entries(seen).map(([path, value]) => `${path} is ${value}`);
    super([`\${{ ${expression} }}: ${problem}`, ...values].join('; '));
    this.name = 'ExpressionFault';
    this.expression = expression;
    this.seen = seen;
  }
}

/** An expression that can be evaluated again and again. */
export interface Expression {
  readonly text: string;
  /** @throws ExpressionFault */
  evaluate(scope: Scope): Json;
}

/** An expression that is no CEL: where in its text, and why. */
export interface SyntaxFault {
  readonly problem: string;
  readonly offset: number;
}

type Operator = '+' | '-' | '*' | '/' | '%';

const arithmetic: Readonly<Record<Operator, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/** An expression longer than this belongs into a program. */
const limits = { maxAstNodes: 1_000, maxDepth: 50 };

/** CEL as documents write it; without variables, which each use declares with its types. */
export function createCel(): Environment {
  const cel = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits,
  });
  for (const [sign, compute] of Object.entries(arithmetic)) {
    cel.registerOperator(`int ${sign} double: double`, (a: bigint, b: number) => compute(Number(a), b));
    cel.registerOperator(`double ${sign} int`, (a: number, b: bigint) => compute(a, Number(b)));
  }
  cel.registerOperator('double % double', arithmetic['%']);
  cel.registerOperator('int == double', (a: bigint, b: number) => Number(a) === b); // and with it `double == int`, `!=`
  return cel;
}

/** Where values are evaluated, their types are known by looking at them. */
const untyped = scopeNames.reduce((cel, name) => cel.registerVariable(name, 'dyn'), createCel());

/** Evaluates what is inserted, too; it makes an expression larger than one may be. */
const counting = untyped
  .clone({ limits: { maxAstNodes: 5 * limits.maxAstNodes, maxDepth: 5 * limits.maxDepth } })
  .registerType('Budget', Budget)
  .registerVariable(budgetName, 'Budget')
  .registerFunction(
    'dyn.counted(Budget, int, int): dyn',
    (value: unknown, budget: Budget, parts: bigint, texts: bigint) => {
      budget.pass(value, Number(parts), Number(texts));
      return value;
    },
  )
  .registerFunction('dyn.matchable(): dyn', (value: unknown) => {
    if (typeof value === 'string' && value.length > longestMatched)
      throw new RangeError(`matches() tries texts of at most ${longestMatched} characters`);
    return value;
  });

/** Reads an expression; what it names is not looked at. */
export function compileExpression(text: string): Expression | SyntaxFault {
  try {
    const { ast } = untyped.parse(text);
    const parsed = counting.parse(withInsertions(text, [...optionalFieldsIn(ast), ...countingIn(ast)]));
    return { text, evaluate: (scope) => evaluated(ast, parsed, scope) };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { problem: error.summary, offset: error.range?.start ?? 0 };
  }
}

type Parsed = ReturnType<Environment['parse']>;

function evaluated(ast: AstNode, parsed: Parsed, scope: Scope): Json {
  const refuse = (problem: string): never => {
    throw new ExpressionFault(problem, ast.input, seenBy(ast, scope));
  };
  const budget = new Budget(() => longestIn(pathsIn(ast).map(({ keys }) => valueAt(scope, keys))));
  try {
    const value: unknown = parsed({
      ...scope,
      ...(typeof scope.index === 'number' && { index: BigInt(scope.index) }),
      [budgetName]: budget,
    });
    if (budget.exceeded !== null) throw budget.exceeded;
    return toJson(value, sizing(refuse));
  } catch (error) {
    if (error instanceof ExpressionFault) throw error;
    if (error instanceof EvaluationError) return refuse(sayProblem(error));
    // What JavaScript itself refuses to compute: a text that is too long, a time zone that there is not.
    if (error instanceof Error) return refuse(decapitalized(error.message));
    throw error;
  }
}

const decapitalized = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** A value of more characters fits into no history; steps hand over less. */
const largest = 1024 * 1024;

interface Writing {
  readonly refuse: (problem: string) => never;
  /** Counts what is written. */
  readonly take: (characters: number) => void;
}

function sizing(refuse: Writing['refuse']): Writing {
  let left = largest;
  const take = (characters: number): void => {
    left -= characters;
    if (left < 0) refuse('it comes to more than 1 MiB: name less of it');
  };
  return { refuse, take };
}

/** What CEL came to, as JSON: an int becomes a number, a timestamp a text. */
function toJson(value: unknown, writing: Writing): Json {
  const { refuse, take } = writing;
  take(typeof value === 'string' ? value.length + 3 : 3);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      if (!Number.isSafeInteger(Number(value))) return refuse(`${value} is too large a number for JSON`);
      return Number(value);
    case 'number':
      return Number.isFinite(value) ? value : refuse(`it comes to ${value}, which JSON does not have`);
    case 'object':
      return value === null ? null : objectToJson(value, writing);
    default:
      return refuse(`it comes to a ${typeof value}, which JSON does not have`);
  }
}

function objectToJson(value: object, writing: Writing): Json {
  if (Array.isArray(value)) return value.map((item: unknown) => toJson(item, writing));
  if (value instanceof Date) return value.toISOString();
  const entries = value instanceof Map ? [...value.entries()] : plainEntries(value);
  if (entries === null)
    return writing.refuse(
      'it comes to a duration, a value that may be missing, or another that JSON does not have',
    );
  return Object.fromEntries(
    entries.map(([key, inner]) => {
      writing.take(String(key).length + 3);
      return [String(key), toJson(inner, writing)];
    }),
  );
}

/** `null` of an instance of a class, which is a value of CEL’s own. */
const plainEntries = (value: object): [unknown, unknown][] | null => {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  return isPlain ? Object.entries(value) : null;
};

/** How many values a message shows, and how much of each. */
const mostSeen = 8;
const longestSeen = 80;
/** Of a value, so much is searched for credentials: what is shown is the beginning of that. */
const longestMasked = 10_000;

/** The values that an expression names, for a person who has to find out why it failed. */
function seenBy(ast: AstNode, scope: Scope): Record<string, string> {
  const paths = pathsIn(ast).filter(({ keys: [root = ''] }) => Object.hasOwn(scope, root));
  return Object.fromEntries(
    paths
      .slice(0, mostSeen)
      .map(({ text, keys }) => [text, show(valueAt(scope, keys)) + instead(scope, keys)]),
  );
}

function valueAt(scope: Scope, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Readonly<Record<string, unknown>>)[key] // of any object
        : undefined,
    scope,
  );
}

/** Of a value that is not there: what is there in its place. */
function instead(scope: Scope, keys: readonly string[]): string {
  const at = keys.findIndex((_, index) => valueAt(scope, keys.slice(0, index + 1)) === undefined);
  if (at < 1) return '';
  const [owner, said] = [valueAt(scope, keys.slice(0, at)), keys.slice(0, at).join('.')];
  if (typeof owner !== 'object' || owner === null) return ` (${said} is ${show(owner)})`;
  const measured = keys[at - 1] === 'metrics' ? valueAt(scope, keys.slice(0, at - 1)) : undefined;
  const written = measured === undefined ? null : notANumber(measured as Measured, keys[at] ?? ''); // looks at each value itself
  if (written !== null) return ` (${written})`;
  if (Array.isArray(owner)) return ` (${said} has ${owner.length} items)`;
  const known = Object.keys(owner).sort().join(', ');
  const cut = known.length <= longestSeen ? known : `${known.slice(0, longestSeen - 1)}…`;
  return ` (${said} has ${cut || 'nothing'})`;
}

function show(value: unknown): string {
  return value === undefined ? 'not there' : inShort(JSON.stringify(value));
}

/** What a message quotes of a value, without what looks like a credential. */
export function inShort(json: string): string {
  const text = maskCredentials(json.slice(0, longestMasked));
  return text.length <= longestSeen ? text : `${text.slice(0, longestSeen - 1)}…`;
}
