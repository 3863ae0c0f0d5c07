/** Every platform, by the name that a connection states: the one place in which their wings come together. */
import { dominoWing } from './domino/index.js';
import { dominoReadings } from './domino/readings.js';
import { platformOf } from './readings.js';
import { ubiopsWing } from './ubiops/index.js';
import { ubiopsReadings } from './ubiops/readings.js';

export const platforms = {
  domino: platformOf(dominoWing, dominoReadings),
  ubiops: platformOf(ubiopsWing, ubiopsReadings),
};
