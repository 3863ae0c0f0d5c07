/** Whose word counts for what a step has come to, where a person must approve what is done by it. */
import type { Json } from '../run/steps.js';
import type { Pipeline } from '../steps/define.js';

type Steps = Pick<Pipeline, 'steps'>;

/** Whether a run with this input asks somebody for an approval. */
export const asksForApproval = (pipeline: Steps, input: Json): boolean => askedIn(pipeline, input).length > 0;

/** Why the input of an approval cannot be edited, nor its output supplied. */
export const approvalIsGiven =
  'an approval is given by `longhaul run approve`, and neither supplied nor edited by a replay';

/**
 * Steps whose output nobody supplies, and why: an approval itself and, where the input asks for one, what acts on it.
 */
export function keptSteps(pipeline: Steps, input: Json): ReadonlyMap<string, string> {
  const asked = askedIn(pipeline, input);
  return new Map(
    Object.entries(pipeline.steps).flatMap(([name, { asks, needs, reads }]) => {
      if (asks === true) return [[name, approvalIsGiven] as const];
      const acts = [...needs, ...reads].some((other) => asked.includes(other));
      return acts ? [[name, approvedFault(name)] as const] : [];
    }),
  );
}

const approvedFault = (name: string): string =>
  `"${name}" deploys what was approved: where the input asks for an approval, its output cannot be supplied`;

/**
 * Steps whose outputs are not taken from a file, which anybody may have edited: approvals and, where the input asks for
 * one, what comes of it and what an approver could not see through.
 */
export function distrustedSteps(pipeline: Steps, input: Json): ReadonlySet<string> {
  const asked = askedIn(pipeline, input);
  const distrusted = new Set<string>();
  for (const [name, { asks, isOpaque, needs, reads }] of Object.entries(pipeline.steps)) {
    const follows = [...needs, ...reads].some((other) => distrusted.has(other));
    if (asks === true || (asked.length > 0 && (isOpaque === true || follows))) distrusted.add(name);
  }
  return distrusted;
}

/** The steps that ask for an approval. */
const askedIn = ({ steps }: Steps, input: Json): readonly string[] =>
  Object.entries(steps).flatMap(([name, { asks, isAsked }]) =>
    asks === true && isAsked(input) ? [name] : [],
  );
