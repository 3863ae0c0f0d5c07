/** The step that decides on retraining, as plans look at it. */
import type { decide as kind } from '../../steps/domino/decide.js';
import { computed } from '../steps/step-effects.js';
import type { DominoEffectsOf } from './effects-of.js';

export const decide: DominoEffectsOf<typeof kind> = computed('decides anew');
