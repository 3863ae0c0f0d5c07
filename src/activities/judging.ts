/** The steps that judge and ask, as plans look at them. */
import { LonghaulError } from '../pipeline/errors.js';
import type { approve as approveKind } from '../steps/approve.js';
import { type compare as compareKind, comparisonOf } from '../steps/compare.js';
import type { choose as chooseKind } from '../steps/choose.js';
import type { decide as decideKind } from '../steps/domino/decide.js';
import type { watch as watchKind } from '../steps/domino/watch.js';
import type { end as endKind } from '../steps/end.js';
import { baselineOf, type gate as gateKind, judge } from '../steps/gate.js';
import { liveSince } from './domino/models/live-since.js';
import { type EffectsOf, runs } from './step-effects.js';

/** Judged now where the metrics are known: what would be refused again is said before anything is done. */
export const gate: EffectsOf<typeof gateKind> = {
  unforeseen: { why: 'judges what the steps above measure' },
  foresee: async ({ foresee }, { connection }, spec) => {
    const asked = baselineOf(connection, spec);
    const live = asked && (await foresee((effects) => effects.getLiveModel(asked))).answer;
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
    return liveSince(foresight, record, { before, live });
  },
};

/** Compared now where the metrics are known, for the same reason. */
export const compare: EffectsOf<typeof compareKind> = {
  unforeseen: { why: 'compares what the steps above measure with the live model' },
  foresee: async ({ foresee }, { connection }, spec) => {
    const live = await foresee((effects) => effects.getLiveModel({ connection, ...spec.live }));
    const compared = comparisonOf(spec, live.answer);
    if ('code' in compared)
      throw new LonghaulError(
        'REPLAY_INVALID',
        `compare: it would fail as before: ${compared.message}. Train anew with --from train, or compare by another metric with --set compare.metric=…`,
      );
    return { ...runs('compares with the live model'), output: compared };
  },
  outdated: (foresight, { record, output: { liveVersion: before }, spec: { live } }) =>
    liveSince(foresight, record, { before, live }),
};

const computed = (why: string) => ({ unforeseen: { why }, foresee: () => Promise.resolve(runs(why)) });

export const decide: EffectsOf<typeof decideKind> = computed('decides anew');
export const approve: EffectsOf<typeof approveKind> = computed('asks for approval');
export const watch: EffectsOf<typeof watchKind> = computed('watches the new version');
export const choose: EffectsOf<typeof chooseKind> = computed('chooses the best of what succeeds');
export const end: EffectsOf<typeof endKind> = computed('ends the run');
