/** What is known of each kind of step on UbiOps. A kind without it does not compile. */
import type { ubiopsKinds } from '../../steps/ubiops/kinds.js';
import { deployment } from './deployment.js';
import type { UbiOpsEffectsOf } from './effects-of.js';
import { build } from './build.js';
import { environment } from './environment.js';
import { request, trainingRun } from './request.js';
import { revision } from './revision.js';

export const ubiopsRooms: {
  readonly [K in keyof typeof ubiopsKinds]: UbiOpsEffectsOf<(typeof ubiopsKinds)[K]>;
} = {
  'ubiops.environment': environment,
  'ubiops.deployment': deployment,
  'ubiops.request': request,
  'ubiops.training-run': trainingRun,
  'ubiops.revision': revision,
  'ubiops.build': build,
};
