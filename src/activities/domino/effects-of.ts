/** What is known of a kind of step on Domino, and how plans look ahead there. */
import type { Foresight } from '../replay/foresight.js';
import type { EffectsOf } from '../steps/step-effects.js';
import type { Foreseeing } from '../wing.js';
import type { DominoDependencies } from './dependencies.js';
import type { DominoEffects } from '../../steps/domino/effects.js';

export type DominoForeseeing = Foreseeing<DominoDependencies, DominoEffects>;
export type DominoForesight = Foresight<DominoDependencies, DominoEffects>;

export type DominoEffectsOf<K> = EffectsOf<K, DominoForesight>;
