/** Parking: a step that a person can repair waits for a resolution, visibly, while the run stays open. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { Trigger, setHandler } from '@temporalio/workflow';
import { outputFault } from '../pipelines/outputs.js';
import type { Pipeline } from '../steps/define.js';
import { wholeOf } from '../steps/ends.js';
import type { Resolution } from '../pipeline/steps.js';
import { resolveUpdate } from './messages.js';

export interface Parking {
  /** Waits until the step is resolved; several wait at once. Cancelling the run ends the wait. */
  park(step: string): Promise<Resolution>;
  /** Nobody resolves anything any more: the run comes to its end. Every wait ends as if it had been cancelled. */
  giveUp(): void;
}

/**
 * Accepts resolutions from now on; one for a step that is not parked is refused before it reaches history. No person may
 * supply the output of the steps that are `kept`, each for its reason.
 */
export function createParking(definition: Pipeline, kept: ReadonlyMap<string, string>): Parking {
  const parked = new Map<string, Trigger<Resolution>>();

  setHandler(
    resolveUpdate,
    (resolution: Resolution) => {
      parked.get(resolution.step)?.resolve(resolution);
      parked.delete(resolution.step);
    },
    {
      validator: (proposed: Resolution) => {
        refuse(definition, [...parked.keys()], proposed);
        refuseSupplied(kept, proposed);
      },
      description: 'Ends the parking of a step.',
    },
  );

  return {
    park: async (step) => {
      const resolution = new Trigger<Resolution>(); // rejects when the run is cancelled
      parked.set(step, resolution);
      try {
        return await resolution;
      } finally {
        parked.delete(step); // nothing that is said while a cancelled run stops would count
      }
    },
    giveUp: () => {
      for (const resolution of parked.values())
        resolution.reject(new CancelledFailure('the run comes to its end'));
      parked.clear();
    },
  };
}

function refuse(definition: Pipeline, parked: readonly string[], proposed: Resolution): void {
  if (!parked.includes(proposed.step))
    throw ApplicationFailure.nonRetryable(
      `"${proposed.step}" cannot be resolved: ${sayParked(parked)}`,
      'STEP_NOT_PARKED',
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
