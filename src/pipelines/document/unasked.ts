/** Approvals that nobody is asked for: what they are for will not be deployed, and nothing else waits for the decision. */
import { writtenKinds } from '../../steps/written-kinds.js';
import type { DocumentStep, PipelineDocument } from './document.js';

/**
 * The deployment that an approval is for, where that is all that waits for the decision and its own `if` can be told before;
 * `null` of any other step.
 */
export function onlyApproved({ steps }: PipelineDocument, name: string): DocumentStep | null {
  const { approves } = steps[name] ?? {};
  const deployment = approves === undefined ? undefined : steps[approves];
  if (approves === undefined || deployment?.if === undefined || readsStep(deployment.if, name)) return null;
  const names = Object.keys(steps);
  const below = names.slice(names.indexOf(name) + 1).map((one) => [one, steps[one]] as const);
  // Another approval without a condition of its own stands for all that is below it.
  const next = below.findIndex(([, one]) => one?.approves !== undefined && one.if === undefined);
  const skipped = new Set([approves]);
  for (const [one, step] of next < 0 ? below : below.slice(0, next)) {
    if (step === undefined || one === approves || isPure(step)) continue;
    if (!step.needs.some((other) => skipped.has(other))) return null;
    skipped.add(one);
  }
  return deployment;
}

/** One that only has the name in it is taken to do so too. */
const readsStep = (expression: string, name: string): boolean =>
  /\bsteps\b/.test(expression) && expression.includes(name);

/** It acts on nothing. */
const isPure = ({ kind }: DocumentStep): boolean =>
  Object.hasOwn(writtenKinds, kind) && writtenKinds[kind]?.isPure === true;
