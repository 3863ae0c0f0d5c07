/** The kinds of steps that UbiOps has. */
import { build } from './build.js';
import { environment } from './environment.js';
import { revision } from './revision.js';

export const ubiopsKinds = {
  'ubiops.environment': environment,
  'ubiops.revision': revision,
  'ubiops.build': build,
};
