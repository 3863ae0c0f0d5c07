/** What the activities of a UbiOps connection are made from. */
import type { ubiops } from '../../contract/ubiops/index.js';
import type { PlatformClient } from '../../platform/client.js';
import type { ActivityDependencies } from '../dependencies.js';

export interface UbiOpsDependencies extends ActivityDependencies {
  readonly ubiops: PlatformClient<typeof ubiops>;
}
