/**
 * What a step would do, without doing it: the very effects, over a client that holds back what creates or changes
 * something and notes it. So a plan cannot differ from the deed by having been thought out twice.
 */
import { type Contract, walk } from '../../contract/endpoint.js';
import type { AnyClient } from '../../platform/client.js';
import type { Attempt } from '../effect/attempt.js';
import type { ActivityDependencies } from '../dependencies.js';
import type { ActivityWing, Foreseeing, MakingHolds, PlanReadings } from '../wing.js';

/** Thrown in place of a creation: what comes after it cannot be known. */
class HeldBack extends Error {}

export interface Foresight<
  Deps extends ActivityDependencies = ActivityDependencies,
  Own extends object = object,
> extends Foreseeing<Deps, Own> {
  /** What the wing looks up for steps that any platform has; `null` where its platform has nothing of it. */
  readonly readings: PlanReadings | null;
}

/** The first attempt of an effect, as it will be. */
const firstAttempt: Attempt = {
  number: 1,
  elapsedMs: 0,
  nowMs: () => Date.now(),
  heldMs: 0,
  hasStayed: () => false,
  unsettled: null,
  remember: () => undefined,
  deadlineMs: () => performance.now() + 60_000,
  endsMs: () => performance.now() + 60_000,
};

// A model or a name that another run has is waited for; that changes nothing of what is done then.
const holds: MakingHolds = {
  ensureHold: () => Promise.resolve(),
  createAlone: (_, _of, create) => create(),
  isAnothers: () => Promise.resolve(false),
  isHeldByAnother: () => Promise.resolve(false),
  adopt: () => Promise.resolve(),
  undoAlone: (_, _of, undo) => undo(),
};

/** For one batch of plans on a connection. */
export function createForesight<Deps extends ActivityDependencies, Own extends object>(
  wing: ActivityWing<Deps, Own>,
  given: ActivityDependencies,
): Foresight<Deps, Own> {
  let endpoints: string[] = [];
  const client = heldBack(wing.platform.contract, given.client, (endpoint) => {
    endpoints = [...endpoints, endpoint];
  });
  const deps = wing.dependenciesOf({ ...given, client, foreseeing: firstAttempt });
  const effects = wing.createEffects(deps, holds);
  const foreseeing: Foreseeing<Deps, Own> = {
    deps,
    foresee: async (perform) => {
      endpoints = [];
      const answer = await perform(effects).catch((error: unknown) => {
        if (error instanceof HeldBack) return null;
        throw error;
      });
      return { answer, endpoints };
    },
  };
  return { ...foreseeing, readings: wing.readings?.(foreseeing) ?? null };
}

/** A client that reads once what is asked twice, and sends nothing that creates or changes. */
function heldBack(contract: Contract, client: AnyClient, note: (endpoint: string) => void): AnyClient {
  const read = new Map<string, unknown>();
  const groups: Record<string, Record<string, AnyClient[string][string]>> = {};
  for (const { group, name, endpoint } of walk(contract)) {
    const send = client[group]?.[name];
    (groups[group] ??= {})[name] = (input) => {
      const key = JSON.stringify([group, name, input]);
      if (endpoint.replay === 'safe') {
        const answer = read.get(key) ?? send?.(input);
        read.set(key, answer);
        return Promise.resolve(answer);
      }
      note(`${group}.${name}`);
      return endpoint.replay === 'creates' ? Promise.reject(new HeldBack()) : Promise.resolve();
    };
  }
  return groups;
}
