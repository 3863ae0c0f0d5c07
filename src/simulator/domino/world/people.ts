/** Who there is, and what they may use. */
import { Refusal } from '../../errors.js';
import type { Access } from './administration.js';
import { type Simulation, need } from './simulation.js';
import type { Person, State } from './state.js';

/** A user of the platform. */
export const personOf = ({ users }: State, id: string): Person => need(users, id, 'user');

/** The user with a token that is still good; `null` for anything else. */
export function personWithToken({ world, state, clock }: Simulation, token: unknown): Person | null {
  for (const { name, tokens } of world.users)
    for (const { token: known, minutes = Infinity } of tokens)
      if (known === token && clock.now() < state.beganAt + minutes * 60_000)
        return [...state.users.values()].find((one) => one.name === name) ?? null;
  return null;
}

/**
 * Refuses what is no user and no organization.
 *
 * @throws Refusal 404
 */
export function checkGrantees(state: State, ids: readonly string[]): void {
  for (const id of ids) if (!state.organizations.has(id)) personOf(state, id);
}

/** Whether who asks may use something: by itself, or as a member of an organization. */
export function mayUse(
  { user, organizations }: State,
  { ownerId, isEveryone, userAndOrganizationIds }: Access & { readonly ownerId: string },
): boolean {
  if (isEveryone || ownerId === user.id || userAndOrganizationIds.includes(user.id)) return true;
  return userAndOrganizationIds.some((id) => organizations.get(id)?.members.has(user.id) === true);
}

/**
 * Refuses whoever does not own something.
 *
 * @throws Refusal 403
 */
export function checkOwner({ user }: State, { ownerId }: { readonly ownerId: string }): void {
  if (ownerId !== user.id) throw new Refusal(403, 'Only its owner may do that');
}
