/** The effects of Domino’s steps. */
import type { Effects, SharedEffects } from '../../pipeline/effects.js';

export type DominoEffects = Omit<Effects, keyof SharedEffects>;
