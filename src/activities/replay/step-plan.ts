/** What one step of a replay will do, found out by the very effects with their writes held back. */
import { changesBetween } from '../../run/inputs/edits.js';
import { madeIn } from '../../steps/undoings.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { runIdOf } from '../../run/ids.js';
import { asksForApproval } from '../../pipelines/authority.js';
import { EvaluationFailure } from '../../pipelines/document/evaluate.js';
import { askedSteps, laterSteps } from '../../pipelines/order.js';
import { isSameKind, outputOf, partOf, specBefore, stepOf } from '../../pipelines/replay-request.js';
import type {
  AttemptRecord,
  Planned,
  PlannedCall,
  PlannedStep,
  ReplayRequest,
  StepPlanAsked,
  StepPlanOutcome,
} from '../../run/replays/replays.js';
import type { Fact } from '../../run/run-facts.js';
import type { Json } from '../../run/steps.js';
import { besideOutput, kindOf } from '../../steps/undoings.js';
import type { Outputs, Pipeline, PipelineStep } from '../../steps/define.js';
import { itemOf, wholeOf } from '../../steps/ends.js';
import { stepNamed } from '../../steps/named.js';
import { pipelineOfRun } from '../../pipelines/definition.js';
import { PlatformError } from '../../platform/errors.js';
import { markerOf } from '../effect/attempt.js';
import type { Foresight } from './foresight.js';
import { cleaningOf, leftRunning } from './left-running.js';
import { effectsOf } from '../rooms.js';
import { type Confirmed, type StepForesight, calling } from '../steps/step-effects.js';

/** Has a worker of another connection plan a step; or why none did. */
export type AskElsewhere = (asked: StepPlanAsked) => Promise<Fact<StepPlanOutcome>>;

export interface Planning {
  readonly record: AttemptRecord;
  readonly request: ReplayRequest;
  readonly foresight: Foresight;
  /** The connection that it looks at; left out, that of the run. */
  readonly here?: string;
  /** Has another connection looked at; left out, none is. */
  readonly elsewhere?: AskElsewhere;
  /** The build whose workflow code will run it. */
  readonly buildId: string | undefined;
  /** How often it has been tried, this time included. */
  readonly tried: number;
}

export interface StepPlanning extends Planning {
  /** As it goes on. */
  readonly pipeline: Pipeline;
  readonly input: Json;
  readonly planned: ReadonlyMap<string, Pick<Planned, 'output' | 'changed'>>;
  readonly name: string;
  readonly kind: PipelineStep;
  /** Of an item, what the step is done for. */
  readonly item?: Json;
}

/** What is known of the steps in front of one. */
export const outputsOf = (planned: StepPlanning['planned']): Outputs =>
  Object.fromEntries([...planned].map(([name, { output }]) => [name, output]));

/** What the step is made from, or why it has nothing to do; `null` where the steps in front must run before. */
function madeFrom({ kind, input, planned, name }: StepPlanning): Making | null {
  const outputs = outputsOf(planned);
  const isKnown = kind.madeOf.every((other) => outputs[other] !== undefined);
  if (!kind.isAsked(input)) return { passed: 'not in the input' };
  if (!isKnown) return null;
  try {
    const passed = kind.passes(input, outputs);
    if (passed !== null) return { passed: passed.reason };
    const spec = kind.specOf(input, outputs);
    return spec === null ? { passed: 'not in the input' } : { spec };
  } catch (error) {
    throw error instanceof EvaluationFailure ? unevaluated(name, error) : error;
  }
}

type Making = { readonly spec: object } | { readonly passed: string };

/** It would park as soon as it began. */
export const unevaluated = (name: string, { message }: EvaluationFailure): LonghaulError =>
  new LonghaulError(
    'REPLAY_INVALID',
    `"${name}" would park again: ${message}. Edit the input with --set, or go on by a corrected document with --definition latest`,
  );

/** What a step, or an item of one, will do, and where. */
export async function planStep(planning: StepPlanning): Promise<Planned> {
  const planned = await planDeed(planning);
  const { action } = planned.step;
  const at = action === 'supplied' || action === 'skipped' ? undefined : whereActing(planning);
  return at === undefined ? planned : { ...planned, step: { ...planned.step, at } };
}

