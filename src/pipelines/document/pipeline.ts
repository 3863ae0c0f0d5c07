/** A document as the pipeline that generic code walks: made by the same function as those that Longhaul brings along. */
import { digestOfSubject } from '../../run/approvals/deployment-subject.js';
import { parseDuration } from '../../run/schedules/durations.js';
import type { Failure } from '../../run/failures/errors.js';
import type { LeftBehind } from '../../run/undoing/cleanup.js';
import type { Json } from '../../run/json.js';
import { type Outputs, type Pipeline, type Place, type Placed, definePipeline } from '../../steps/define.js';
import type { Bounds, Passed, Seen, Unsuccessful } from '../../steps/ends.js';
import { kindNamed } from '../../steps/kinds.js';
import { type DocumentStep, type PipelineDocument, type Tries, allSteps, usualAtOnce } from './document.js';
import { type EvaluableDocument, EvaluationFailure, prepareDocument } from './evaluate.js';
import type { Scope } from './expressions.js';
import { preflightsOf } from './preflights.js';
import { reasonToSkip, stepValue } from './scope.js';
import { isTemplate } from './templates.js';
import { onlyApproved } from './unasked.js';

/** The Temporal workflow type of every run of a document. */
export const documentWorkflow = 'runDocument';

/** What expressions see of their run. */
export interface DocumentRun {
  readonly runId: string;
  /** When its first attempt was started, ISO 8601 in UTC. */
  readonly startedAt: string;
  /** Whether it is a step of another run. */
  readonly isChild?: boolean;
}

type Outs = Readonly<Record<string, { readonly [key: string]: Json }>>;
type PlaceOne = Place<Json, Outs>;

/**
 * The pipeline that a document stands for, in one run. What is asked of its steps throws `EvaluationFailure` where an
 * expression has no value.
 */
export function documentPipeline(document: PipelineDocument, run: DocumentRun): Pipeline {
  const evaluable = prepareDocument(document);
  const whole: Whole = { document, run, evaluable };
  const placed = (steps: PipelineDocument['steps'], place: PlaceOne) =>
    Object.fromEntries(
      Object.entries(steps).map(([name, step]) => [name, placeStep(whole, name, step, place)]),
    );
  const { pipeline: name, steps, finally: last, overlap, within } = document;
  return definePipeline<Json, Outs, Json>({
    ...{ name, overlap, workflow: documentWorkflow, withinMs: durationIn(within) },
    steps: (place) => placed(steps, place),
    last: last && { withinMs: durationIn(last.within) ?? 0, steps: (place) => placed(last.steps, place) },
    preflights: (input) => preflightsOf(document, evaluable, scopeOfInput(whole, input)),
    cleansUp: () => false,
    end: (_, { ends = {} }) => {
      const failed = Object.entries(ends).flatMap(([step, { state }]) => (state === 'failed' ? [step] : []));
      if (failed.length === 0) return null;
      return { outcome: 'succeeded', conclusion: `without ${failed.join(', ')}, which failed` };
    },
    result: (input, outputs, ending, seen) => ({
      ...(ending && { outcome: ending.outcome, conclusion: ending.conclusion }),
      outputs: whole.evaluable.outputsOf(scopeOf(whole, input, { outputs: withEnds(outputs, seen), seen })),
    }),
  });
}

interface Whole {
  readonly document: PipelineDocument;
  readonly run: DocumentRun;
  readonly evaluable: EvaluableDocument;
}

interface Item {
  readonly item: Json;
  readonly index: number;
}

interface Reached {
  readonly outputs: Outputs;
  readonly seen: Seen;
}

/** What an expression sees. A step that is not known yet is not there. */
function scopeOf({ run }: Whole, input: Json, { outputs, seen }: Reached, item?: Item): Scope {
  const steps = Object.entries(outputs).flatMap(([name, output]) =>
    output === undefined ? [] : [[name, stepValue({ ...endOf(name, { outputs, seen }), output })] as const],
  );
  const { left = [], ...ended } = seen.run ?? {};
  return {
    ...{ input, steps: Object.fromEntries(steps), ...item },
    run: { id: run.runId, startedAt: run.startedAt, ...(seen.run && { ...ended, left: left.map(asJson) }) },
  };
}

const asJson = (value: LeftBehind): Json => ({ ...value });

/** With the steps that have ended without an output, also those that an early end has kept from beginning. */
const withEnds = (outputs: Outputs, { ends = {} }: Seen): Outputs => ({
  ...Object.fromEntries(Object.keys(ends).map((name) => [name, null])),
  ...outputs,
});

/** How a step has ended. One that is not known yet is taken to succeed, as a plan does. */
const endOf = (name: string, { outputs, seen }: Reached): Unsuccessful | { readonly state: 'succeeded' } =>
  seen.ends?.[name] ?? { state: outputs[name] === null ? 'skipped' : 'succeeded' };

