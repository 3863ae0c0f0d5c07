/** The plan of a replay: what each step will do, found out by the very effects with their writes held back. */
import { createHash } from 'node:crypto';
import { checkInput } from '../client/door.js';
import { changesBetween, edited } from '../pipeline/edits.js';
import { madeIn } from '../pipeline/effect.js';
import { LonghaulError } from '../pipeline/errors.js';
import { runIdOf } from '../pipeline/ids.js';
import { type PreflightInput, preflightOf } from '../pipeline/preflight.js';
import { asksForApproval } from '../pipelines/authority.js';
import { pipelines } from '../pipelines/built-in.js';
import { askedSteps, laterSteps } from '../pipelines/order.js';
import { checkRequest, outputOf, partOf, specBefore, stepOf, stepsOf } from '../pipelines/replay-request.js';
import type {
  AttemptRecord,
  Difference,
  PlannedCall,
  PlannedStep,
  ReplayPlan,
  ReplayRequest,
} from '../pipeline/replays.js';
import type { Json } from '../pipeline/steps.js';
import { besideOutput, kindOf } from '../pipeline/undoing.js';
import type { Outputs, PipelineStep } from '../steps/define.js';
import type { Foresight } from './foresight.js';
import { cleaningOf, leftRunning } from './left-running.js';
import { createPreflights } from './preflight.js';
import { createProjectIds } from './projects.js';
import { effectsOf } from './rooms.js';
import { type Confirmed, type StepForesight, calling } from './step-effects.js';

export interface Planning {
  readonly record: AttemptRecord;
  readonly request: ReplayRequest;
  readonly foresight: Foresight;
  /** The build whose workflow code will run it. */
  readonly buildId: string | undefined;
  /** How often it has been tried, this time included. */
  readonly tried: number;
}

/** A step that is planned, and what is known of it for those that come after. */
interface Planned {
  readonly step: PlannedStep;
  /** `undefined`: it will be known when the step has run. */
  readonly output: Json | undefined;
  /** Whether those who read its output must run again. */
  readonly changed: boolean;
  /** Whether what it had made cannot be used any more. */
  readonly lost?: boolean;
  /** What of that which it would be made from is not as it was. */
  readonly differs?: readonly string[];
  readonly warning?: string;
}

/**
 * Plans a replay. Reads only.
 * @throws LonghaulError `REPLAY_INVALID`, `REPLAY_REFUSED`, `INPUT_INVALID`; codes of the platform where it cannot
 * be looked at
 */
export async function planReplay(planning: Planning): Promise<ReplayPlan> {
  const { record, request, buildId } = planning;
  const input = inputOf(record, request);
  checkRequest(record, request, input);
  const isEdited = editedFields(request);
  await refuseMissing(planning, input, isEdited);
  const planned = new Map<string, Planned>();
  for (const [name, kind] of stepsOf(record)) {
    const step = await planStep({ ...planning, input, planned, name, kind });
    refuseEnding(name, kind, step);
    planned.set(name, step);
  }
  const steps = [...planned.values()].map(({ step }) => step);
  const runsAgain = (field: string): boolean =>
    steps.some(({ name, action }) => ['run', 'clean'].includes(action) && field.startsWith(`${name}.`));
  await refuseMissing(planning, input, (field) => runsAgain(field) && !isEdited(field));
  const isIdle = steps.every(({ action }) => ['reused', 'skipped', 'supplied'].includes(action));
  if (isIdle && record.status === 'succeeded')
    throw new LonghaulError('REPLAY_REFUSED', `nothing of ${record.runId} is left to run`);
  const differences = [
    ...changesBetween(record.firstInput ?? record.input, input).map(sayChange),
    ...codeDifference(record, buildId),
    ...worldDifferences(record, planned),
  ];
  const plan = {
    request,
    runId: request.forkTo === undefined ? record.runId : runIdOf(record.pipeline, request.forkTo),
    of: { runId: record.runId, attemptId: record.attemptId, status: record.status },
    pipeline: record.pipeline,
    connection: record.connection,
    input,
    steps,
    differences,
    warnings: [
      ...warningsOf(planning, steps),
      ...[...planned.values()].flatMap(({ warning = [] }) => warning),
    ],
  };
  return { hash: hashOf(plan), ...plan };
}

