/** What an attempt has running of steps with which the next one does not go on: the plan names it, and the replay stops it. */
import {
  allStepsOf,
  isLastOf,
  isSameKind,
  outputOf,
  specWhenBegun,
  stepOf,
} from '../../pipelines/replay-request.js';
import type { AttemptRecord, PlannedStep } from '../../run/replays/replays.js';
import type { Pipeline, PipelineStep } from '../../steps/define.js';
import { stepNamed } from '../../steps/named.js';
import { leftRunning } from './left-running.js';
import type { Planning } from './step-plan.js';

/** The plan with it, and what cannot be told. */
export interface Accounted {
  readonly steps: readonly PlannedStep[];
  readonly warnings: readonly string[];
}

/**
 * Accounts for every step that the attempt has begun and not finished, and that its document has lost, holds under another
 * kind or connection, or does anew at its end. A fork leaves it alone, and a file is nothing to stop anything by.
 */
export async function accountForLeft(
  planning: Planning,
  pipeline: Pipeline,
  planned: readonly PlannedStep[],
): Promise<Accounted> {
  const { record, request } = planning;
  if (request.forkTo !== undefined || request.exported !== undefined) return { steps: planned, warnings: [] };
  const steps = new Map(planned.map((step) => [step.name, step]));
  const warnings: string[] = [];
  for (const [name, was] of allStepsOf(record)) {
    const known = steps.get(name);
    const goesOn = known !== undefined && goesOnAs(record, name, was, stepNamed(pipeline.steps, name));
    if (goesOn || !isUnfinished(record, name)) continue;
    const cleans = await leftRunning(planning, name);
    if (cleans.length > 0) steps.set(name, withStop({ record, name, known }, cleans));
    else warnings.push(...unknownIn(record, name, was));
  }
  return { steps: [...steps.values()], warnings };
}

/** Whether the next attempt goes on with what a step has begun, and so accounts for it. */
function goesOnAs(record: AttemptRecord, name: string, was: PipelineStep, is: PipelineStep | null): boolean {
  if (is === null || isLastOf(record, name)) return false;
  return isSameKind(record, was, is);
}

function isUnfinished(record: AttemptRecord, name: string): boolean {
  const { tries, state } = stepOf(record, name);
  return tries > 0 && state.status !== 'skipped' && outputOf(record, name) === undefined;
}

interface Leaving {
  readonly record: AttemptRecord;
  readonly name: string;
  /** Of a step that has the name now. */
  readonly known: PlannedStep | undefined;
}

function withStop({ record, name, known }: Leaving, cleans: PlannedStep['cleans']): PlannedStep {
  const { generation = 1 } = stepOf(record, name);
  if (known === undefined) {
    const why = isLastOf(record, name)
      ? 'what it has running is stopped: it is done anew at the end'
      : 'what it has running is stopped: the document has no such step any more';
    return { name, action: 'dropped', why, cleans, calls: [], generation };
  }
  const stopped = known.cleans.length > 0 ? known.cleans : cleans;
  const action = known.action === 'run' ? 'clean' : known.action;
  return { ...known, action, cleans: stopped, generation: Math.max(known.generation, generation + 1) };
}

/** Where an expression has no value any more, nobody can tell where the step has acted. */
function unknownIn(record: AttemptRecord, name: string, was: PipelineStep): string[] {
  const { references } = stepOf(record, name);
  if (references.length === 0 || specWhenBegun(record, was) !== null) return [];
  const named = references.map(({ kind, id }) => `${kind} ${id}`).join(', ');
  return [`what "${name}" has left is not stopped, for nobody can tell where it has acted: look at ${named}`];
}
