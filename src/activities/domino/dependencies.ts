/** What the activities of a Domino connection are made from. */
import type { domino } from '../../contract/domino/index.js';
import type { PlatformClient } from '../../platform/client.js';
import type { ActivityDependencies } from '../dependencies.js';

export interface DominoDependencies extends ActivityDependencies {
  readonly domino: PlatformClient<typeof domino>;
}
