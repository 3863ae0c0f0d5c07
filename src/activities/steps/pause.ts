/** The step that pauses, as plans look at it. */
import type { pause as kind } from '../../steps/pause.js';
import { type EffectsOf, runs } from './step-effects.js';

export const pause: EffectsOf<typeof kind> = {
  unforeseen: { why: 'pauses' },
  foresee: (_foresight, _effect, spec) =>
    Promise.resolve(runs('for' in spec ? `pauses for ${spec.for}` : `pauses until ${spec.until}`)),
};
