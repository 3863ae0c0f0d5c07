/** What is known of the effects that undo on UbiOps. */
import type { UndoTargetOf } from '../../run/undoing/effect.js';
import type { MadeObject, UndoFacts } from '../undo-facts.js';
import type { UbiOpsEffects } from './effects.js';

/** One that is missing does not compile. */
export const ubiopsUndoings: Readonly<Record<UndoTargetOf<UbiOpsEffects>['undo'], UndoFacts>> = {
  cancelEnvironmentBuild: { object: 'build', namedBy: ['buildId', 'revisionId'], endsByItself: true },
  archiveUnusedEnvironment: { object: 'environment', namedBy: ['environment'], idIn: 'environment' },
  takeBackVersion: { object: 'deploymentVersion', namedBy: ['version', 'deployment'], mayServe: true },
  stopRequests: { object: 'job', namedBy: ['jobId'], isNamed: true, isApart: true },
};

/** What a creation is looked at again by, in this order. */
export const ubiopsMade: readonly MadeObject[] = [
  { kind: 'job' },
  { kind: 'deploymentVersion', in: 'deployment' },
];
