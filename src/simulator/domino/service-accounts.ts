/** Service accounts and their tokens. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal, notFound } from '../errors.js';
import type { ServiceAccount } from './world/administration.js';
import type { Simulation } from './world/simulation.js';
import { type Handlers, iso, pageOf } from './handlers.js';

/** How long a token is valid. */
const validMs = 365 * 86_400_000;

/** The handlers of service accounts. */
export const serviceAccounts: Handlers<typeof domino>['serviceAccounts'] = {
  list({ state }, { query, metadata }) {
    const { items, paging } = pageOf([...state.serviceAccounts.values()], query);
    return { serviceAccounts: items.map(viewOf), metadata: { ...metadata, ...paging } };
  },
  create({ state, ids }, { body, metadata, note }) {
    for (const { username } of state.serviceAccounts.values())
      if (username === body.username) throw new Refusal(400, `The user name ${username} is taken`);
    const id = ids.next();
    const account: ServiceAccount = { ...body, id, idpId: ids.uuid(id), tokens: new Map() };
    state.serviceAccounts.set(id, account);
    note('created', 'serviceAccount', id, account.username);
    return { serviceAccount: viewOf(account), metadata };
  },
  listTokens(simulation, { path, query, metadata }) {
    const account = accountOf(simulation, path.serviceAccountId);
    const { items, paging } = pageOf([...account.tokens.values()], query);
    const tokens = items.map((token) => tokenView(simulation, account, token));
    return { tokens, metadata: { ...metadata, ...paging } };
  },
  createToken(simulation, { path, body, note }) {
    const { clock, ids } = simulation;
    const account = accountOf(simulation, path.serviceAccountId);
    if (account.tokens.has(body.name))
      throw new Refusal(400, `A token named ${JSON.stringify(body.name)} already exists`);
    const createdAt = clock.now();
    const token = { name: body.name, createdAt, expiresAt: createdAt + validMs };
    account.tokens.set(token.name, token);
    note('created', 'serviceAccountToken', `${account.id}/${token.name}`);
    return { ...tokenView(simulation, account, token), token: ids.secret(`${account.id}/${token.name}`) };
  },
};

/** Paths name it by its id at the identity provider; its own id does as well. */
function accountOf({ state }: Simulation, id: string): ServiceAccount {
  const account = [...state.serviceAccounts.values()].find((one) => one.id === id || one.idpId === id);
  if (account === undefined) throw notFound('service account', id);
  return account;
}

const viewOf = ({ id, idpId, username, email }: ServiceAccount) => ({ id, idpId, username, email });

type Token = ServiceAccount['tokens'] extends Map<string, infer T> ? T : never;

const tokenView = (
  { clock }: Simulation,
  { idpId }: ServiceAccount,
  { name, createdAt, expiresAt }: Token,
) => ({
  name,
  serviceAccountIdpId: idpId,
  createdAt: iso(createdAt),
  expiresAt: iso(expiresAt),
  isValid: clock.now() < expiresAt,
});
