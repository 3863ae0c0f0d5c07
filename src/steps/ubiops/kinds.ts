/** The kinds of steps that UbiOps has. */
import { build } from './build.js';
import { deployment } from './deployment.js';
import { environment } from './environment.js';
import { request } from './request.js';
import { revision } from './revision.js';
import { trainingRun } from './training-run.js';

export const ubiopsKinds = {
  'ubiops.environment': environment,
  'ubiops.revision': revision,
  'ubiops.build': build,
  'ubiops.deployment': deployment,
  'ubiops.request': request,
  'ubiops.training-run': trainingRun,
};
