/** The platforms that chaos simulates. */
import { dominoWing } from './domino/wing.js';
import { ubiopsWing } from './ubiops/wing.js';
import type { ChaosWing } from './wing.js';
import type { PlatformName } from './workload.js';

export const wings: Readonly<Record<PlatformName, ChaosWing>> = { domino: dominoWing, ubiops: ubiopsWing };
