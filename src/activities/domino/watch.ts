/** The step that watches a new version, as plans look at it. */
import type { watch as kind } from '../../steps/domino/watch.js';
import { computed } from '../steps/step-effects.js';
import type { DominoEffectsOf } from './effects-of.js';

export const watch: DominoEffectsOf<typeof kind> = computed('watches the new version');
