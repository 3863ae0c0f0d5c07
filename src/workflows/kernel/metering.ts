/** What workflows report to the metrics of their worker: sinks, which add nothing to history and are silent in a replay. */
import { type Sinks, proxySinks } from '@temporalio/workflow';
import type { RunMeters } from '../../run/run-meters.js';
import type { Run, Step } from '../../run/steps.js';
import { wholeOf } from '../../steps/ends.js';

/** The sinks, by their one name. */
export interface RunSinks extends Sinks {
  readonly meters: RunMeters & Sinks[string];
}

const { meters } = proxySinks<RunSinks>();

/** A tick of a schedule, or what it has decided. */
export const meterTick = (pipeline: string, decision: string): void => meters.ticked({ pipeline, decision });

/** Reports a run that has ended; any other it does not. */
export function meterRun({ pipeline, status, failure, startedAt, endedAt }: Run): void {
  if (endedAt === undefined) return;
  meters.runEnded({ pipeline, status, code: failure?.code, lastedMs: between(startedAt, endedAt) });
}

/** Reports a step that has ended or parked since `before`. Of one that is done for each item, its items are reported. */
export function meterStep(pipeline: string, { name, state, items }: Step, before: readonly Step[]): void {
  if (items !== undefined || before.find((step) => step.name === name)?.state === state) return;
  const step = wholeOf(name);
  switch (state.status) {
    case 'succeeded':
    case 'failed':
    case 'cancelled': {
      const { status, startedAt, endedAt } = state;
      meters.stepEnded({ pipeline, step, status, lastedMs: between(startedAt, endedAt) });
      return;
    }
    case 'parked':
      meters.stepParked({ pipeline, step, code: state.failure.code });
      return;
    case 'pending':
    case 'running':
    case 'waiting':
    case 'reused':
    case 'skipped':
  }
}

const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));
