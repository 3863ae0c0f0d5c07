/** A gate: what a training has measured beside what it must reach. */
import type { LiveModel } from '../run/undoing/effects.js';
import { type Verdict, judgeGate, metricsNamed } from '../run/retraining/gate.js';
import type { Measured } from '../run/retraining/metrics.js';
import { defineStep } from './define.js';
import { fail } from './failures.js';

/** What the gate decided, and by what. */
export type GateOutput = {
  readonly verdicts: readonly Verdict[];
  readonly baseline: LiveModel | 'numbers' | null;
};

export interface GateSpec {
  readonly conditions: readonly string[];
  /** Of the training; not what the gate is made from, for it is judged anew whatever has measured it. */
  readonly measured: Measured;
  /** The model API whose model is the baseline, or numbers. */
  readonly baseline:
    | { readonly project: string; readonly modelApi: string }
    | { readonly numbers: Measured['metrics'] }
    | null;
}

/** What a gate comes to with a baseline that was read, or by numbers. */
export const judge = ({ conditions, measured, baseline }: GateSpec, live: LiveModel | null) =>
  judgeGate(
    conditions,
    measured,
    live ?? (baseline !== null && 'numbers' in baseline ? { metrics: baseline.numbers } : null),
  );

/** What is asked of the platform for it; `null` where nothing is. */
export const baselineOf = (connection: string, { conditions, baseline }: GateSpec) =>
  baseline !== null && 'modelApi' in baseline
    ? { connection, ...baseline, metrics: metricsNamed(conditions) }
    : null;

export const gate = defineStep<GateSpec, GateOutput>({
  kind: 'gate',
  holds: { verdicts: 'a list of objects with condition' },
  holdsBack: true,
  judgesAhead: true,
  goesOnIf: 'it lets the model pass',
  perform: async ({ effect, effects }, spec) => {
    const asked = baselineOf(effect.connection, spec);
    const live = asked === null ? null : await effects.getLiveModel(asked);
    const { verdicts, failure } = judge(spec, live);
    if (failure !== null) throw fail(failure);
    const isNumbers = spec.baseline !== null && 'numbers' in spec.baseline;
    return { verdicts, baseline: live ?? (isNumbers ? 'numbers' : null) };
  },
});
