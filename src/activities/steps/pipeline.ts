/** The step that runs another pipeline, as plans look at it. */
import { Context } from '@temporalio/activity';
import { describedIfKnown } from '../../client/attempts.js';
import { childRunIdOf } from '../../client/child-run-id.js';
import { summaryOf } from '../../client/runs/list.js';
import type { Effect } from '../../run/undoing/effect.js';
import type { pipeline as kind } from '../../steps/pipeline.js';
import { askTemporal } from '../asking-temporal.js';
import { type EffectsOf, calling, runs } from './step-effects.js';

const look = async (runId: string) =>
  askTemporal('say how a child run stands', () => describedIfKnown(Context.current().client, runId));

const idOf = (effect: Pick<Effect, 'origin'>, { pipeline }: { readonly pipeline: string }): string =>
  childRunIdOf(pipeline, effect.origin);

export const pipeline: EffectsOf<typeof kind> = {
  unforeseen: { why: 'starts a run of its own', endpoints: ['run.start'] },
  foresee: async (_foresight, effect, spec) => {
    const id = idOf(effect, spec);
    const known = await look(id);
    if (known === null) return runs(`starts a run of ${spec.pipeline}`, calling(['run.start'], id));
    const adopts = { kind: 'run', id } as const;
    if (known.status.name === 'RUNNING') return { why: `run ${id} goes on`, calls: [], adopts };
    if (known.status.name === 'COMPLETED') return { why: `run ${id} has succeeded`, calls: [], adopts };
    return runs(`run ${id} is ${summaryOf(known).status}: it is replayed`, calling(['run.replay'], id));
  },
  // One that Temporal has forgotten has handed over what it has.
  stands: async (_foresight, { runId }) => {
    const known = await look(runId);
    return known === null || known.status.name === 'COMPLETED';
  },
  stopsBy: 'run.cancel',
  leftRunning: async (_foresight, effect, spec) => {
    const id = idOf(effect, spec);
    return (await look(id))?.status.name === 'RUNNING' ? calling(['run.cancel'], id) : [];
  },
};