function placeStep(whole: Whole, name: string, step: DocumentStep, place: PlaceOne): Placed<Outs[string]> {
  const kind = kindNamed(step.kind);
  if (kind === null) throw new TypeError(`there is no kind of step "${step.kind}"`);
  const { evaluable } = whole;
  const approvals = approvalsOf(whole.document, name);
  const placedFor = (item?: Item): Placed<Outs[string]> =>
    place(kind, {
      ...{ needs: step.needs, reads: step.awaits, allowedBy: approvals, bounds: boundsOf(step) },
      ...(step.connection !== null && { connection: step.connection }),
      ...(item === undefined && {
        passes: (input: Json, outputs: Outputs, seen: Seen) =>
          passedOver(whole, name, input, { outputs, seen }),
      }),
      on: () => actsOn(step),
      projectOf: (input) =>
        isTemplate(actsOn(step))
          ? undefined
          : evaluable.namesOf(name, scopeOfInput(whole, input)).find(({ kind: what }) => what === 'project')
              ?.value,
      with: (input, outputs, seen) =>
        evaluable.specOf(name, scopeOf(whole, input, { outputs, seen }, item), whole.run.isChild),
      refusal: (input, outputs, seen) =>
        refusalOf(whole, { approvals, scope: () => scopeOf(whole, input, { outputs, seen }), outputs }),
    });
  const itself = { ...placedFor(), isOptional: true };
  if (step.each === undefined) return itself;
  const { mayHold: _, ...facts } = itself;
  return {
    ...{ ...facts, ...ofItemsAlone, holds: { items: 'a list of objects' } },
    each: {
      atOnce: step.atOnce ?? usualAtOnce,
      itemsOf: (input, outputs, seen = {}) =>
        evaluable.itemsOf(name, scopeOf(whole, input, { outputs, seen })) ?? [],
      stepOf: (item, index) => placedFor({ item, index }),
    },
  };
}

/** What is made, is made by the items: of the step itself, nothing is left. */
const ofItemsAlone = {
  lasting: () => null,
  beside: () => null,
  twin: () => null,
  unfinished: () => [],
  refersTo: () => [],
  reuses: () => null,
  foretold: () => null,
  fault: () => null,
  ends: () => null,
} as const;

function passedOver(whole: Whole, name: string, input: Json, reached: Reached): Passed | null {
  const { document, evaluable } = whole;
  const step = new Map(allSteps(document)).get(name);
  if (step === undefined) return null;
  const reason = reasonToSkip(step, (other) => endOf(other, reached));
  if (reason !== null) return { reason };
  const scope = scopeOf(whole, input, reached);
  if (step.if !== undefined && !evaluable.isAsked(name, scope))
    return { reason: `its condition does not hold: ${step.if}`, isReleased: true };
  return unaskedFor(whole, name, step, scope);
}

/** Nobody is asked about what will not be deployed; whether it will be, may not be known yet. */
function unaskedFor(
  { document, evaluable }: Whole,
  name: string,
  { approves }: DocumentStep,
  scope: Scope,
): Passed | null {
  const deployment = onlyApproved(document, name);
  if (approves === undefined || deployment === null) return null;
  try {
    if (evaluable.isAsked(approves, scope)) return null;
  } catch (error) {
    if (error instanceof EvaluationFailure) return null;
    throw error;
  }
  const reason = `"${approves}" is not done, for its condition does not hold: ${deployment.if ?? ''}`;
  return { reason, isReleased: true, isUnasked: true };
}

/** The steps that ask for an approval of what a step deploys. */
const approvalsOf = ({ steps }: PipelineDocument, name: string): string[] =>
  Object.entries(steps).flatMap(([other, { approves }]) => (approves === name ? [other] : []));

interface Refusing {
  readonly approvals: readonly string[];
  readonly outputs: Outputs;
  scope(): Scope;
}

/** Nothing is deployed that is not what was approved; an approval that was not asked for stands in nobody’s way. */
function refusalOf({ evaluable }: Whole, { approvals, outputs, scope }: Refusing): Failure | null {
  for (const approval of approvals) {
    const given = outputs[approval];
    if (given === null || given === undefined) continue;
    const deploying = evaluable.deployingOf(approval, scope());
    const digest = typeof given === 'object' && 'digest' in given ? given['digest'] : undefined;
    if (deploying === null || digest !== digestOfSubject(deploying.subject))
      return {
        code: 'APPROVAL_MISSING',
        message: `what would be deployed is not what "${approval}" approved`,
      };
  }
  return null;
}

function boundsOf({ onFailure, within, tries }: DocumentStep): Bounds {
  return { onFailure, withinMs: durationIn(within), tries: tries && repeatingOf(tries) };
}

const repeatingOf = ({ count, backoff, upTo, within }: Tries): NonNullable<Bounds['tries']> => ({
  ...{ count, backoffMs: durationIn(backoff) ?? 0, upToMs: durationIn(upTo) ?? 0 },
  withinMs: durationIn(within),
});

const durationIn = (text: string | undefined): number | undefined =>
  (text === undefined ? null : parseDuration(text)) ?? undefined; // checked with the document

/** In words, as far as the document itself says it. */
function actsOn({ with: given }: DocumentStep): string {
  const { modelApi, model, name, project, pipeline, endpoint, service } = given;
  const [said] = [modelApi, model, name, pipeline, endpoint, service].filter(
    (value) => typeof value === 'string',
  );
  return said ?? (typeof project === 'string' ? `project ${project}` : '');
}

/** What an expression sees before anything has run. */
const scopeOfInput = ({ run: { runId: id, startedAt } }: Whole, input: Json): Scope => ({
  ...{ input, run: { id, startedAt } },
});
