/** Another pipeline as a run of its own: awaited until it has ended, and cancelled with the run that it is a part of. */
import type { ChildOutput, ChildSpec } from '../run/child-runs.js';
import type { UndoTargetOf } from '../run/undoing/effect.js';
import type { Effects } from '../run/undoing/effects.js';
import { defineStep } from './define.js';

export const pipeline = defineStep<ChildSpec, ChildOutput>({
  kind: 'pipeline',
  holds: { runId: 'an id' },
  renewable: true,
  recorded: { ends: ['awaitChildRun'], output: ['awaitChildRun'], undo: ['cancelChildRun'] },
  running: (spec) => cancellingOf(spec),
  refersTo: ({ runId: id }) => [{ kind: 'run', id }],
  perform: (step, spec) => {
    const { effect, effects, run } = step;
    const answered = step.undo('running', cancellingOf(spec));
    return effects
      .ensureChildRun({ ...effect, ...spec, starters: run.starters(), notify: run.notify })
      .then((child) => {
        answered({ id: child.runId }, {});
        step.waiting(`run ${child.runId} to end`, { kind: 'run', id: child.runId });
        return effects.awaitChildRun({ connection: effect.connection, child });
      });
  },
});

const cancellingOf = ({ pipeline: name }: ChildSpec): UndoTargetOf<Effects> => ({
  undo: 'cancelChildRun',
  pipeline: name,
});
