/** Users: who the caller is, who else there is, and their Git credentials. */
import { createHash } from 'node:crypto';
import type { domino } from '../../contract/domino/index.js';
import { Refusal } from '../errors.js';
import { type Handlers, pageOf } from './handlers.js';
import { need } from './world/simulation.js';
import type { GitCredential, Person } from './world/state.js';

/** Of whose credentials a token can be replaced. */
const replaceable = ['Github', 'GithubEnterprise'];

/** The handlers of users. */
export const users: Handlers<typeof domino>['users'] = {
  self: ({ state }, { metadata }) => ({ user: userView(state.user), metadata }),
  list({ state }, { query, metadata }) {
    const { items, paging } = pageOf([...state.users.values()], query);
    return { users: items.map(userView), metadata: { ...metadata, ...paging } };
  },
  listGitCredentials: ({ state }, { path, metadata }) => ({
    credentials: [...need(state.users, path.userId, 'user').gitCredentials.values()],
    metadata,
  }),
  replaceGitToken({ state }, { path, body, metadata, note }) {
    const { gitCredentials } = need(state.users, path.userId, 'user');
    const { id, protocol } = need(gitCredentials, path.credentialId, 'Git credential');
    const { token, ...stated } = body;
    if (!replaceable.includes(stated.gitServiceProvider))
      throw new Refusal(400, 'Only tokens of GitHub and GitHub Enterprise can be updated');
    const fingerprint = createHash('sha256').update(token).digest('hex').slice(0, 32);
    const credential: GitCredential = { id, protocol, ...stated, fingerprint };
    gitCredentials.set(id, credential);
    note('changed', 'gitCredential', id);
    return { credential, metadata };
  },
};

/** `UserV1`. */
const userView = ({ id, name, roles }: Person) => ({
  id,
  userName: name,
  fullName: name,
  firstName: name,
  lastName: '',
  avatarUrl: '',
  email: `${name}@simulator.test`,
  roles: [...roles],
});
