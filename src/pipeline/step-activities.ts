/**
 * Which activities belong to which step: by this, a history tells its steps and their outputs without its workflow.
 *
 * A step that is added to a pipeline and not to this table does not compile.
 */
import type { Effects } from './effects.js';
import type { PipelineName } from './inputs.js';
import type { Json, Resolution } from './steps.js';

type EffectName = keyof Effects;

interface StepActivities {
  /** What its work may consist of; it begins with one of them. None: the workflow computes it. */
  readonly work: readonly EffectName[];
  /** When one of these completes, the step has ended: what follows is of a later one. */
  readonly ends: readonly EffectName[];
  /** Those whose result is its output; none where the workflow computes it. */
  readonly output: readonly EffectName[];
  /** By key of the output: activities whose results are parts of it. */
  readonly parts?: Readonly<Record<string, EffectName>>;
  /** Where it called nothing: its output, if the result of this activity of an earlier step says it. */
  readonly told?: { readonly by: EffectName; readonly as: (result: Json) => Json | undefined };
  /** What undoes its effects, and with them its output. */
  readonly undo: readonly EffectName[];
  /** Whether it calls its activities for this input; left out, always. */
  readonly callsFor?: (input: GatedInput) => boolean;
}

/** What an input says of the steps that share an activity. */
interface GatedInput {
  readonly gate?: { readonly baseline?: unknown } | null | undefined;
  readonly compare?: unknown;
}

const one = (name: EffectName): Pick<StepActivities, 'work' | 'ends' | 'output'> => ({
  work: [name],
  ends: [name],
  output: [name],
});
const shown = { work: ['getLiveModel'], ends: ['getLiveModel'], output: [], undo: [] } as const;
const environments = ['getEnvironment', 'ensureEnvironment'] as const;

type TrainingStep = 'environment' | 'revision' | 'build' | 'train' | 'gate' | 'register' | 'deploy';

const trainAndDeploy: Readonly<Record<TrainingStep, StepActivities>> = {
  environment: { work: environments, ends: environments, output: environments, undo: ['archiveEnvironment'] },
  revision: { ...one('ensureRevision'), undo: ['cancelBuild', 'archiveEnvironment'] },
  build: {
    ...one('awaitBuild'),
    work: ['ensureBuilding', 'awaitBuild'],
    told: { by: 'ensureRevision', as: builtAlready },
    undo: ['cancelBuild', 'archiveEnvironment'],
  },
  train: {
    work: ['ensureJob', 'awaitHold', 'awaitJob'],
    ends: ['awaitJob'],
    output: ['awaitJob'],
    undo: ['stopJobs'],
  },
  gate: { ...shown, callsFor: ({ gate }) => gate?.baseline === 'live' },
  register: { ...one('ensureModelVersion'), undo: [] },
  deploy: {
    work: ['ensureModelApiVersion', 'awaitHold', 'awaitModelApiVersion'],
    ends: ['awaitModelApiVersion'],
    output: ['awaitModelApiVersion'],
    undo: ['stopModelApiVersion'],
  },
};

const retrain: Readonly<Record<TrainingStep | 'decide' | 'compare' | 'approve' | 'watch', StepActivities>> = {
  decide: { work: ['decideRetraining', 'awaitHold'], ends: [], output: ['decideRetraining'], undo: [] },
  environment: trainAndDeploy.environment,
  revision: trainAndDeploy.revision,
  build: trainAndDeploy.build,
  train: trainAndDeploy.train,
  gate: trainAndDeploy.gate,
  compare: { ...shown, callsFor: ({ compare }) => compare !== undefined && compare !== null },
  register: trainAndDeploy.register,
  approve: shown,
  deploy: {
    work: ['getServingVersion', ...trainAndDeploy.deploy.work],
    ends: trainAndDeploy.deploy.ends,
    output: trainAndDeploy.deploy.output,
    parts: { previous: 'getServingVersion' },
    undo: ['takeBackModelApiVersion'],
  },
  watch: {
    work: ['watchModelApiVersion', 'awaitModelApiVersion'],
    ends: ['watchModelApiVersion'],
    output: ['watchModelApiVersion'],
    undo: ['takeBackModelApiVersion'],
  },
};

/** What the build step makes of a revision that was found built. */
function builtAlready(revision: Json): Json | undefined {
  const { revisionId = null, builtImage } = objectOf(revision);
  return builtImage === undefined ? undefined : { revisionId, image: builtImage };
}

/** By pipeline, its steps in order. */
const stepActivities: Readonly<Record<PipelineName, Readonly<Record<string, StepActivities>>>> = {
  'train-and-deploy': trainAndDeploy,
  retrain,
};

