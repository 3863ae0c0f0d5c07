/** The plan of a replay: what each step will do, found out by the very effects with their writes held back. */
import { createHash } from 'node:crypto';
import { checkInput, checkInputOf, checkPipeline } from '../../client/door.js';
import { asWritten } from '../../run/documents/documents.js';
import { changesBetween, edited } from '../../run/inputs/edits.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { runIdOf } from '../../run/ids.js';
import { pipelineOfRun } from '../../pipelines/definition.js';
import { checkRequest } from '../../pipelines/replay-request.js';
import type {
  AttemptRecord,
  Difference,
  Planned,
  PlannedStep,
  ReplayPlan,
  ReplayRequest,
  StepPlanAsked,
} from '../../run/replays/replays.js';
import type { PlacedPreflight, Preflight } from '../../run/inputs/preflight.js';
import type { Json } from '../../run/steps.js';
import type { Pipeline, PipelineStep } from '../../steps/define.js';
import { planItems } from './items-plan.js';
import { accountForLeft } from './left-behind.js';
import { planElsewhere } from './plan-elsewhere.js';
import { type Planning, type StepPlanning, planStep } from './step-plan.js';

export type { Planning } from './step-plan.js';

/**
 * Plans a replay. Reads only.
 * @throws LonghaulError `REPLAY_INVALID`, `REPLAY_REFUSED`, `INPUT_INVALID`; codes of the platform where it cannot
 * be looked at
 */
export async function planReplay(planning: Planning): Promise<ReplayPlan> {
  const { record, request, buildId } = planning;
  const next = withDefinition(planning);
  const pipeline = pipelineOfRun(next);
  const input = inputOf(next, request);
  checkRequest(next, request, input);
  const isEdited = editedFields(request);
  // What is named on another connection is looked up by the first step that acts there.
  const isHere = ({ connection = record.connection }: PlacedPreflight): boolean =>
    connection === record.connection;
  const preflight = pipeline.preflights(input).find(isHere) ?? null;
  await refuseMissing(planning, preflight, isEdited);
  const planned = new Map<string, Planned>();
  for (const [name, kind] of Object.entries(pipeline.steps)) {
    const step = await planOne({ ...planning, pipeline, input, planned, name, kind });
    refuseEnding(name, kind, step);
    planned.set(name, step);
  }
  const { steps, warnings } = await accountForLeft(
    planning,
    pipeline,
    [...planned.values()].flatMap(({ step, items = [] }) => [step, ...items]),
  );
  const runsAgain = (field: string): boolean =>
    steps.some(({ name, action }) => ['run', 'clean'].includes(action) && field.startsWith(`${name}.`));
  await refuseMissing(planning, preflight, (field) => runsAgain(field) && !isEdited(field));
  const isIdle = steps.every(({ action }) => ['reused', 'skipped', 'supplied'].includes(action));
  if (isIdle && record.status === 'succeeded')
    throw new LonghaulError('REPLAY_REFUSED', `nothing of ${record.runId} is left to run`);
  const differences = [
    ...changesBetween(record.firstInput ?? record.input, input).map(sayChange),
    ...definitionDifference(planning),
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
    ...(pipeline.last && { finally: Object.keys(pipeline.last.steps) }),
    differences,
    warnings: [
      ...warnings,
      ...warningsOf(planning, pipeline, steps),
      ...[...planned.values()].flatMap(({ warning = [] }) => warning),
    ],
  };
  return { hash: hashOf(plan), ...plan };
}

/** A step, with its items. What is on another connection, a worker there looks at. */
async function planOne(planning: StepPlanning): Promise<Planned> {
  const { kind, record, here = record.connection } = planning;
  const plan = kind.each === undefined ? planStep : planItems;
  const connection = kind.connection ?? record.connection;
  return connection === here ? plan(planning) : planElsewhere(planning, connection, plan);
}

/** One step of a replay, for whoever plans the rest of it elsewhere. */
export function planStepHere(planning: Planning, { step: name, before }: StepPlanAsked): Promise<Planned> {
  const next = withDefinition(planning);
  const pipeline = pipelineOfRun(next);
  const kind = pipeline.steps[name];
  if (kind === undefined) throw new TypeError(`${next.pipeline} has no step "${name}"`);
  const planned = new Map(Object.entries(before));
  return planOne({ ...planning, pipeline, input: inputOf(next, planning.request), planned, name, kind });
}

/** The attempt as it goes on: by another document, where that is asked for. */
const withDefinition = ({ record, request: { document } }: Planning): AttemptRecord =>
  document === undefined ? record : { ...record, document };

function definitionDifference({ record, request: { document } }: Planning): Difference[] {
  if (document === undefined) return [];
  const before = record.document && asWritten(record.document);
  return changesBetween(before, asWritten(document)).map(({ path, before, after }) => ({
    what: 'definition',
    detail: `${path}: ${say(before)} is now ${say(after)}`.slice(0, 500),
  }));
}

/** The input with its edits, checked as at the door; without edits, and by the same document, as it was. */
function inputOf({ pipeline, document, input }: AttemptRecord, request: ReplayRequest): Json {
  const { set = {} } = request;
  const after = edited(input, set);
  const checked =
    document === undefined ? checkInput(checkPipeline(pipeline), after) : checkInputOf(document, after);
  const isAsItWas = Object.keys(set).length === 0 && request.document === undefined;
  return isAsItWas ? input : (JSON.parse(JSON.stringify(checked)) as Json);
}

/** Whether a field of the input is edited. */
const editedFields = ({ set = {} }: ReplayRequest): ((field: string) => boolean) => {
  const edits = Object.keys(set);
  return (field) => edits.some((edit) => field === edit || field.startsWith(`${edit}.`));
};

/** What fields name is looked up as it is at the start of a run: the new attempt itself looks up nothing. */
async function refuseMissing(
  { foresight: { readings }, tried }: Planning,
  given: Preflight | null,
  isMeant: (field: string) => boolean,
): Promise<void> {
  const named = given?.named.filter(({ field }) => isMeant(field)) ?? [];
  if (given === null || named.length === 0) return;
  await readings?.check({ project: given.project, named }, tried);
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

function warningsOf({ record }: Planning, pipeline: Pipeline, steps: readonly PlannedStep[]): string[] {
  const runsAgain = (name: string): boolean =>
    steps.some((step) => step.name === name && (step.action === 'run' || step.action === 'clean'));
  const says = (name: string, message: string): string[] => (runsAgain(name) ? [message] : []);
  return [
    ...(record.notice === undefined ? [] : [record.notice]),
    ...Object.entries(pipeline.steps).flatMap(([name, { goesOnIf, judgesAhead, needs }]) => {
      const isJudgedNow = judgesAhead === true && !needs.some(runsAgain);
      if (goesOnIf === undefined || isJudgedNow) return [];
      return says(name, `what follows "${name}" happens only if ${goesOnIf}`);
    }),
  ];
}

/** Of what will be done, and not of how far it has come meanwhile: a job that is adopted may end before that. */
function hashOf({ steps, warnings: _, request, ...plan }: Omit<ReplayPlan, 'hash'>): string {
  const deeds = steps.map(({ why: _why, minutes: _minutes, at: _at, adopts, ...deed }) => ({
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
