/** What is known of each kind of step on Domino. A kind without it does not compile. */
import type { dominoKinds } from '../../steps/domino/kinds.js';
import { build } from './build.js';
import { decide } from './decide.js';
import { deploy } from './deploy.js';
import type { DominoEffectsOf } from './effects-of.js';
import { environment } from './environment.js';
import { job } from './job.js';
import { register } from './register.js';
import { revision } from './revision.js';
import { snapshot } from './snapshot.js';
import { watch } from './watch.js';

export const dominoRooms: {
  readonly [K in keyof typeof dominoKinds]: DominoEffectsOf<(typeof dominoKinds)[K]>;
} = {
  'domino.environment': environment,
  'domino.revision': revision,
  'domino.build': build,
  'domino.job': job,
  'domino.register': register,
  'domino.deploy': deploy,
  'domino.snapshot': snapshot,
  'domino.decide': decide,
  'domino.watch': watch,
};
