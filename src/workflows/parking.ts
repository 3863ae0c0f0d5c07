/** Parking: a step that a person can repair waits for a resolution, visibly, while the run stays open. */
import { ApplicationFailure } from '@temporalio/common';
import { Trigger, setHandler } from '@temporalio/workflow';
import { outputFault } from '../pipelines/outputs.js';
import type { Pipeline } from '../steps/define.js';
import type { Resolution } from '../pipeline/steps.js';
import { resolveUpdate } from './messages.js';

export interface Parking {
  /** Waits until the step is resolved. Cancelling the run ends the wait. */
  park(step: string): Promise<Resolution>;
}

/**
 * Accepts resolutions from now on; one for a step that is not parked is refused before it reaches history. No person may
 * supply the output of the steps that are `kept`, each for its reason.
 */
export function createParking(definition: Pipeline, kept: ReadonlyMap<string, string>): Parking {
  let parked: { readonly step: string; readonly resolution: Trigger<Resolution> } | null = null;

  setHandler(
    resolveUpdate,
    (resolution: Resolution) => {
      parked?.resolution.resolve(resolution);
      parked = null;
    },
    {
      validator: (proposed: Resolution) => {
        refuse(definition, parked?.step ?? null, proposed);
        refuseSupplied(kept, proposed);
      },
      description: 'Ends the parking of a step.',
    },
  );

  return {
    park: async (step) => {
      const resolution = new Trigger<Resolution>(); // rejects when the run is cancelled
      parked = { step, resolution };
      try {
        return await resolution;
      } finally {
        parked = null; // nothing that is said while a cancelled run stops would count
      }
    },
  };
}

function refuse(definition: Pipeline, parked: string | null, proposed: Resolution): void {
  if (parked !== proposed.step) {
    const now = parked === null ? 'no step is parked' : `the parked step is "${parked}"`;
    throw ApplicationFailure.nonRetryable(`"${proposed.step}" cannot be resolved: ${now}`, 'STEP_NOT_PARKED');
  }
  if (proposed.actor.trim() === '' || proposed.reason.trim() === '')
    throw ApplicationFailure.nonRetryable('a resolution needs an actor and a reason', 'RESOLUTION_INVALID');
  const fault = proposed.action === 'skip' ? outputFault(definition, proposed.step, proposed.output) : null;
  if (fault !== null) throw ApplicationFailure.nonRetryable(fault, 'RESOLUTION_INVALID');
}

function refuseSupplied(kept: ReadonlyMap<string, string>, { step, action }: Resolution): void {
  const why = action === 'skip' ? kept.get(step) : undefined;
  if (why !== undefined) throw ApplicationFailure.nonRetryable(why, 'RESOLUTION_INVALID');
}
