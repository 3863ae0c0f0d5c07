/** Values of a document: `${{ … }}` alone keeps its type, within a longer text it is written as text. */
import type { Json } from '../../run/steps.js';
import { type Expression, ExpressionFault, type Scope, compileExpression } from './expressions.js';

/** A part of a text. */
export type Part =
  | { readonly text: string }
  | {
      readonly expression: string;
      /** Where the expression itself begins in the text, behind the braces and blanks. */
      readonly offset: number;
    };

/** A text whose `${{` is never closed. */
export interface Unclosed {
  readonly unclosedAt: number;
}

const opening = '${{';

/** Whether a text has an expression in it. */
export const isTemplate = (text: string): boolean => text.includes(opening);

/** Takes a text apart. Braces and quotes within an expression are CEL’s own. */
export function partsOf(text: string): readonly Part[] | Unclosed {
  const parts: Part[] = [];
  let at = 0;
  for (;;) {
    const start = text.indexOf(opening, at);
    if (start < 0) break;
    const end = endOf(text, start + opening.length);
    if (end === null) return { unclosedAt: start };
    if (start > at) parts.push({ text: text.slice(at, start) });
    const inner = text.slice(start + opening.length, end);
    const blanks = inner.length - inner.trimStart().length;
    parts.push({ expression: inner.trim(), offset: start + opening.length + blanks });
    at = end + 2;
  }
  if (at < text.length || parts.length === 0) parts.push({ text: text.slice(at) });
  return parts;
}

/** Where the `}}` stands that ends an expression; `null` where there is none. */
function endOf(text: string, from: number): number | null {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '"' || sign === "'") {
      const end = endOfQuote(text, at, sign);
      if (end === null) return null;
      at = end;
    } else if (sign === '{') depth += 1;
    else if (sign === '}') {
      if (depth === 0) return text[at + 1] === '}' ? at : null;
      depth -= 1;
    }
  }
  return null;
}

function endOfQuote(text: string, start: number, quote: string): number | null {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote) return at;
  }
  return null;
}

/** A value that can be evaluated again and again. Throws `ExpressionFault`. */
export type Template = (scope: Scope) => Json;

/** Prepares a value of a checked document. Throws `TypeError` for one that no check has let through. */
export function compileTemplate(value: Json): Template {
  if (typeof value === 'string') return isTemplate(value) ? compileText(value) : () => value;
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => compileTemplate(item));
    return (scope) => items.map((item) => item(scope));
  }
  if (typeof value !== 'object' || value === null) return () => value;
  const fields = Object.entries(value).map(
    ([key, inner]: [string, Json]) => [key, compileTemplate(inner)] as const,
  );
  return (scope) => Object.fromEntries(fields.map(([key, inner]) => [key, inner(scope)]));
}

function compileText(text: string): Template {
  const parts = partsOf(text);
  if ('unclosedAt' in parts) throw new TypeError(`an expression is not closed in ${JSON.stringify(text)}`);
  const compiled = parts.map((part) => ('text' in part ? part.text : compileChecked(part.expression)));
  const [only] = compiled;
  if (compiled.length === 1 && typeof only === 'object') return (scope) => only.evaluate(scope);
  return (scope) => compiled.map((part) => (typeof part === 'string' ? part : written(part, scope))).join('');
}

/** Prepares an expression of a checked document, without its `${{ }}`. */
export function compileChecked(text: string): Expression {
  const compiled = compileExpression(text);
  if ('problem' in compiled) throw new TypeError(`${text} is no expression: ${compiled.problem}`);
  return compiled;
}

/** The value of an expression within a text. */
function written(expression: Expression, scope: Scope): string {
  const value = expression.evaluate(scope);
  if (value !== null && typeof value !== 'object') return String(value);
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
  throw new ExpressionFault(`it comes to ${kind}, which cannot stand within a text`, expression.text, {});
}
