/** Whether what is asked of a replay fits the run; everything that can be told without looking at a platform. */
import { changesBetween } from '../run/inputs/edits.js';
import { LonghaulError } from '../run/failures/errors.js';
import { type Origin, runKeyPattern } from '../run/ids.js';
import type { AttemptRecord, ReplayRequest } from '../run/replays/replays.js';
import type { Outputs, Pipeline, PipelineStep } from '../steps/define.js';
import { type EndedRun, type Seen, itemOf, wholeOf } from '../steps/ends.js';
import { stepNamed } from '../steps/named.js';
import { approvalIsGiven, keptSteps } from './authority.js';
import { pipelineOfRun } from './definition.js';
import { EvaluationFailure } from './document/evaluate.js';
import { type StepEnd, itemsValue } from './document/scope.js';
import { askedSteps, earlierSteps } from './order.js';
import { passedOverFault } from './outputs.js';
import type { Json, Step, StepState } from '../run/steps.js';

/** The output of a step that has finished; `undefined` of one that has not. Of one with items, what these have come to. */
export function outputOf(record: AttemptRecord, name: string): Json | undefined {
  const step = record.steps.find((one) => one.name === name);
  if (step?.items !== undefined && step.state.status === 'succeeded') return itemsOutputOf(record, name);
  return step !== undefined && 'output' in step.state ? step.state.output : undefined;
}

/** The items of a step as its attempt left them, in order. */
const itemsIn = ({ steps }: AttemptRecord, name: string): Step[] =>
  steps.filter((step) => itemOf(step.name)?.step === name);

const itemsOutputOf = (record: AttemptRecord, name: string): Json =>
  itemsValue(
    'succeeded',
    itemsIn(record, name).map(({ state, item = null, generation = 1 }) => ({
      ...endOf(state),
      ...{ item, tries: generation },
    })),
  );

/** How an item has ended, as those read it that come after. */
function endOf(state: StepState): StepEnd {
  if (state.status === 'failed') return { state: 'failed', output: null };
  const output = 'output' in state ? state.output : undefined;
  return output === undefined ? { state: 'skipped', output: null } : { state: 'succeeded', output };
}

/** The step as the attempt left it. */
export const stepOf = ({ steps }: AttemptRecord, name: string): Step =>
  steps.find((step) => step.name === name) ?? {
    name,
    tries: 0,
    references: [],
    state: { status: 'pending' },
  };

/** The steps of the pipeline of an attempt, in order; behind one that is done for each item, the items that it has had. */
export const stepsOf = (record: AttemptRecord): NamedSteps => withItems(record, pipelineOfRun(record).steps);

/** Those under `finally` too: everything by which an attempt may have made something. */
export const allStepsOf = (record: AttemptRecord): NamedSteps => withItems(record, allIn(record));

type NamedSteps = readonly (readonly [string, PipelineStep])[];

const allIn = (record: AttemptRecord): Pipeline['steps'] => {
  const { steps, last } = pipelineOfRun(record);
  return { ...steps, ...last?.steps };
};

/** Whether a step is one under `finally`, which each attempt does anew. */
export const isLastOf = (record: AttemptRecord, name: string): boolean =>
  stepNamed(pipelineOfRun(record).last?.steps ?? {}, name) !== null;

/** Where the effect comes from that a step of an attempt has begun last. */
export const originOf = (record: AttemptRecord, step: string): Origin => ({
  ...{ runId: record.runId, firstAttemptId: record.firstAttemptId },
  ...(isLastOf(record, step) && { attemptId: record.attemptId }),
  ...{ step, generation: stepOf(record, step).generation ?? 1 },
});

const withItems = (record: AttemptRecord, steps: Pipeline['steps']): NamedSteps =>
  Object.entries(steps).flatMap(([name, step]) => [
    [name, step] as const,
    ...itemsIn(record, name).flatMap(({ name: itemName, item = null }) => {
      const of = step.each?.stepOf(item, itemOf(itemName)?.index ?? 0);
      return of === undefined ? [] : [[itemName, of] as const];
    }),
  ]);

/** Where a step of an attempt acts. */
export const connectionOfStep = (record: AttemptRecord, step: string): string =>
  stepNamed(allIn(record), step)?.connection ?? record.connection;

