/** Who calls, and what they may do: the one place where access is decided. */
import { LonghaulError } from '../run/failures/errors.js';

/** Each role may do what the ones before it may. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A role on some pipelines and connections; `*` is all of them. */
export interface Grant {
  readonly role: Role;
  readonly pipelines: readonly string[];
  readonly connections: readonly string[];
}

/** A caller whose identity is established. */
export interface Principal {
  /** Unique together with `kind`: the key's id, or `<issuer>#<subject>` of a token. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly kind: 'key' | 'token' | 'local';
  /** Of a key: whose it is, as whoever created it says. Keys of one owner are one person's. */
  readonly owner?: string;
  /** Of a token: the values of the configured claim that the configuration names. */
  readonly groups?: readonly string[];
  readonly grants: readonly Grant[];
}

/** What an action touches. What is left out is not asked about; of several connections, each is. */
export interface Scope {
  readonly pipeline?: string | undefined;
  readonly connection?: string | readonly string[] | undefined;
}

/**
 * Whether one grant has both the role and the scope, for each connection of that. Grants are never added up: operator on one
 * pipeline and viewer on all does not make an operator on all.
 */
export const may = (principal: Principal, role: Role, scope: Scope = {}): boolean =>
  lacking(principal, role, scope) === null;

/** The first part of a scope that no grant covers. */
function lacking({ grants }: Principal, role: Role, scope: Scope): SingleScope | null {
  const isCovered = (one: SingleScope): boolean =>
    grants.some(
      (grant) =>
        roles.indexOf(grant.role) >= roles.indexOf(role) &&
        covers(grant.pipelines, one, 'pipeline') &&
        covers(grant.connections, one, 'connection'),
    );
  return singleScopes(scope).find((one) => !isCovered(one)) ?? null;
}

interface SingleScope {
  readonly pipeline?: string | undefined;
  readonly connection?: string | undefined;
}

/** One for each connection; where there is none, too little is known. */
function singleScopes(scope: Scope): SingleScope[] {
  const { connection, ...rest } = scope;
  if (typeof connection !== 'object') return ['connection' in scope ? { ...rest, connection } : rest];
  const all = connection.length === 0 ? [undefined] : connection;
  return all.map((one) => ({ ...rest, connection: one }));
}

// A key that is there without a value is a run of which too little is known: only `*` covers it.
const covers = (allowed: readonly string[], scope: SingleScope, key: keyof SingleScope): boolean =>
  !(key in scope) || allowed.includes('*') || allowed.some((one) => one === scope[key]);

/**
 * Refuses who may not. `what` begins the message: `starting a run`.
 *
 * @throws LonghaulError `ACCESS_DENIED`, naming the role that is needed, and on what.
 */
export function requireRole(principal: Principal, role: Role, what: string, scope: Scope = {}): void {
  const missing = lacking(principal, role, scope);
  if (missing === null) return;
  const on = [
    missing.pipeline === undefined ? '' : ` on pipeline ${missing.pipeline}`,
    missing.connection === undefined ? '' : ` on connection ${missing.connection}`,
  ].join('');
  throw new LonghaulError(
    'ACCESS_DENIED',
    `${what} needs the role ${role}${on}, which ${principal.name} lacks`,
  );
}

/** What is of all pipelines and connections at once. */
export const everything: Scope = { pipeline: undefined, connection: undefined };

/** Everybody, where a server listens on loopback only and no access is configured. */
export const localPrincipal: Principal = {
  id: 'local',
  name: 'local',
  kind: 'local',
  grants: [{ role: 'admin', pipelines: ['*'], connections: ['*'] }],
};

/** A principal in one line, for records: names are for people and may be given twice, ids are not. */
export const actorOf = ({ id, name }: Principal): string => (id === name ? name : `${name} (${id})`);

/** Keeps the pipelines whose runs on these connections a principal may cancel; `*` for one who may cancel any run. */
export const cancellableBy = (
  principal: Principal,
  connections: readonly string[],
  pipelines: readonly string[],
): string[] =>
  may(principal, 'operator', everything)
    ? ['*']
    : pipelines.filter((pipeline) => may(principal, 'operator', { pipeline, connection: connections }));

/**
 * By what a principal may be named among those who may decide: its id, the owner of a key, the groups of a token. Never by
 * what a token calls itself.
 */
export const trustedNamesOf = ({ id, name, kind, owner, groups = [] }: Principal): string[] => [
  id,
  ...(kind === 'key' ? [`key:${id}`, owner ?? name] : []),
  ...groups.map((group) => `group:${group}`),
];

/**
 * All that a principal is known by: who shares one of these with another counts as the same, so two keys of one owner do,
 * and whoever has the name of another.
 */
export const identitiesOf = ({ id, name, kind, owner }: Principal): string[] => [
  kind === 'key' ? `key:${id}` : id,
  name,
  ...(owner === undefined ? [] : [owner]),
];
