/** The kinds of steps that UbiOps has. */
import { environment } from './environment.js';

export const ubiopsKinds = {
  'ubiops.environment': environment,
};