/** The input with its edits, checked as at the door; without edits, as it was. */
function inputOf({ pipeline, input }: AttemptRecord, { set = {} }: ReplayRequest): Json {
  const after = edited(input, set);
  const checked = checkInput(pipeline, after);
  return Object.keys(set).length === 0 ? input : (JSON.parse(JSON.stringify(checked)) as Json);
}

/** Whether a field of the input is edited. */
const editedFields = ({ set = {} }: ReplayRequest): ((field: string) => boolean) => {
  const edits = Object.keys(set);
  return (field) => edits.some((edit) => field === edit || field.startsWith(`${edit}.`));
};

/** What fields name is looked up as it is at the start of a run: the new attempt itself looks up nothing. */
async function refuseMissing(
  { foresight: { deps }, tried }: Planning,
  input: Json,
  isMeant: (field: string) => boolean,
): Promise<void> {
  const { project, named } = preflightOf(input as unknown as PreflightInput); // the door has checked it
  const preflight = { project, named: named.filter(({ field }) => isMeant(field)) };
  if (preflight.named.length === 0) return;
  await createPreflights(deps, createProjectIds(deps.domino)).check({ preflight }, { tries: tried });
}

interface StepPlanning extends Planning {
  readonly input: Json;
  readonly planned: ReadonlyMap<string, Planned>;
  readonly name: string;
  readonly kind: PipelineStep;
}

/** What the step is made from; `undefined` where the steps in front must run before that is known. */
function specOf({ kind, input, planned }: StepPlanning): object | null | undefined {
  const outputs: Outputs = Object.fromEntries([...planned].map(([name, { output }]) => [name, output]));
  const isKnown = [...kind.needs, ...kind.reads].every((name) => outputs[name] !== undefined);
  if (!kind.isAsked(input)) return null;
  return isKnown ? kind.specOf(input, outputs) : undefined;
}

async function planStep(planning: StepPlanning): Promise<Planned> {
  const { record, request, name, kind } = planning;
  const before = outputOf(record, name);
  const supplied = request.skip?.[name];
  const quiet = { name, cleans: [], calls: [], generation: stepOf(record, name).generation ?? 1 };
  if (supplied !== undefined) {
    const cleans = await leftBeside(planning, supplied);
    const step = { ...quiet, action: 'supplied', why: 'supplied by the operator', output: supplied } as const;
    return { step: { ...step, cleans }, output: supplied, changed: !isSame(kind, before, supplied) };
  }
  const spec = specOf(planning);
  if (spec === null) {
    const cleans = await leftBeside(planning, null);
    const step = { ...quiet, action: 'skipped', why: 'not in the input', cleans } as const;
    return { step, output: null, changed: before !== undefined && before !== null };
  }
  const reason = asksAgain(planning, { before, spec, reason: reasonToRun(planning, before) });
  if (reason !== null || before === undefined) return runAgain(planning, { before, reason, spec });
  const isUsable =
    before === null ||
    spec === undefined ||
    (effectsOf(kind).stands?.(planning.foresight, before, spec) ?? true);
  if (!(await isUsable)) return { ...(await runAgain(planning, { before, reason, spec })), lost: true };
  const since = await outdated(planning, before, spec);
  if (since !== null) return runAgain(planning, { before, reason: since, spec });
  const why = before === null ? 'was passed over' : 'has finished';
  const { output, ...more } = await confirmed(planning, before);
  return { step: { ...quiet, action: 'reused', why, output }, output, changed: false, ...more };
}

