/**
 * Parking: a step that a person can repair waits for a resolution, visibly, while the run stays open. A step that pauses is
 * resolved in the same way, before its time.
 */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CancellationScope, Trigger, setHandler, sleep } from '@temporalio/workflow';
import { outputFault } from '../../pipelines/outputs.js';
import type { Pipeline } from '../../steps/define.js';
import { wholeOf } from '../../steps/ends.js';
import type { Resolution } from '../../run/steps.js';
import { resolveUpdate } from './messages.js';

/** Thrown into a step whose pause a person has ended. */
export class EndedPause extends Error {
  constructor(readonly resolution: Resolution) {
    super('a person has ended the pause');
  }
}

export interface Parking {
  /** Accepts resolutions from now on; one for a step that is not parked is refused before it reaches history. */
  listen(): void;
  /** Waits until the step is resolved; several wait at once. Cancelling the run ends the wait. */
  park(step: string): Promise<Resolution>;
  /** Waits for a time. Throws `EndedPause` where a person skips or aborts the step before. */
  pause(step: string, forMs: number): Promise<void>;
  /** Nobody resolves anything any more: the run comes to its end. Every wait ends as if it had been cancelled. */
  giveUp(): void;
}

/** Nothing is accepted yet. No person may supply the output of the steps that are `kept`, each for its reason. */
export function createParking(definition: Pipeline, kept: ReadonlyMap<string, string>): Parking {
  const parked = new Map<string, Trigger<Resolution>>();
  const paused = new Map<string, Trigger<Resolution>>();

  const listen = (): void =>
    setHandler(
      resolveUpdate,
      (resolution: Resolution) => {
        for (const waiting of [parked, paused]) {
          waiting.get(resolution.step)?.resolve(resolution);
          waiting.delete(resolution.step);
        }
      },
      {
        validator: (proposed: Resolution) => {
          refuse(definition, { parked: [...parked.keys()], paused: [...paused.keys()] }, proposed);
          refuseSupplied(kept, proposed);
        },
        description: 'Ends the parking of a step.',
      },
    );

  return {
    listen,
    park: async (step) => {
      const resolution = new Trigger<Resolution>(); // rejects when the run is cancelled
      parked.set(step, resolution);
      try {
        return await resolution;
      } finally {
        parked.delete(step); // nothing that is said while a cancelled run stops would count
      }
    },
    pause: async (step, forMs) => {
      const resolution = new Trigger<Resolution>();
      paused.set(step, resolution);
      const timer = new CancellationScope();
      try {
        const passed = timer.run(() => sleep(forMs, { summary: step })).then(() => null);
        const ended = await Promise.race([resolution, passed]);
        if (ended !== null) throw new EndedPause(ended);
      } finally {
        paused.delete(step);
        timer.cancel(); // it would be waited for by nobody
      }
    },
    giveUp: () => {
      for (const resolution of [...parked.values(), ...paused.values()])
        resolution.reject(new CancelledFailure('the run comes to its end'));
      parked.clear();
      paused.clear();
    },
  };
}

/** The steps that a person may resolve now. */
interface Resolvable {
  readonly parked: readonly string[];
  readonly paused: readonly string[];
}

function refuse(definition: Pipeline, { parked, paused }: Resolvable, proposed: Resolution): void {
  if (![...parked, ...paused].includes(proposed.step))
    throw ApplicationFailure.nonRetryable(
      `"${proposed.step}" cannot be resolved: ${sayParked(parked)}`,
      'STEP_NOT_PARKED',
    );
  if (proposed.action === 'retry' && paused.includes(proposed.step))
    throw ApplicationFailure.nonRetryable(
      `"${proposed.step}" pauses, and nothing of it has failed: skip it to go on now, or abort`,
      'RESOLUTION_INVALID',
    );
  if (proposed.actor.trim() === '' || proposed.reason.trim() === '')
    throw ApplicationFailure.nonRetryable('a resolution needs an actor and a reason', 'RESOLUTION_INVALID');
  const fault = proposed.action === 'skip' ? outputFault(definition, proposed.step, proposed.output) : null;
  if (fault !== null) throw ApplicationFailure.nonRetryable(fault, 'RESOLUTION_INVALID');
}

function sayParked([first, ...others]: readonly string[]): string {
  if (first === undefined) return 'no step is parked';
  const names = [first, ...others].map((name) => `"${name}"`).join(', ');
  return others.length === 0 ? `the parked step is ${names}` : `the parked steps are ${names}`;
}

function refuseSupplied(kept: ReadonlyMap<string, string>, { step, action }: Resolution): void {
  const why = action === 'skip' ? kept.get(wholeOf(step)) : undefined;
  if (why !== undefined) throw ApplicationFailure.nonRetryable(why, 'RESOLUTION_INVALID');
}
