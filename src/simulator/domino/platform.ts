/** The deployment itself. */
import type { domino } from '../../contract/domino/index.js';
import type { Handlers } from './handlers.js';

/** The version whose public API is simulated. */
const version = '6.3.0';

/** The handlers of what belongs to no section. */
export const platform: Handlers<typeof domino>['platform'] = {
  version: ({ clock }) => ({
    version,
    buildId: 'simulator',
    buildUrl: '',
    commitId: '0'.repeat(40),
    commitUrl: '',
    timestamp: new Date(clock.now()).toISOString(),
  }),
};