/** Why what a step has come to does not count any more, for the world has moved on; a person's word counts on. */
async function outdated(
  planning: StepPlanning,
  before: Json,
  spec: object | undefined,
): Promise<string | null> {
  const { record, name, kind, foresight } = planning;
  const isSupplied = stepOf(record, name).state.status === 'skipped';
  if (before === null || spec === undefined || isSupplied) return null;
  return (await effectsOf(kind).outdated?.(foresight, { record, output: before, spec })) ?? null;
}

/** What a step has running that is given up, but for what its output names now; a file is nothing to stop anything by. */
async function leftBeside(planning: StepPlanning, output: Json): Promise<readonly PlannedCall[]> {
  const { record, request, name, foresight } = planning;
  const call = wasBegun(planning) && request.exported === undefined ? cleaningOf(record, name) : null;
  if (call === null) return [];
  const id = stepOf(record, name).references.findLast(({ kind }) => kind === kindOf(call))?.id;
  const known = id === undefined ? call : { ...call, made: { id } };
  return besideOutput(known, output) === known ? leftRunning(foresight, record, name) : [];
}

/** Whether the run has begun a step, in this attempt or in one of which its output is. */
const wasBegun = ({ record, request, name }: StepPlanning): boolean =>
  (stepOf(record, name).tries > 0 || outputOf(record, name) !== undefined) && request.forkTo === undefined;

/** What a step has come to; where only a file says so, as far as the platform confirms it. */
async function confirmed(planning: StepPlanning, output: Json): Promise<Confirmed<Json>> {
  const { name, kind, record, request, foresight } = planning;
  if (request.exported === undefined || output === null) return { output };
  const effect = effectOf(planning, stepOf(record, name).generation ?? 1);
  const isShown = asksForApproval(pipelines[record.pipeline], record.input);
  const claim = { record, name, output, effect, isShown };
  return (await effectsOf(kind).confirm?.(foresight, claim)) ?? { output };
}

/** Why a step that has finished runs again all the same. */
function reasonToRun(planning: StepPlanning, before: Json | undefined): string | null {
  const { record, request, input, name, kind, planned } = planning;
  if (request.fresh?.includes(name) === true) return 'asked for afresh';
  const [edit] = editsOf(planning);
  if (edit !== undefined) return `${edit} is edited`;
  const touched = kind.needs.find((need) => planned.get(need)?.changed === true);
  if (touched !== undefined) return `"${touched}" gives another output`;
  const { from } = request;
  if (from === undefined || before === undefined) return null;
  const graph = askedSteps(Object.fromEntries(stepsOf(record)), input);
  return name === from || laterSteps(graph, from).has(name) ? `asked for from ${from} on` : null;
}

/** What of that which it is made from is another by the edits of the input alone. */
function editsOf({ kind, record, input, name }: StepPlanning): string[] {
  const [was, is] = [specBefore(record, kind), specBefore(record, kind, input)];
  if (was === null || is === null) return was === is ? [] : [name];
  const made = (spec: object): unknown => JSON.parse(JSON.stringify(kind.madeFrom(spec)));
  return changesBetween(made(was), made(is)).map(({ path }) => `${name}.${path}`);
}

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
  const { record, request, foresight, planned, name, kind } = planning;
  const { generation: last = 1 } = stepOf(record, name);
  const renews = kind.renewable === true && wasBegun(planning) && reason !== null;
  const cleans = renews ? await leftRunning(foresight, record, name) : [];
  // In another environment there is no revision of this run yet.
  const isElsewhere = kind.isWithin === true && kind.needs.some((need) => planned.get(need)?.changed);
  const isFirst = request.forkTo !== undefined || isElsewhere;
  let generation = isFirst ? 1 : renews ? last + 1 : last;
  let seen = await foresee(planning, spec, generation);
  let died: string | null = null;
  while (seen.dead !== undefined) {
    died ??= seen.dead;
    generation += 1;
    seen = await foresee(planning, spec, generation);
  }
  const { calls, adopts, output } = seen;
  const differs = spec && (await effectsOf(kind).differences?.(foresight, spec));
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

