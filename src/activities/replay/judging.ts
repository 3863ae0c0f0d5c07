/** The steps that judge and ask, as plans look at them. */
import { LonghaulError } from '../../run/failures/errors.js';
import type { approve as approveKind } from '../../steps/approve.js';
import { type compare as compareKind, comparisonOf } from '../../steps/compare.js';
import { bestOf, type choose as chooseKind } from '../../steps/choose.js';
import type { end as endKind } from '../../steps/end.js';
import { baselineOf, type gate as gateKind, judge } from '../../steps/gate.js';
import type { Foresight } from './foresight.js';
import { type EffectsOf, computed, runs } from '../steps/step-effects.js';
import type { PlanReadings } from '../wing.js';

/** Judged now where the metrics are known: what would be refused again is said before anything is done. */
export const gate: EffectsOf<typeof gateKind> = {
  unforeseen: { why: 'judges what the steps above measure' },
  // Whoever approves relies on it: it is judged again then, and refused in the same words.
  confirm: async (foresight, { effect, isShown, output, spec }) => {
    if (isShown && spec !== undefined) await gate.foresee(foresight, effect, spec);
    return { output };
  },
  foresee: async (foresight, { connection }, spec) => {
    const asked = baselineOf(connection, spec);
    const live = asked && (await readingsOf(foresight).getLiveModel(asked));
    const { failure } = judge(spec, live);
    if (failure !== null)
      throw new LonghaulError(
        'REPLAY_INVALID',
        `gate: it would refuse the same model again: ${failure.message}. Train anew with --from train, change the gate with --set gate.conditions.0=…, or pass it over with --skip gate`,
      );
    return runs('the metrics of the job hold its conditions');
  },
  outdated: async (foresight, { record, output: { baseline }, spec }) => {
    const live = baselineOf(record.connection, spec);
    if (live === null || baseline === 'numbers') return null;
    const before = baseline && { model: baseline.model, version: baseline.modelVersion };
    return readingsOf(foresight).liveSince(record, { before, live });
  },
};

/** Compared now where the metrics are known, for the same reason. */
export const compare: EffectsOf<typeof compareKind> = {
  unforeseen: { why: 'compares what the steps above measure with the live model' },
  foresee: async (foresight, { connection }, spec) => {
    const live = await readingsOf(foresight).getLiveModel({ connection, ...spec.live });
    const compared = comparisonOf(spec, live);
    if ('code' in compared)
      throw new LonghaulError(
        'REPLAY_INVALID',
        `compare: it would fail as before: ${compared.message}. Train anew with --from train, or compare by another metric with --set compare.metric=…`,
      );
    return { ...runs('compares with the live model'), output: compared };
  },
  outdated: (foresight, { record, output: { liveVersion: before }, spec: { live } }) =>
    readingsOf(foresight).liveSince(record, { before, live }),
};

/** Models are live on platforms that serve them. */
function readingsOf({ readings }: Foresight): PlanReadings {
  if (readings !== null) return readings;
  throw new LonghaulError('REPLAY_INVALID', 'on the platform of this connection no model is live');
}

export const approve: EffectsOf<typeof approveKind> = computed('asks for approval');
export const choose: EffectsOf<typeof chooseKind> = {
  unforeseen: { why: 'chooses the best of what succeeds' },
  // It is chosen again, from what the platform has confirmed of the candidates.
  confirm: async (foresight, { effect, isShown, output, spec }) => {
    if (!isShown || spec === undefined) return { output };
    const chosen = await choose.foresee(foresight, effect, spec);
    return { output: (chosen.output as typeof output | undefined) ?? output }; // `foresee` answers what it has chosen
  },
  foresee: (_, { origin }, spec) => {
    const output = bestOf(spec);
    if (output === null)
      throw new LonghaulError(
        'REPLAY_INVALID',
        `${origin.step}: none of the candidates has measured ${spec.by}. Make them anew with --from, or choose by another metric in a corrected document with --definition latest`,
      );
    return Promise.resolve({ ...runs('chooses the best of what has succeeded'), output });
  },
};
export const end: EffectsOf<typeof endKind> = computed('ends the run');
