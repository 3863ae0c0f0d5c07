/** Users: who the caller is. */
import type { domino } from '../../contract/domino/index.js';
import type { Handlers } from './handlers.js';

/** The handlers of users. */
export const users: Handlers<typeof domino>['users'] = {
  self({ state }, { metadata }) {
    const { id, name } = state.user;
    const user = { id, userName: name, fullName: name, firstName: name, lastName: '', avatarUrl: '' };
    return { user: { ...user, email: `${name}@simulator.test`, roles: [] }, metadata };
  },
};