/** What a history says of the work of a run, in the order in which it was begun. */
export type Recorded =
  | {
      readonly type: 'activity';
      /** The event by which it was scheduled. */
      readonly eventId: number;
      readonly name: string;
      /** What it returned; left out when it has not, or has failed. */
      readonly result?: Json;
    }
  | { readonly type: 'resolution'; readonly eventId: number; readonly resolution: Resolution };

export interface RecordedRun {
  readonly pipeline: PipelineName;
  readonly input: GatedInput;
  /** Outputs of an earlier attempt: those steps called nothing. */
  readonly carried: Readonly<Record<string, Json>>;
  readonly recorded: readonly Recorded[];
}

/** An activity and the step that it belongs to. */
export interface Placed {
  readonly step: string;
  readonly eventId: number;
  readonly name: string;
  readonly result?: Json;
  /** Whether it undoes what the step had done. */
  readonly isUndo: boolean;
}

/**
 * The activities of a run with their steps. Several steps may call the same activity; steps follow one another, so
 * the one meant is the first that has not ended.
 */
export function placedActivities({ pipeline, input, carried, recorded }: RecordedRun): Placed[] {
  const steps = Object.entries(stepActivities[pipeline]).filter(
    ([step, { callsFor }]) => !(step in carried) && (callsFor?.(input) ?? true),
  );
  const placed: Placed[] = [];
  let at = 0;
  for (const entry of recorded) {
    if (entry.type === 'resolution') {
      const index = steps.findIndex(([step]) => step === entry.resolution.step);
      if (index >= 0) at = entry.resolution.action === 'skip' ? index + 1 : index;
      continue;
    }
    const { eventId, name, result } = entry;
    const own = (index: number): boolean => steps[index]?.[1].work.some((work) => work === name) ?? false;
    const isUndo = !steps.some((_, index) => own(index));
    const index = isUndo
      ? steps.findLastIndex(([, { undo }]) => undo.some((undone) => undone === name))
      : steps.findIndex((_, candidate) => candidate >= at && own(candidate));
    const found = index >= 0 ? index : steps.findLastIndex((_, candidate) => own(candidate));
    const [step, { ends }] = steps[found] ?? ['', { ends: [] }];
    if (step === '') continue; // not an activity of a step
    placed.push({ step, eventId, name, isUndo, ...(result !== undefined && { result }) });
    if (!isUndo) at = result !== undefined && ends.some((end) => end === name) ? found + 1 : found;
  }
  return placed;
}

/**
 * The outputs of the steps that a history shows to have ended, and to stand: none of a step whose effects were undone.
 * Steps whose output the workflow computes are left out; running them again calls nothing that changes anything.
 */
export function recordedOutputs(run: RecordedRun): Record<string, Json> {
  const placed = placedActivities(run);
  const outputs: Record<string, Json> = { ...run.carried };
  for (const [step, activities] of Object.entries(stepActivities[run.pipeline])) {
    if (isUndone(step, activities, placed)) continue;
    const output = outputOf(step, activities, placed);
    if (output !== undefined) outputs[step] = output;
    for (const entry of run.recorded)
      if (entry.type === 'resolution' && entry.resolution.step === step && entry.resolution.action === 'skip')
        outputs[step] = entry.resolution.output;
  }
  return outputs;
}

/** What was undone before the step was done again stands no more in its way. */
function isUndone(step: string, { undo }: StepActivities, placed: readonly Placed[]): boolean {
  const doneAt = placed.findLast((activity) => activity.step === step && !activity.isUndo)?.eventId ?? 0;
  return placed.some(
    ({ name, isUndo, eventId }) => isUndo && eventId > doneAt && undo.some((undone) => undone === name),
  );
}

function outputOf(
  step: string,
  { output, ends, parts = {}, told }: StepActivities,
  placed: readonly Placed[],
): Json | undefined {
  const own = placed.filter((activity) => activity.step === step && !activity.isUndo);
  if (told !== undefined && own.length === 0) {
    const said = placed.findLast(({ name, result }) => name === told.by && result !== undefined)?.result;
    return said === undefined ? undefined : told.as(said);
  }
  const resultOf = (names: readonly EffectName[]) =>
    own.findLast(({ name, result }) => result !== undefined && names.some((one) => one === name))?.result;
  const last = own.at(-1);
  // A step that nothing of its own ends has ended when a later one has begun.
  const hasEnded =
    ends.length > 0
      ? last?.result !== undefined && ends.some((end) => end === last.name)
      : last !== undefined && placed.some(({ eventId, isUndo }) => eventId > last.eventId && !isUndo);
  const result = resultOf(output);
  if (!hasEnded || result === undefined) return undefined;
  const found = Object.entries(parts).map(([key, name]) => [key, resultOf([name]) ?? null] as const);
  return found.length === 0 ? result : { ...objectOf(result), ...Object.fromEntries(found) };
}

const objectOf = (value: Json): Readonly<Record<string, Json>> =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Readonly<Record<string, Json>>) // JSON that is neither null, plain nor a list
    : {};
