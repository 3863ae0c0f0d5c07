/** Whether what is asked of a replay fits the run; everything that can be told without looking at a platform. */
import { changesBetween } from '../pipeline/edits.js';
import { LonghaulError } from '../pipeline/errors.js';
import { runKeyPattern } from '../pipeline/ids.js';
import type { AttemptRecord, ReplayRequest } from '../pipeline/replays.js';
import type { PipelineStep } from '../steps/define.js';
import { approvalIsGiven, keptSteps } from './authority.js';
import { pipelines } from './built-in.js';
import { askedSteps, earlierSteps } from './order.js';
import { passedOverFault } from './outputs.js';
import type { Json, Step } from '../pipeline/steps.js';

/** The output of a step that has finished; `undefined` of one that has not. */
export function outputOf(record: AttemptRecord, name: string): Json | undefined {
  const state = record.steps.find((step) => step.name === name)?.state;
  return state !== undefined && 'output' in state ? state.output : undefined;
}

/** The step as the attempt left it. */
export const stepOf = ({ steps }: AttemptRecord, name: string): Step =>
  steps.find((step) => step.name === name) ?? {
    name,
    tries: 0,
    references: [],
    state: { status: 'pending' },
  };

/** The steps of the pipeline of an attempt, in order. */
export const stepsOf = ({
  pipeline,
}: Pick<AttemptRecord, 'pipeline'>): readonly (readonly [string, PipelineStep])[] =>
  Object.entries(pipelines[pipeline].steps);

/**
 * What a step was made from in an attempt or, with another input, would have been; `null` where it had nothing to do, or
 * where the attempt has not come so far.
 */
export function specBefore(record: AttemptRecord, step: PipelineStep, input = record.input): object | null {
  const outputs = Object.fromEntries(
    stepsOf(record).map(([name, { isAsked }]) => [
      name,
      isAsked(record.input) ? outputOf(record, name) : null,
    ]),
  );
  const isKnown = [...step.needs, ...step.reads].every((name) => outputs[name] !== undefined);
  return isKnown && step.isAsked(input) ? step.specOf(input, outputs) : null;
}

/**
 * What a step that has begun was made from. By then every step that it needs had come to its output or had nothing to do,
 * also where the record does not tell which of both.
 */
export function specWhenBegun(record: AttemptRecord, step: PipelineStep): object | null {
  const { input } = record;
  const outputs = Object.fromEntries(
    stepsOf(record).map(([name, { isAsked }]) => [
      name,
      (isAsked(input) ? outputOf(record, name) : null) ?? null,
    ]),
  );
  return step.isAsked(input) ? step.specOf(input, outputs) : null;
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
  refuseOtherPlace(record.input, input);
  refuseFrom(record, request, input);
  refuseSkips(record, request, input);
}

const invalid = (message: string): LonghaulError => new LonghaulError('REPLAY_INVALID', message);

function refuseState({ runId, status }: AttemptRecord, request: ReplayRequest): void {
  if (request.forkTo !== undefined && !runKeyPattern.test(request.forkTo))
    throw invalid(`the key ${JSON.stringify(request.forkTo.slice(0, 150))} is not usable for a run`);
  if (status === 'running' && request.stopFirst !== true && request.forkTo === undefined)
    throw new LonghaulError(
      'REPLAY_REFUSED',
      `${runId} goes on. --stop-first ends this attempt and keeps what it has running on the platform`,
    );
  const asksNothing = request.from === undefined && [request.set, request.skip, request.fresh].every(isEmpty);
  if (status === 'succeeded' && asksNothing)
    throw new LonghaulError(
      'REPLAY_REFUSED',
      `${runId} has succeeded: say what shall run again by --from, --fresh, --set or --skip`,
    );
}

const isEmpty = (value: object | undefined): boolean =>
  value === undefined || Object.keys(value).length === 0;

function refuseNames({ pipeline }: AttemptRecord, request: ReplayRequest, input: Json): void {
  const steps = new Map(stepsOf({ pipeline }));
  const known = [...steps.keys()].join(', ');
  const named = [...(request.from === undefined ? [] : [request.from]), ...(request.fresh ?? [])];
  for (const name of [...named, ...Object.keys(request.skip ?? {})])
    if (!steps.has(name)) throw invalid(`${pipeline} has no step "${name}"; its steps are ${known}`);
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
function refuseApproving(
  { pipeline, input: before }: AttemptRecord,
  { skip = {} }: ReplayRequest,
  after: Json,
): void {
  const isEdited = changesBetween(partOf(before, 'approval'), partOf(after, 'approval')).length > 0;
  if (isEdited) throw invalid(approvalIsGiven);
  for (const [name, why] of keptSteps(pipelines[pipeline], after)) if (name in skip) throw invalid(why);
}

function refuseOtherPlace(before: Json, after: Json): void {
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
  const graph = askedSteps(pipelines[record.pipeline].steps, input);
  for (const name of earlierSteps(graph).get(from) ?? []) {
    const isThere = name in skip || outputOf(record, name) !== undefined;
    if (!isThere && stepOf(record, name).state.status !== 'skipped')
      throw invalid(
        `"${name}" has not finished, so nothing can begin at "${from}": leave --from out, or supply its output with --skip ${name}=output.json`,
      );
  }
}

function refuseSkips({ pipeline }: AttemptRecord, { skip = {} }: ReplayRequest, input: Json): void {
  const steps = stepsOf({ pipeline });
  for (const [name, output] of Object.entries(skip)) {
    const fault = passedOverFault(pipelines[pipeline], name, output);
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
