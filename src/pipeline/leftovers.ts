/** What an attempt has left to undo, told by how its steps stood: for whoever asks when its workflow is gone. */
import {
  type Made,
  type ServingVersion,
  type UndoCall,
  type UndoTarget,
  type Undoing,
  madeIn,
} from './effect.js';
import type { AttemptRecord } from './replays.js';
import { outputOf, stepOf } from './replay-request.js';
import type { Step } from './steps.js';
import { keyOf } from './undoing.js';

/** The parts of an input that say where effects are. */
interface Input {
  readonly project: string;
  readonly deploy?: { readonly modelApi: string } | undefined;
  readonly cleanup?: boolean | undefined;
}

/** The parts of outputs that say what was made, whichever step's it is. */
interface Output {
  readonly environmentId?: string;
  readonly revisionId?: string | null;
  readonly projectId?: string;
  readonly jobId?: string;
  readonly modelApiId?: string;
  readonly versionId?: string;
  readonly model?: string;
  readonly version?: number;
  readonly experimentRunId?: string;
  readonly previous?: ServingVersion | null;
  readonly created?: boolean;
  readonly inDoubt?: true;
}

interface Attempt {
  readonly record: AttemptRecord;
  readonly input: Input;
  output(step: string): Output | null;
}

type Left = { readonly target: UndoTarget; readonly made?: Made | undefined } | null;

interface StepLeftovers {
  /** Whether it has begun and not come to an output: what it has running goes. */
  readonly unfinished?: (attempt: Attempt, step: Step) => Left;
  /** What its output says that it made, where another may have been made beside it. */
  readonly finished?: (attempt: Attempt, output: Output) => Left;
}

const deployTarget = ({ input, output, record }: Attempt): UndoTarget => {
  const place = { name: input.deploy?.modelApi ?? '', project: input.project };
  return record.pipeline === 'retrain'
    ? { undo: 'takeBackModelApiVersion', ...place, ...previousOf(output('deploy'), record) }
    : { undo: 'stopModelApiVersion', ...place, restoring: {} };
};

/** A deployment that was cut off has perhaps told nobody what served before it. */
function previousOf(deployed: Output | null, { replaced }: AttemptRecord) {
  const previous = deployed?.previous === undefined ? replaced : deployed.previous;
  return previous === undefined ? {} : { previous };
}

const versionIn = ({ modelApiId, versionId }: Output): Made | undefined =>
  versionId === undefined ? undefined : { id: versionId, parent: modelApiId };

/** By step of any pipeline. */
const leftovers: Readonly<Record<string, StepLeftovers>> = {
  environment: {
    unfinished: ({ input }) => ({
      target: { undo: input.cleanup === true ? 'archiveEnvironment' : 'cancelBuild' },
    }),
    finished: (_, { environmentId: id = '' }) => ({ target: { undo: 'archiveEnvironment' }, made: { id } }),
  },
  revision: {
    unfinished: ({ output }) => {
      const environmentId = output('environment')?.environmentId;
      return environmentId === undefined ? null : { target: { undo: 'cancelBuild', environmentId } };
    },
  },
  build: {
    unfinished: ({ output }) => {
      const { environmentId, revisionId, created } = output('revision') ?? output('environment') ?? {};
      if (created !== true || environmentId === undefined || revisionId == null) return null;
      return { target: { undo: 'cancelBuild', environmentId, revisionId } };
    },
  },
  train: {
    unfinished: ({ input: { project } }, { references }) => ({
      target: { undo: 'stopJobs', project },
      made: madeIn(references),
    }),
    finished: ({ input: { project } }, { jobId: id = '', projectId: parent }) => ({
      target: { undo: 'stopJobs', project },
      made: { id, parent },
    }),
  },
  register: {
    finished: ({ output }, { model = '', version }) => ({
      target: { undo: 'sweepModelVersions', model, experimentRunId: output('train')?.experimentRunId ?? '' },
      made: { id: String(version) },
    }),
  },
  deploy: {
    unfinished: (attempt, { references }) => ({
      target: deployTarget(attempt),
      made: madeIn(references),
    }),
    finished: (attempt, output) => ({ target: deployTarget(attempt), made: versionIn(output) }),
  },
  watch: {
    unfinished: (attempt) => ({
      target: deployTarget(attempt),
      made: versionIn(attempt.output('deploy') ?? {}),
    }),
  },
};

