/**
 * What a step would do, without doing it: the very effects, over a client that holds back what creates or changes
 * something and notes it. So a plan cannot differ from the deed by having been thought out twice.
 */
import { walk } from '../contract/endpoint.js';
import { domino as contract } from '../contract/domino/index.js';
import type { Effects } from '../pipeline/effects.js';
import type { Attempt } from './attempt.js';
import type { ActivityDependencies } from './dependencies.js';
import { createEnvironmentActivities } from './domino/environments/environments.js';
import { createJobActivities } from './domino/jobs/jobs.js';
import { createLiveModels } from './domino/models/live-model.js';
import { createModelApiActivities } from './domino/deployments/model-apis.js';
import { createModelActivities } from './domino/models/models.js';
import { createSnapshotActivities } from './domino/datasets/dataset-snapshots.js';

type Domino = ActivityDependencies['domino'];

/** Thrown in place of a creation: what comes after it cannot be known. */
class HeldBack extends Error {}

/** What an effect would answer, or no answer where it would create something first; and what it would send. */
export interface Foreseen<T> {
  readonly answer: T | null;
  /** `<group>.<endpoint>`, in order. */
  readonly endpoints: readonly string[];
}

export interface Foresight {
  /** For looks at the platform; answers are remembered, so that all plans of one batch see one moment. */
  readonly deps: ActivityDependencies;
  /** Lets an effect run up to what it would create. What it throws on the way is thrown. */
  foresee<T>(perform: (effects: ForeseenEffects) => Promise<T>): Promise<Foreseen<T>>;
}

/** The effects that can be foreseen. */
export type ForeseenEffects = Pick<
  Effects,
  | 'getEnvironment'
  | 'ensureEnvironment'
  | 'ensureRevision'
  | 'ensureBuilding'
  | 'awaitBuild'
  | 'ensureJob'
  | 'awaitJob'
  | 'getLiveModel'
  | 'ensureModelVersion'
  | 'ensureModelApiVersion'
  | 'awaitModelApiVersion'
  | 'ensureSnapshot'
  | 'awaitSnapshot'
>;

/** The first attempt of an effect, as it will be. */
const firstAttempt: Attempt = {
  number: 1,
  elapsedMs: 0,
  nowMs: () => Date.now(),
  hasStayed: () => false,
  unsettled: null,
  remember: () => undefined,
  deadlineMs: () => performance.now() + 60_000,
  endsMs: () => performance.now() + 60_000,
};

/** For one batch of plans. */
export function createForesight(given: ActivityDependencies): Foresight {
  let endpoints: string[] = [];
  const domino = heldBack(given.domino, (endpoint) => {
    endpoints = [...endpoints, endpoint];
  });
  const deps = { ...given, domino, foreseeing: firstAttempt };
  // A model or a name that another run has is waited for; that changes nothing of what is done then.
  const holds = {
    ensureHold: () => Promise.resolve(),
    createAlone: <T>(_: unknown, _of: unknown, create: () => Promise<T>) => create(),
  };
  const preflights = { check: () => Promise.resolve(false) };
  const effects: ForeseenEffects = {
    ...createEnvironmentActivities(deps, { ...holds, ...preflights }),
    ...createJobActivities(deps, { ...holds, ...preflights }),
    ...createModelActivities(deps, createLiveModels(deps)),
    ...createModelApiActivities(deps, holds),
    ...createSnapshotActivities(deps, holds),
  };
  return {
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
}

type Calls = Record<string, Record<string, (input: object) => Promise<unknown>>>;

/** A client that reads once what is asked twice, and sends nothing that creates or changes. */
function heldBack(domino: Domino, note: (endpoint: string) => void): Domino {
  const read = new Map<string, unknown>();
  const groups: Calls = {};
  const sends = domino as unknown as Calls; // whichever endpoint it is, its input is passed on as it is
  for (const { group, name, endpoint } of walk(contract)) {
    const send = sends[group]?.[name];
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
  return groups as unknown as Domino; // built from the very table that its type is computed from
}