function whereActing(planning: StepPlanning): PlannedStep['at'] {
  const making = madeFrom(planning);
  const { kind, record, pipeline } = planning;
  if (making !== null && 'spec' in making)
    return { connection: kind.connection ?? record.connection, ...kind.at(making.spec) };
  const isIn = (need: string): boolean => kind.isWithin?.includes(pipeline.steps[need]?.kind ?? '') === true;
  return changedNeeds(planning).some(isIn) ? null : undefined;
}

const changedNeeds = ({ kind, planned }: StepPlanning): readonly string[] =>
  kind.needs.filter((need) => planned.get(need)?.changed === true);

async function planDeed(planning: StepPlanning): Promise<Planned> {
  const { record, request, name, kind } = planning;
  const before = outputOf(record, name);
  const supplied = request.skip?.[name];
  const quiet = { name, cleans: [], calls: [], generation: stepOf(record, name).generation ?? 1 };
  if (supplied !== undefined) {
    const cleans = await leftBeside(planning, supplied);
    const step = { ...quiet, action: 'supplied', why: 'supplied by the operator', output: supplied } as const;
    return { step: { ...step, cleans }, output: supplied, changed: !isSame(kind, before, supplied) };
  }
  const making = madeFrom(planning);
  if (making !== null && 'passed' in making) {
    const cleans = await leftBeside(planning, null);
    const step = { ...quiet, action: 'skipped', why: making.passed, cleans } as const;
    return { step, output: null, changed: before !== undefined && before !== null };
  }
  const spec = making?.spec;
  const reason = asksAgain(planning, { before, spec, reason: reasonToRun(planning, before) });
  if (reason !== null || before === undefined) return runAgain(planning, { before, reason, spec });
  const isUsable =
    before === null ||
    spec === undefined ||
    !isHere(planning) ||
    (effectsOf(kind).stands?.(planning.foresight, before, spec) ?? true);
  if (!(await isUsable)) return { ...(await runAgain(planning, { before, reason, spec })), lost: true };
  const since = await outdated(planning, before, spec);
  if (since !== null) return runAgain(planning, { before, reason: since, spec });
  const why = before === null ? 'was passed over' : 'has finished';
  const { output, ...more } = await confirmed(planning, before, spec);
  return { step: { ...quiet, action: 'reused', why, output }, output, changed: false, ...more };
}

/** Whether a step acts where this is looking. */
const isHere = ({ kind, record, here = record.connection }: StepPlanning): boolean =>
  (kind.connection ?? record.connection) === here;

/** Why what a step has come to does not count any more, for the world has moved on; a person's word counts on. */
async function outdated(
  planning: StepPlanning,
  before: Json,
  spec: object | undefined,
): Promise<string | null> {
  const { record, name, kind, foresight } = planning;
  const isSupplied = stepOf(record, name).state.status === 'skipped';
  if (before === null || spec === undefined || isSupplied || !isHere(planning)) return null;
  return (await effectsOf(kind).outdated?.(foresight, { record, output: before, spec })) ?? null;
}

/** What a step has running that is given up, but for what its output names now; a file is nothing to stop anything by. */
async function leftBeside(planning: StepPlanning, output: Json): Promise<readonly PlannedCall[]> {
  const { record, request, name } = planning;
  const call = wasBegun(planning) && request.exported === undefined ? cleaningOf(record, name) : null;
  if (call === null) return [];
  const id = stepOf(record, name).references.findLast(({ kind }) => kind === kindOf(call))?.id;
  const known = id === undefined ? call : { ...call, made: { id } };
  return besideOutput(known, output) === known ? leftRunning(planning, name) : [];
}

/** Whether the run has begun a step, in this attempt or in one of which its output is. */
const wasBegun = ({ record, request, name }: StepPlanning): boolean =>
  (stepOf(record, name).tries > 0 || outputOf(record, name) !== undefined) && request.forkTo === undefined;

/** What a step has come to; where only a file says so, as far as the platform confirms it. */
async function confirmed(
  planning: StepPlanning,
  output: Json,
  spec: object | undefined,
): Promise<Confirmed<Json>> {
  const { name, kind, record, request, foresight } = planning;
  if (request.exported === undefined || output === null) return { output };
  const effect = effectOf(planning, stepOf(record, name).generation ?? 1);
  const isShown = asksForApproval(planning.pipeline, record.input);
  const claim = { spec, record, name, output, effect, isShown };
  return (await effectsOf(kind).confirm?.(foresight, claim)) ?? { output };
}

