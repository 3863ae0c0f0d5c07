/** The kinds of steps that UbiOps has. */
import { deployment } from './deployment.js';
import { environment } from './environment.js';
import { request } from './request.js';
import { trainingRun } from './training-run.js';

export const ubiopsKinds = {
  'ubiops.environment': environment,
  'ubiops.deployment': deployment,
  'ubiops.request': request,
  'ubiops.training-run': trainingRun,
};
