/** What is known of the effects that undo on Domino. */
import type { UndoTarget, UndoTargetOf } from '../../run/undoing/effect.js';
import type { MadeObject, UndoFacts } from '../undo-facts.js';
import type { DominoEffects } from './effects.js';

const version = {
  object: 'modelApiVersion',
  namedBy: ['versionId', 'modelApiId'],
  withoutRestoring: ({ name, project }: UndoTarget) => ({ undo: 'stopModelApiVersion', name, project }),
} as const;

/** One that is missing does not compile. */
export const dominoUndoings: Readonly<Record<UndoTargetOf<DominoEffects>['undo'], UndoFacts>> = {
  stopJobs: { object: 'job', namedBy: ['jobId'], isNamed: true, isApart: true },
  cancelBuild: { object: 'revision', namedBy: ['revisionId'], idIn: 'revisionId', endsByItself: true },
  archiveEnvironment: { object: 'environment', namedBy: ['environmentId'] },
  stopModelApiVersion: version,
  takeBackModelApiVersion: version,
  sweepModelVersions: { object: 'modelVersion', namedBy: ['model'] },
  sweepSnapshots: { object: 'snapshot', namedBy: ['snapshotId', 'datasetId'] },
};

/** What a creation is looked at again by, in this order. */
export const dominoMade: readonly MadeObject[] = [
  { kind: 'job' },
  { kind: 'modelApiVersion', in: 'modelApi' },
];
