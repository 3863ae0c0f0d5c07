/** Watches a version for a while; takes it back when it is unhealthy. */
import { parseDuration } from '../../run/schedules/durations.js';
import type { DeploymentOutput, WatchOutput } from '../../run/undoing/effects.js';
import { type Promoted, takeBack, takingBackOf, undoByTakingBack } from './taking-back.js';
import { defineDominoStep } from './effects.js';

export interface WatchSpec {
  readonly promoted: Promoted;
  readonly deployment: DeploymentOutput;
  /** How long, such as `10m`. */
  readonly for: string;
  /** Failed looks in a row that are too many. */
  readonly failures: number;
  readonly probe?: string | undefined;
  readonly sample?: unknown;
}

export const watch = defineDominoStep<WatchSpec, WatchOutput>({
  kind: 'domino.watch',
  holds: { well: 'true or false' },
  holdsBack: true,
  recorded: {
    ends: ['watchModelApiVersion'],
    output: ['watchModelApiVersion'],
    undo: ['takeBackModelApiVersion'],
  },
  leaves: {
    // On behalf of the step that has deployed it.
    unfinished: ({ promoted, deployment: { versionId: id, modelApiId: parent } }, { replaced }) => {
      const { deployStep: madeBy, previous = replaced } = promoted;
      return [{ target: takingBackOf({ ...promoted, previous }), made: { id, parent }, madeBy }];
    },
  },
  perform: async (step, { promoted, deployment, for: watched, ...spec }) => {
    const { versionId, modelApiId, number } = deployment;
    const made = { id: versionId, parent: modelApiId };
    undoByTakingBack(step, promoted)(made, {});
    step.waiting(`version ${number ?? versionId} to stay well for ${watched}`, {
      kind: 'modelApiVersion',
      id: versionId,
    });
    const seen = await step.effects.watchModelApiVersion({
      ...{ connection: step.effect.connection, deployment, forMs: parseDuration(watched) ?? 0 }, // the door has checked it
      ...spec,
    });
    return seen.well ? seen : takeBack(step, { ...promoted, made }, seen.seen);
  },
});
