/** What undoes the job of a step, or whatever else is asked for. */
import type { UndoCall } from '../../src/run/undoing/effect.js';

export const undoCall = (step: string, more: Partial<UndoCall> = {}): UndoCall => ({
  connection: 'domino-test',
  origin: { runId: 'train-and-deploy.x', firstAttemptId: 'a1', step, generation: 1 },
  begunBefore: true,
  target: { undo: 'stopJobs', project: 'ada/iris' },
  ...more,
});
