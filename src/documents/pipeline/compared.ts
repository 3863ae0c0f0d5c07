/** Texts that an expression compares with the state of a step or the outcome of a run: most misspelled ones would never hold. */
import { type AstNode, nodesIn } from '../../pipelines/document/syntax.js';
import { isOutcome } from '../../run/retraining/retraining.js';
import type { EndState } from '../../steps/ends.js';
import { kernelOutcomes } from '../../steps/spec.js';
import { type Types, typeNameOf } from './types.js';
import { nearest } from './words.js';

const states = Object.keys({
  succeeded: true,
  failed: true,
  skipped: true,
  cancelled: true,
} satisfies Record<EndState, true>);

/** What is known where an expression stands. */
export interface Comparing {
  readonly types: Types;
  /** Whether the run has ended before anybody here could see that this step has failed. */
  failsUnseen(step: string): boolean;
}

export interface Compared {
  readonly from: number;
  readonly message: string;
  /** Of a text that may stand there, and never holds. */
  readonly isWarning: boolean;
}

/** What is wrong with the texts that a checked expression compares. */
export function comparedIn(node: AstNode, comparing: Comparing): Compared[] {
  const inner = nodesIn(node.args).flatMap((one) => comparedIn(one, comparing));
  if (node.op !== '==' && node.op !== '!=' && node.op !== 'in') return inner;
  const [left, right] = node.args;
  const found = [...compare(left, right, comparing), ...compare(right, left, comparing)];
  return [...found, ...inner];
}

function compare(field: AstNode, value: AstNode, comparing: Comparing): Compared[] {
  const asked = fieldIn(field);
  if (asked === null) return [];
  return textsIn(value).flatMap(({ text, from }) => {
    const found = problemOf(asked, text, comparing);
    return found === null ? [] : [{ ...found, from }];
  });
}

interface Field {
  readonly said: string;
  readonly name: string;
  /** The type of what has the field. */
  readonly of: string;
  /** What it is where it may be missing. */
  readonly otherwise?: AstNode | undefined;
}

/** The field that a node reads; `null` of a node that reads none. */
function fieldIn(node: AstNode): Field | null {
  if (node.op === 'rcall' && node.args[0] === 'orValue') {
    const [, inner, [otherwise]] = node.args;
    const field = fieldIn(inner);
    return field && { ...field, otherwise };
  }
  if (node.op !== '.' && node.op !== '.?' && node.op !== '[]' && node.op !== '[?]') return null;
  const [owner, key] = node.args;
  const name = typeof key === 'string' ? key : key.op === 'value' ? String(key.args) : '';
  // `Output_train`, or what may be one: `optional<Output_train>`.
  const of = /\b(?:Output|Items?|EndedRun)\w*/.exec(typeNameOf(owner))?.[0] ?? '';
  return { said: node.input.slice(node.start, node.end), name, of };
}

/** Texts that are written out: one, or a list of them. */
function textsIn(node: AstNode): { readonly text: string; readonly from: number }[] {
  if (node.op === 'list') return node.args.flatMap(textsIn);
  return node.op === 'value' && typeof node.args === 'string' ? [{ text: node.args, from: node.start }] : [];
}

function problemOf(
  { said, name, of, otherwise }: Field,
  text: string,
  { types, failsUnseen }: Comparing,
): Omit<Compared, 'from'> | null {
  const usual = otherwise === undefined ? [] : textsIn(otherwise).map((one) => one.text);
  if (usual.includes(text) || (otherwise !== undefined && usual.length === 0)) return null;
  const output = types.outputs.get(of);
  if (name === 'state' && output !== undefined) {
    if (!states.includes(text)) return { message: sayNone(said, text, states), isWarning: false };
    return text === 'failed' && failsUnseen(output.step)
      ? {
          message: `${said} is never "failed" here, because the run ends when "${output.step}" fails: give that step \`onFailure: continue\``,
          isWarning: true,
        }
      : null;
  }
  const { outcomes } = types;
  if (name !== 'outcome' || of !== 'EndedRun' || outcomes === null) return null;
  const known = ['succeeded', ...kernelOutcomes, ...outcomes];
  return known.includes(text) || isOutcome(text)
    ? null
    : { message: sayNone(said, text, known), isWarning: false };
}

function sayNone(said: string, text: string, known: readonly string[]): string {
  const meant = nearest(text, known);
  return `${said} is never "${text}"; ${meant === null ? `it is one of ${known.join(', ')}` : `did you mean "${meant}"?`}`;
}
