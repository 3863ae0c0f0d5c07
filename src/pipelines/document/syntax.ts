/** What an expression names, read from its syntax tree. */
import type { ASTNode } from '@marcbachmann/cel-js';

export type AstNode = ASTNode;

/** A path that an expression reads: `steps.train.auc` is `['steps', 'train', 'auc']`. */
export interface Path {
  readonly keys: readonly string[];
  /** As it is written. */
  readonly text: string;
  /** Where it begins in the expression. */
  readonly offset: number;
  /** Whether something of it is asked for by `.?` or `has()`, and may be missing. */
  readonly isOptional: boolean;
  /** Whether it goes on with a key that is computed: `steps[input.name]`. */
  readonly isComputed: boolean;
}

/** Every path of an expression, as far as it is written out; variables of `map` and `filter` are none. */
export function pathsIn(ast: AstNode): Path[] {
  const found = new Map<string, Path>();
  walk(ast, new Set(), false, (path) => {
    const key = `${path.text} ${path.offset}`;
    if (!found.has(key)) found.set(key, path);
  });
  return [...found.values()];
}

type Visit = (path: Path) => void;

const isNode = (value: unknown): value is AstNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;

/** Macros that name a variable of their own. */
export const macros: readonly string[] = ['map', 'filter', 'all', 'exists', 'exists_one'];

function walk(node: AstNode, bound: ReadonlySet<string>, isOptional: boolean, visit: Visit): void {
  const path = pathOf(node, bound, isOptional);
  if (path !== null) {
    visit(path);
    for (const inner of computedIn(node)) walk(inner, bound, false, visit);
    return;
  }
  if (node.op === 'call' && node.args[0] === 'has') {
    // Within a field that is not there, `has()` has no answer.
    for (const argument of node.args[1])
      walk(argument, bound, !isDeepInStep(pathOf(argument, bound, true)), visit);
    return;
  }
  if (node.op === 'rcall' && macros.includes(node.args[0])) {
    const [, list, [variable, ...rest]] = node.args;
    walk(list, bound, isOptional, visit);
    const inner = variable?.op === 'id' ? new Set([...bound, variable.args]) : bound;
    for (const argument of rest) walk(argument, inner, isOptional, visit);
    return;
  }
  for (const inner of nodesIn(node.args)) walk(inner, bound, isOptional, visit);
}

const isDeepInStep = (path: Path | null): boolean => path?.keys[0] === 'steps' && path.keys.length > 3;

/**
 * Where an optional selection is made somewhere in a step, the first field of the step may be missing too: one that has failed
 * or was skipped has none. `steps.train.metrics.?f1` is read as `steps.train.?metrics.?f1`.
 */
export function optionalFieldsIn(ast: AstNode): { readonly at: number; readonly text: string }[] {
  const optional = new Set(
    pathsIn(ast).flatMap(({ keys, text, offset }) =>
      keys[0] === 'steps' && /\.\?|\[\?/.test(text) ? [offset] : [],
    ),
  );
  const dots = new Set<number>();
  const visit = (node: AstNode): void => {
    const [inner] = nodesIn(node.args);
    if (
      node.op === '.' &&
      inner?.op === '.' &&
      inner.args[0].op === 'id' &&
      inner.args[0].args === 'steps' &&
      optional.has(inner.start)
    )
      dots.add(node.input.indexOf('.', inner.end) + 1);
    for (const one of nodesIn(node.args)) visit(one);
  };
  visit(ast);
  return [...dots].map((at) => ({ at, text: '?' }));
}

/** The nodes right below, in any nesting of lists. */
export function nodesIn(value: unknown): AstNode[] {
  if (isNode(value)) return [value];
  return Array.isArray(value) ? value.flatMap((inner: unknown) => nodesIn(inner)) : [];
}

/** The expressions within the brackets of a path. */
function computedIn(node: AstNode): AstNode[] {
  switch (node.op) {
    case '.':
    case '.?':
      return computedIn(node.args[0]);
    case '[]':
    case '[?]':
      return [...computedIn(node.args[0]), ...(node.args[1].op === 'value' ? [] : [node.args[1]])];
    default:
      return [];
  }
}

/** The path that a node is; `null` of one that is none. A computed key ends it. */
function pathOf(node: AstNode, bound: ReadonlySet<string>, isOptional: boolean): Path | null {
  switch (node.op) {
    case 'id':
      if (bound.has(node.args)) return null;
      return {
        keys: [node.args],
        text: node.args,
        offset: node.start,
        isOptional,
        isComputed: false,
      };
    case '.':
    case '.?': {
      const before = pathOf(node.args[0], bound, isOptional || node.op === '.?');
      return before && further(before, node.args[1], node);
    }
    case '[]':
    case '[?]': {
      const before = pathOf(node.args[0], bound, isOptional || node.op === '[?]');
      if (before === null) return null;
      const key = node.args[1].op === 'value' ? node.args[1].args : null;
      const isKey = typeof key === 'string' || typeof key === 'bigint';
      return isKey ? further(before, String(key), node) : { ...before, isComputed: true };
    }
    default:
      return null;
  }
}

function further(before: Path, key: string, node: AstNode): Path {
  if (before.isComputed) return before;
  return { ...before, keys: [...before.keys, key], text: node.input.slice(before.offset, node.end) };
}
