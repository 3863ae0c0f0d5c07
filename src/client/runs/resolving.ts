/** Ending the parking of a step. */
import type { WorkflowHandle } from '@temporalio/client';
import type { Resolution } from '../../run/steps.js';
import { refuseEnded } from './ended.js';
import { checkSize } from '../size.js';
import { update } from '../updating.js';

/**
 * Sends a resolution to the run.
 * @throws LonghaulError `STEP_NOT_PARKED`, `RESOLUTION_INVALID`, `RUN_ENDED`
 */
export async function resolveStep(handle: WorkflowHandle, resolution: Resolution): Promise<void> {
  if (resolution.action === 'skip')
    checkSize(resolution.output, { what: 'the output', code: 'RESOLUTION_INVALID' });
  await refuseEnded(handle, 'resolved');
  await update(handle, 'resolve', resolution);
}