/** Whether two steps of one name make the same objects, in the same place: each once, or each for every item. */
export const isSameKind = (
  { connection }: Pick<AttemptRecord, 'connection'>,
  was: PipelineStep,
  is: PipelineStep,
): boolean =>
  was.kind === is.kind &&
  (was.connection ?? connection) === (is.connection ?? connection) &&
  (was.each === undefined) === (is.each === undefined);

/** The outputs of an attempt as its steps read them: `null` of a step that was skipped, or has failed without ending the run. */
function outputsOf(record: AttemptRecord): Outputs {
  return Object.fromEntries(
    Object.entries(allIn(record)).map(([name, { isAsked, bounds }]) => {
      const { status } = stepOf(record, name).state;
      const isWithout = bounds !== undefined && ['skipped', 'failed'].includes(status);
      return [
        name,
        isAsked(record.input) ? (outputOf(record, name) ?? (isWithout ? null : undefined)) : null,
      ];
    }),
  );
}

/** What a step is made from; `null` also where an expression of its document has no value, for which it has parked. */
function evaluated(step: PipelineStep, input: Json, outputs: Outputs, seen?: Seen): object | null {
  try {
    return step.specOf(input, outputs, seen);
  } catch (error) {
    if (error instanceof EvaluationFailure) return null;
    throw error;
  }
}

/**
 * What a step was made from in an attempt or, with another input, would have been; `null` where it had nothing to do, or
 * where the attempt has not come so far.
 */
export function specBefore(record: AttemptRecord, step: PipelineStep, input = record.input): object | null {
  const outputs = outputsOf(record);
  const isKnown = step.madeOf.every((name) => outputs[name] !== undefined);
  return isKnown && step.isAsked(input) ? evaluated(step, input, outputs) : null;
}

/**
 * What a step that has begun was made from. By then every step that it needs had come to its output or had nothing to do,
 * also where the record does not tell which of both.
 */
export function specWhenBegun(record: AttemptRecord, step: PipelineStep): object | null {
  const known = Object.entries(outputsOf(record)).map(([name, output]) => [name, output ?? null] as const);
  if (!step.isAsked(record.input)) return null;
  return evaluated(step, record.input, Object.fromEntries(known), { run: endedRun(record) });
}

/** What a step under `finally` was told of its run, as far as the record tells: where it acted does not depend on the rest. */
function endedRun({ steps }: AttemptRecord): EndedRun {
  const failed = steps.flatMap(({ name, state }) =>
    state.status === 'failed' && itemOf(name) === null ? [name] : [],
  );
  return { outcome: failed.length === 0 ? 'succeeded' : 'failed', reason: '', failed, left: [] };
}

/** A part of an input or an output. */
export const partOf = (input: Json, part: string): Json | undefined =>
  typeof input === 'object' && input !== null && part in input
    ? Object.entries(input).find(([key]) => key === part)?.[1]
    : undefined;

/**
 * Refuses what does not fit, before the platform is looked at.
 * @throws LonghaulError `REPLAY_INVALID`, `REPLAY_REFUSED`
 */
export function checkRequest(record: AttemptRecord, request: ReplayRequest, input: Json): void {
  refuseState(record, request);
  refuseNames(record, request, input);
  refuseApproving(record, request, input);
  refuseOtherPlace(record, input);
  refuseFrom(record, request, input);
  refuseSkips(record, request, input);
}

const invalid = (message: string): LonghaulError => new LonghaulError('REPLAY_INVALID', message);

function refuseState({ runId, status, steps }: AttemptRecord, request: ReplayRequest): void {
  if (request.forkTo !== undefined && !runKeyPattern.test(request.forkTo))
    throw invalid(`the key ${JSON.stringify(request.forkTo.slice(0, 150))} is not usable for a run`);
  if (status === 'running' && request.stopFirst !== true && request.forkTo === undefined)
    throw new LonghaulError(
      'REPLAY_REFUSED',
      `${runId} goes on. --stop-first ends this attempt and keeps what it has running on the platform`,
    );
  const asksNothing = request.from === undefined && [request.set, request.skip, request.fresh].every(isEmpty);
  // A document may have gone on without what failed.
  const hasFailed = steps.some(({ state }) => state.status === 'failed');
  if (status === 'succeeded' && asksNothing && !hasFailed && request.document === undefined)
    throw new LonghaulError(
      'REPLAY_REFUSED',
      `${runId} has succeeded: say what shall run again by --from, --fresh, --set or --skip`,
    );
}

