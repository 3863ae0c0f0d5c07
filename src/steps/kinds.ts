/** Every kind of step, by its name: the one place in which the wings of the platforms come together. */
import { approve } from './approve.js';
import { call } from './call.js';
import { choose } from './choose.js';
import { compare } from './compare.js';
import { build } from './domino/build.js';
import { decide } from './domino/decide.js';
import { deploy } from './domino/deploy.js';
import { environment } from './domino/environment.js';
import { job } from './domino/job.js';
import { register } from './domino/register.js';
import { revision } from './domino/revision.js';
import { snapshot } from './domino/snapshot.js';
import { watch } from './domino/watch.js';
import { end } from './end.js';
import { gate } from './gate.js';
import { http } from './http.js';
import { pause } from './pause.js';
import { pipeline } from './pipeline.js';

export const kinds = {
  'domino.environment': environment,
  'domino.revision': revision,
  'domino.build': build,
  'domino.job': job,
  'domino.register': register,
  'domino.deploy': deploy,
  'domino.snapshot': snapshot,
  'domino.decide': decide,
  'domino.watch': watch,
  gate,
  compare,
  approve,
  choose,
  end,
  pause,
  http,
  call,
  pipeline,
};