/** Why a step that has finished runs again all the same. */
function reasonToRun(planning: StepPlanning, before: Json | undefined): string | null {
  const { request, record, input, name, kind, planned, pipeline } = planning;
  const whole = wholeOf(name);
  if ([name, whole].some((one) => request.fresh?.includes(one) === true)) return 'asked for afresh';
  const other = sayAnother(planning);
  if (other !== null) return other;
  if (request.document !== undefined && stepBefore(record, whole) === null)
    return 'it is new in the document';
  const [edit] = editsOf(planning);
  if (edit !== undefined) return `${edit} is edited`;
  if (isForOther(planning)) return 'its item is another';
  const touched = kind.needs.find((need) => planned.get(need)?.changed === true);
  if (touched !== undefined) return `"${touched}" gives another output`;
  const { from } = request;
  if (from === undefined || before === undefined) return null;
  const graph = askedSteps(pipeline.steps, input);
  const isLater = laterSteps(graph, wholeOf(from)).has(whole);
  return name === from || whole === from || isLater ? `asked for from ${from} on` : null;
}

/** Whether an item of the attempt was another one in this place. Where its history alone tells of it, that is not known. */
function isForOther({ record, name, item }: StepPlanning): boolean {
  const before = stepOf(record, name).item;
  return item !== undefined && before !== undefined && changesBetween(before, item).length > 0;
}

/** What of that which it is made from is another by the edits of the input alone. */
function editsOf({ kind, record, request, input, name }: StepPlanning): string[] {
  const before = request.document === undefined ? kind : stepBefore(record, name);
  const was = before === null ? null : specBefore(record, before);
  const is = specBefore(record, kind, input);
  if (was === null || is === null) return was === is ? [] : [name];
  const made = (spec: object): unknown => JSON.parse(JSON.stringify(kind.madeFrom(spec)));
  return changesBetween(made(was), made(is)).map(({ path }) => `${name}.${path}`);
}

/** How the step that the attempt has had under this name is another; `null` where it is the same, or there was none. */
function sayAnother({ record, name, kind }: StepPlanning): string | null {
  const was = stepBefore(record, name);
  if (was === null || isSameKind(record, was, kind)) return null;
  if (was.kind !== kind.kind) return `it was a ${was.kind}, and is a ${kind.kind} now`;
  if ((was.each === undefined) !== (kind.each === undefined))
    return was.each === undefined
      ? 'it was done once, and is done for each item now'
      : 'it was done for each item, and is done once now';
  const [before, now] = [was, kind].map(({ connection = record.connection }) => connection);
  return `it has acted on ${before}, and acts on ${now} now`;
}

/** The step as the document of the attempt has it; `null` where that has none of this name. */
const stepBefore = (record: AttemptRecord, name: string): PipelineStep | null => {
  const { steps } = pipelineOfRun(record);
  const item = itemOf(name);
  if (item === null) return stepNamed(steps, name);
  return steps[item.step]?.each?.stepOf(stepOf(record, name).item ?? null, item.index) ?? null;
};

/** What an earlier attempt came to may not count for what the step is made from now. */
function asksAgain(
  { kind }: StepPlanning,
  {
    before,
    spec,
    reason,
  }: {
    readonly before: Json | undefined;
    readonly spec: object | undefined;
    readonly reason: string | null;
  },
): string | null {
  if (kind.again === undefined || before === undefined || before === null) return reason;
  const fault = reason ?? kind.fault(before, spec);
  return fault === null ? null : `${kind.again}: ${fault}`;
}

interface RunningAgain {
  readonly before: Json | undefined;
  readonly reason: string | null;
  readonly spec: object | undefined;
}