/** Whose effects the watch has to take back. */
const effectStep = (name: string): string => (name === 'watch' ? 'deploy' : name);

/**
 * What the attempt has running or half made, and what is in doubt beside what it has adopted. Of one that has
 * succeeded, only that. Its environment is none of it unless the input asks for `cleanup`.
 */
export function leftoversOf(record: AttemptRecord): UndoCall[] {
  const attempt = attemptOf(record);
  const sweeps = sweepsOf(record);
  const stops = record.status === 'succeeded' ? [] : record.steps.flatMap((step) => undoingOf(attempt, step));
  const swept = sweeps.map(keyOf);
  const stopped = stops.map(keyOf);
  return [
    ...sweeps.filter((call) => !stopped.includes(keyOf(call))),
    ...stops.map((call) => (swept.includes(keyOf(call)) ? { ...call, doubt: 'perhaps' as const } : call)),
  ];
}

/** Whether Temporal has ended it: it could undo nothing itself, nor look for what may still appear. */
export const isCutOff = ({ status }: Pick<AttemptRecord, 'status'>): boolean =>
  status === 'terminated' || status === 'timed-out';

/** What is in doubt beside what the attempt has adopted, also where that is undone: another attempt may go on with it. */
export function sweepsOf(record: AttemptRecord): UndoCall[] {
  const attempt = attemptOf(record);
  return record.steps.flatMap((step) => sweepOf(attempt, step));
}

const attemptOf = (record: AttemptRecord): Attempt => ({
  record,
  input: record.input as unknown as Input, // the door has checked it
  output: (step) => (outputOf(record, step) ?? null) as Output | null, // of those very steps
});

/** Of a finished step: what another request may have made. */
function sweepOf(attempt: Attempt, { name }: Step): UndoCall[] {
  const output = attempt.output(name);
  if (output?.inDoubt !== true) return [];
  const left = leftovers[name]?.finished?.(attempt, output) ?? null;
  return left === null ? [] : [{ ...undoing(attempt, name), ...left, keep: true, doubt: 'perhaps' }];
}

function undoingOf(attempt: Attempt, step: Step): UndoCall[] {
  const output = attempt.output(step.name);
  const isBegun = step.tries > 0 && step.state.status !== 'skipped';
  if (output !== null) {
    const left = step.name === 'environment' && output.created === true ? madeBy(attempt, output) : null;
    return left === null ? [] : [{ ...undoing(attempt, step.name), ...left }];
  }
  const left = isBegun ? (leftovers[step.name]?.unfinished?.(attempt, step) ?? null) : null;
  if (left === null) return [];
  const doubt = isCutOff(attempt.record) ? ('unanswered' as const) : ('perhaps' as const);
  return [{ ...undoing(attempt, step.name), ...left, ...(left.made === undefined && { doubt }) }];
}

/** What a created environment leaves: itself where the input says so, or its first build. */
function madeBy(attempt: Attempt, output: Output): Left {
  if (attempt.input.cleanup === true) return leftovers['environment']?.finished?.(attempt, output) ?? null;
  const { environmentId, revisionId } = output;
  if (environmentId === undefined || revisionId == null) return null;
  const target = { undo: 'cancelBuild', environmentId, revisionId, ifMarked: true } as const;
  return { target, made: { id: revisionId } };
}

function undoing({ record }: Attempt, name: string): Undoing {
  const { connection, runId, firstAttemptId } = record;
  const step = effectStep(name);
  const generation = stepOf(record, step).generation ?? 1;
  return { connection, origin: { runId, firstAttemptId, step, generation }, begunBefore: true };
}
