/** What the activities of a UbiOps connection are made from. */
import type { ubiops } from '../../contract/ubiops/index.js';
import type { PlatformClient } from '../../platform/client.js';
import type { ActivityDependencies } from '../dependencies.js';

export interface UbiOpsDependencies extends ActivityDependencies {
  readonly ubiops: PlatformClient<typeof ubiops>;
}

/** Whether environments have tags, as in `/v2`; else they have revisions and builds. */
export const hasTags = ({ dialect }: Pick<ActivityDependencies, 'dialect'>): boolean => dialect === 'v2';