const isEmpty = (value: object | undefined): boolean =>
  value === undefined || Object.keys(value).length === 0;

function refuseNames(record: AttemptRecord, request: ReplayRequest, input: Json): void {
  const { pipeline } = record;
  const steps = new Map(stepsOf(record));
  const known = [...steps.keys()].join(', ');
  const named = [...(request.from === undefined ? [] : [request.from]), ...(request.fresh ?? [])];
  for (const name of [...named, ...Object.keys(request.skip ?? {})]) {
    if (isLastOf(record, name))
      throw invalid(
        `"${name}" stands under \`finally\`: every attempt does it anew at its end, so it needs no --fresh, and cannot be begun at or skipped`,
      );
    if (!steps.has(name)) throw invalid(`${pipeline} has no step "${name}"; its steps are ${known}`);
  }
  for (const name of named) {
    const step = steps.get(name);
    if (step !== undefined && !step.isAsked(input))
      throw invalid(`the step "${name}" is not in the input, so it cannot run again`);
  }
  for (const name of request.fresh ?? []) {
    if (request.skip !== undefined && name in request.skip)
      throw invalid(`"${name}" cannot be skipped and made afresh at once`);
    if (steps.get(name)?.renewable !== true)
      throw invalid(
        `"${name}" makes nothing that could be made afresh: it is found by name or by what it comes from. Use --from ${name}`,
      );
  }
}

/** Who may approve is not up to who replays. */
function refuseApproving(record: AttemptRecord, { skip = {} }: ReplayRequest, after: Json): void {
  const { input: before } = record;
  const isEdited = changesBetween(partOf(before, 'approval'), partOf(after, 'approval')).length > 0;
  if (isEdited) throw invalid(approvalIsGiven);
  const given = new Set(Object.keys(skip).map(wholeOf));
  for (const [name, why] of keptSteps(pipelineOfRun(record), after)) if (given.has(name)) throw invalid(why);
}

function refuseOtherPlace({ input: before, document }: AttemptRecord, after: Json): void {
  if (document !== undefined) return; // it says itself where it acts
  const [moved] = changesBetween(before, after).filter(({ path }) => /^(connection|project)$/.test(path));
  if (moved !== undefined)
    throw invalid(
      `${moved.path} cannot be edited: what is reused lies there. Start another run for another ${moved.path}`,
    );
}

/** A step can begin only where all that it waits for have finished, or are supplied. */
function refuseFrom(record: AttemptRecord, { from, skip = {} }: ReplayRequest, input: Json): void {
  if (from === undefined) return;
  if (from in skip) throw invalid(`"${from}" cannot be skipped and run again at once`);
  const graph = askedSteps(pipelineOfRun(record).steps, input);
  for (const name of earlierSteps(graph).get(wholeOf(from)) ?? []) {
    const isThere = name in skip || outputOf(record, name) !== undefined;
    if (!isThere && stepOf(record, name).state.status !== 'skipped')
      throw invalid(
        `"${name}" has not finished, so nothing can begin at "${from}": leave --from out, or supply its output with --skip ${name}=output.json`,
      );
  }
}

function refuseSkips(record: AttemptRecord, { skip = {} }: ReplayRequest, input: Json): void {
  const steps = stepsOf(record);
  const pipeline = pipelineOfRun(record);
  for (const [name, output] of Object.entries(skip)) {
    const fault = passedOverFault(pipeline, name, output);
    if (output !== null) {
      if (fault !== null) throw invalid(`--skip ${name}: ${fault}`);
      continue;
    }
    const reader = steps.find(
      ([later, step]) => step.needs.includes(name) && step.isAsked(input) && !(later in skip),
    );
    const needs = `--skip ${name} needs an output`;
    if (reader !== undefined)
      throw invalid(`${needs}, which "${reader[0]}" reads: --skip ${name}=output.json`);
    if (fault !== null) throw invalid(`${needs}, which the pipeline reads: --skip ${name}=output.json`);
  }
}
