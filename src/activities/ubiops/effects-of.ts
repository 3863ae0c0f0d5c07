/** What is known of a kind of step on UbiOps, and how plans look ahead there. */
import type { Foresight } from '../replay/foresight.js';
import type { EffectsOf } from '../steps/step-effects.js';
import type { UbiOpsEffects } from '../../steps/ubiops/effects.js';
import type { UbiOpsDependencies } from './dependencies.js';

export type UbiOpsForesight = Foresight<UbiOpsDependencies, UbiOpsEffects>;

export type UbiOpsEffectsOf<K> = EffectsOf<K, UbiOpsForesight>;