async function runAgain(planning: StepPlanning, { before, reason, spec }: RunningAgain): Promise<Planned> {
  const { record, request, foresight, name, kind } = planning;
  const { generation: last = 1 } = stepOf(record, name);
  const isMadeAnew = kind.renewable === true || kind.isNamed === true;
  const isRenewed = sayAnother(planning) !== null || (isMadeAnew && reason !== null);
  const renews = isRenewed && wasBegun(planning);
  const left = renews ? await leftRunning(planning, name) : [];
  // In another environment there is no revision of this run yet.
  const isElsewhere = kind.isWithin !== undefined && changedNeeds(planning).length > 0;
  const isFirst = request.forkTo !== undefined || isElsewhere;
  let generation = isFirst ? 1 : renews ? last + 1 : last;
  let seen = await foreseeUnlessOther(planning, spec, generation);
  let died: string | null = null;
  while (seen.dead !== undefined) {
    died ??= seen.dead;
    generation += 1;
    seen = await foreseeUnlessOther(planning, spec, generation);
  }
  const { calls, adopts, output } = seen;
  // What is found by its name may be what is left there: it is taken over then.
  const isThere = kind.isNamed === true && adopts !== undefined && sayAnother(planning) === null;
  const cleans = isThere ? [] : left;
  const differs = spec && isHere(planning) && (await effectsOf(kind).differences?.(foresight, spec));
  const action = adopts === undefined ? (cleans.length > 0 ? 'clean' : 'run') : 'adopted';
  const isSaid = kind.again !== undefined && before !== undefined && reason !== null;
  const why = [died, reason, isSaid ? null : seen.why].filter((part) => part !== null).join('; ');
  return {
    step: { name, action, why, cleans, calls, generation, ...(adopts && { adopts }) },
    output,
    changed: before !== undefined && !isSame(kind, before, output),
    ...(differs && { differs }),
  };
}

/**
 * What an attempt before the last one has made of a step or an item that the last one did not have may be of another one: it
 * is dead to this one.
 */
async function foreseeUnlessOther(
  planning: StepPlanning,
  spec: object | undefined,
  generation: number,
): Promise<StepForesight> {
  try {
    return await foresee(planning, spec, generation);
  } catch (error) {
    const { record, name, kind } = planning;
    const isBack = kind.renewable === true && !record.steps.some((step) => step.name === name);
    const marker = markerOf(effectOf(planning, generation).origin);
    const isOther = error instanceof PlatformError && error.marker === marker;
    if (!isBack || !isOther) throw error;
    return { why: error.message, calls: [], dead: error.message };
  }
}

async function foresee(
  planning: StepPlanning,
  spec: object | undefined,
  generation: number,
): Promise<StepForesight> {
  const { kind, input, foresight } = planning;
  const effects = effectsOf(kind);
  if (spec !== undefined && isHere(planning))
    return effects.foresee(foresight, effectOf(planning, generation), spec);
  const { why, endpoints = [], endpointsFor } = effects.unforeseen;
  const name = kind.on(input);
  const project = kind.projectOf(input);
  const isNamed = project !== undefined && isHere(planning);
  const sent = isNamed ? await endpointsFor?.(foresight, { name, project }) : undefined;
  return { why, calls: calling(sent ?? endpoints, name) };
}

function effectOf(planning: StepPlanning, generation: number) {
  const { record, request, name, kind } = planning;
  const { pipeline, runId, firstAttemptId } = record;
  const connection = kind.connection ?? record.connection;
  const origin =
    request.forkTo === undefined
      ? { runId, firstAttemptId, step: name, generation }
      : { runId: runIdOf(pipeline, request.forkTo), firstAttemptId: 'none yet', step: name, generation };
  const { references, generation: last = 1 } = stepOf(record, name);
  const adopted = sayAnother(planning) !== null ? [] : references.map(({ id }) => id);
  // A file is no proof of what it names, and neither a fork nor another generation has made anything yet.
  const isKnown = request.forkTo === undefined && request.exported === undefined && generation === last;
  const made = isKnown ? madeIn(references) : undefined;
  return { connection, origin, begunBefore: true, adopted, ...(made && { made }) };
}

/** Whether those who read an output get the same by another. */
function isSame({ sameBy = [] }: PipelineStep, before: Json | undefined, after: Json | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  const of = (output: Json): Json =>
    sameBy.length === 0 ? output : sameBy.map((key) => partOf(output, key) ?? null);
  return changesBetween(of(before), of(after)).length === 0;
}
