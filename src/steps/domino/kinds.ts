/** The kinds of steps that Domino has. */
import { build } from './build.js';
import { decide } from './decide.js';
import { deploy } from './deploy.js';
import { environment } from './environment.js';
import { job } from './job.js';
import { register } from './register.js';
import { revision } from './revision.js';
import { snapshot } from './snapshot.js';
import { watch } from './watch.js';

export const dominoKinds = {
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