async function foresee(
  planning: StepPlanning,
  spec: object | undefined,
  generation: number,
): Promise<StepForesight> {
  const { kind, input, foresight } = planning;
  const effects = effectsOf(kind);
  if (spec !== undefined) return effects.foresee(foresight, effectOf(planning, generation), spec);
  const { why, endpoints = [] } = effects.unforeseen;
  return { why, calls: calling(endpoints, kind.on(input)) };
}

function effectOf({ record, request, name }: StepPlanning, generation: number) {
  const { connection, pipeline, runId, firstAttemptId } = record;
  const origin =
    request.forkTo === undefined
      ? { runId, firstAttemptId, step: name, generation }
      : { runId: runIdOf(pipeline, request.forkTo), firstAttemptId: 'none yet', step: name, generation };
  const { references, generation: last = 1 } = stepOf(record, name);
  const adopted = references.map(({ id }) => id);
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

const sayChange = ({ path, before, after }: ReturnType<typeof changesBetween>[number]): Difference => ({
  what: 'input',
  detail: `${path}: ${say(before)} is now ${say(after)}`,
});

const say = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

function codeDifference({ buildId }: AttemptRecord, now: string | undefined): Difference[] {
  if (buildId === undefined || now === undefined || buildId === now) return [];
  return [{ what: 'code', detail: `build ${buildId} ran it, build ${now} will go on` }];
}

/** What is not there any more, and what else of the world is not as it was. */
const worldDifferences = ({ runId }: AttemptRecord, planned: ReadonlyMap<string, Planned>): Difference[] =>
  [...planned].flatMap(([name, { lost, differs = [] }]) => {
    const gone = `what "${name}" had made for ${runId} is gone, or did not come to an end`;
    return [...(lost === true ? [gone] : []), ...differs].map((detail) => ({ what: 'environment', detail }));
  });

function warningsOf({ record }: Planning, steps: readonly PlannedStep[]): string[] {
  const runsAgain = (name: string): boolean =>
    steps.some((step) => step.name === name && (step.action === 'run' || step.action === 'clean'));
  const says = (name: string, message: string): string[] => (runsAgain(name) ? [message] : []);
  return [
    ...(record.notice === undefined ? [] : [record.notice]),
    ...stepsOf(record).flatMap(([name, { goesOnIf, judgesAhead, needs }]) => {
      const isJudgedNow = judgesAhead === true && !needs.some(runsAgain);
      if (goesOnIf === undefined || isJudgedNow) return [];
      return says(name, `what follows "${name}" happens only if ${goesOnIf}`);
    }),
  ];
}

/** Of what will be done, and not of how far it has come meanwhile: a job that is adopted may end before that. */
function hashOf({ steps, warnings: _, request, ...plan }: Omit<ReplayPlan, 'hash'>): string {
  const deeds = steps.map(({ why: _why, minutes: _minutes, adopts, ...deed }) => ({
    ...deed,
    ...(adopts && { adopts: adopts.id }),
  }));
  const { exported: _exported, ...asked } = request;
  return createHash('sha256')
    .update(JSON.stringify([asked, plan, deeds]))
    .digest('hex')
    .slice(0, 16);
}

/** What is reused may have ended the run before: then nothing that comes after it would run. */
function refuseEnding(name: string, kind: PipelineStep, { step, output }: Planned): void {
  if (output === undefined || output === null || step.action === 'skipped') return;
  const ending = kind.ends(output);
  if (ending === null) return;
  throw new LonghaulError(
    'REPLAY_INVALID',
    `"${name}" comes to "${ending.outcome}", with which the run ends, and nothing after it would run (${ending.conclusion}): begin at "${name}" or before with --from, or supply its output with --skip ${name}=output.json`,
  );
}
