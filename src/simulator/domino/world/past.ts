/** The platform as it was: what a replica shows that lags behind. */
import type { Simulation } from './simulation.js';
import type { EffectKind, Environment, ModelApi, RegisteredModel } from './state.js';

/** The past of one simulation. */
export interface Past {
  /** Notes that something has come into being. */
  note(kind: EffectKind, id: string): void;
  /** How the simulation stood so many real milliseconds ago, to be read only. */
  ago(realMs: number): Simulation;
}

/** Whether something was there already, by its id as in the ledger. */
type WasThere = (kind: EffectKind, id: string) => boolean;

/** What the world states was always there. */
export function createPast(simulation: Simulation): Past {
  const births = new Map<string, number>();
  return {
    note: (kind, id) => void births.set(`${kind} ${id}`, performance.now()),
    ago(realMs) {
      const thenMs = performance.now() - realMs;
      const nowMs = simulation.clock.ago(realMs);
      const clock = { ...simulation.clock, now: () => nowMs };
      return {
        ...simulation,
        clock,
        state: stateThen(simulation, nowMs, (kind, id) => (births.get(`${kind} ${id}`) ?? 0) <= thenMs),
      };
    },
  };
}

function stateThen({ state }: Simulation, nowMs: number, was: WasThere): Simulation['state'] {
  return {
    ...state,
    projects: kept(state.projects, ({ id }) => was('project', id)),
    jobs: kept(state.jobs, ({ id }) => was('job', id)),
    datasets: kept(state.datasets, ({ id }) => was('dataset', id)),
    modelDeployments: kept(state.modelDeployments, ({ id }) => was('modelDeployment', id)),
    apps: kept(
      state.apps,
      ({ id }) => was('app', id),
      (app) => ({ ...app, versions: app.versions.filter(({ id }) => was('appVersion', id)) }),
    ),
    dataSources: kept(state.dataSources, ({ id }) => was('dataSource', id)),
    gatewayEndpoints: kept(state.gatewayEndpoints, ({ name }) => was('gatewayEndpoint', name)),
    organizations: kept(state.organizations, ({ id }) => was('organization', id)),
    serviceAccounts: kept(state.serviceAccounts, ({ id }) => was('serviceAccount', id)),
    deploymentTargets: kept(state.deploymentTargets, ({ id }) => was('deploymentTarget', id)),
    environments: kept(
      state.environments,
      ({ id }) => was('environment', id),
      (one) => environmentThen(one, nowMs, was),
    ),
    registeredModels: kept(
      state.registeredModels,
      ({ name }) => was('registeredModel', name),
      (one) => modelThen(one, was),
    ),
    modelApis: kept(
      state.modelApis,
      ({ id }) => was('modelApi', id),
      (one) => modelApiThen(one, nowMs, was),
    ),
  };
}

/** What was there, each as it was. */
function kept<T>(
  things: ReadonlyMap<string, T>,
  wasThere: (thing: T) => boolean,
  then: (thing: T) => T = (thing) => thing,
): Map<string, T> {
  return new Map(
    [...things].flatMap(([key, thing]) => (wasThere(thing) ? [[key, then(thing)] as const] : [])),
  );
}

const archivedThen = (archivedAt: number | undefined, nowMs: number): number | undefined =>
  archivedAt !== undefined && archivedAt <= nowMs ? archivedAt : undefined;

const environmentThen = (environment: Environment, nowMs: number, was: WasThere): Environment => ({
  ...environment,
  archivedAt: archivedThen(environment.archivedAt, nowMs),
  revisions: environment.revisions.filter(({ id }) => was('revision', id)),
  activations: environment.activations.filter(({ at }) => at <= nowMs),
});

const modelThen = (model: RegisteredModel, was: WasThere): RegisteredModel => ({
  ...model,
  versions: model.versions.filter(({ number }) => was('modelVersion', `${model.name}/${number}`)),
});

const modelApiThen = (modelApi: ModelApi, nowMs: number, was: WasThere): ModelApi => ({
  ...modelApi,
  archivedAt: archivedThen(modelApi.archivedAt, nowMs),
  versions: modelApi.versions.filter(({ id }) => was('modelApiVersion', id)),
});
