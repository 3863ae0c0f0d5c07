/** Performs an undoing that is given as data. */
import type { UndoCall, Undone } from '../pipeline/effect.js';
import type { Effects } from '../pipeline/effects.js';

/** Calls the activity that a call names. */
export function performUndo(
  effects: Pick<Effects, UndoCall['target']['undo']>,
  { target, ...undoing }: UndoCall,
): Promise<Undone> {
  switch (target.undo) {
    case 'stopJobs':
      return effects.stopJobs({ ...undoing, project: target.project });
    case 'cancelBuild': {
      const { environmentId, revisionId, ifMarked } = target;
      return effects.cancelBuild({
        ...undoing,
        ...(environmentId !== undefined && { environmentId }),
        ...(revisionId !== undefined && { revisionId }),
        ...(ifMarked && { ifMarked }),
      });
    }
    case 'archiveEnvironment':
      return effects.archiveEnvironment(undoing);
    case 'stopModelApiVersion': {
      const { undo: _, ...at } = target;
      return effects.stopModelApiVersion({ ...undoing, ...at });
    }
    case 'takeBackModelApiVersion': {
      const { name, project, previous } = target;
      return effects.takeBackModelApiVersion({ ...undoing, name, project, previous, untilServing: true });
    }
    case 'sweepModelVersions': {
      const { model, experimentRunId } = target;
      return effects.sweepModelVersions({ ...undoing, model, experimentRunId });
    }
    case 'cancelChildRun':
      return effects.cancelChildRun({ ...undoing, pipeline: target.pipeline });
    case 'sweepSnapshots':
      return effects.sweepSnapshots({ ...undoing, project: target.project, dataset: target.dataset });
  }
}
