/** Environments as answers show them. */
import { buildWords, isExpired } from './environment-builds.js';
import { isoMicros, isoOffset } from './handlers.js';
import { type Simulation, isSeen, need } from './world/simulation.js';
import type { Environment, EnvironmentBuild, Revision } from './world/state.js';
import { buildStatus, isBuilt } from './world/timelines.js';

/** An environment of a project, or of the platform, by its name. */
export const needEnvironment = (
  simulation: Simulation,
  { projectName, environmentName }: { readonly projectName: string; readonly environmentName: string },
): Environment =>
  need(
    simulation,
    environmentsOf(simulation, projectName),
    'Environment',
    ({ name }) => name === environmentName,
  );

/** Those that a project may use; the project must be there. */
export function environmentsOf(simulation: Simulation, projectName: string): Environment[] {
  need(simulation, simulation.state.projects, 'Project', ({ name }) => name === projectName);
  return simulation.state.environments.filter(({ project }) => project === null || project === projectName);
}

/** As its creation and lists show it. */
export function environmentView({ dialect, state }: Simulation, environment: Environment) {
  const { id, name, project, createdAt, updatedAt, description, labels, kind } = environment;
  const common = {
    ...{ id, name, project, description, labels, system: kind === 'base' },
    creation_date: isoMicros(createdAt),
    last_updated: isoMicros(updatedAt),
  };
  if (dialect === 'v2') return common;
  const base = state.environments.find((one) => one.kind === 'base' && one.name === environment.base);
  return {
    ...common,
    display_name: environment.displayName,
    base_environment: environment.base,
    base_environment_display_name: base?.displayName ?? null,
    gpu_required: environment.gpu,
    ...{ status: 'active', implicit: kind === 'implicit', hidden: kind === 'implicit', deprecated: false },
    supports_request_format: environment.supportsRequestFormat,
  };
}

/** With its revisions and builds. */
export function environmentDetail(simulation: Simulation, environment: Environment) {
  const view = environmentView(simulation, environment);
  if (simulation.dialect === 'v2') return view;
  const revisions = environment.revisions.filter((revision) => isSeen(simulation, revision));
  const latest = revisions.at(-1);
  const active = activeBuild(simulation, environment);
  return {
    ...view,
    active_revision: active?.revision.id ?? null,
    active_build: active?.build.id ?? null,
    latest_revision: latest?.id ?? null,
    latest_build: latest?.builds.filter((build) => isSeen(simulation, build)).at(-1)?.id ?? null,
  };
}

/** The build that versions run on: the last one that has succeeded. */
export function activeBuild(
  simulation: Simulation,
  { revisions }: Pick<Environment, 'revisions'>,
): { readonly revision: Revision; readonly build: EnvironmentBuild } | undefined {
  const now = simulation.clock.now();
  return revisions
    .flatMap((revision) => revision.builds.map((build) => ({ revision, build })))
    .filter(({ build }) => isSeen(simulation, build) && isBuilt(build, now))
    .sort((one, other) => one.build.startedAt - other.build.startedAt)
    .at(-1);
}

/** A revision. */
export const revisionView = (simulation: Simulation, environment: Environment, revision: Revision) => ({
  id: revision.id,
  environment: environment.name,
  creation_date: isoOffset(revision.createdAt),
  created_by: revision.createdBy,
  expired: isExpired(simulation, revision),
});

/** A build. */
export const buildView = ({ clock }: Simulation, revision: Revision, build: EnvironmentBuild) => {
  const status = buildStatus(build, buildWords, clock.now());
  return {
    id: build.id,
    revision: revision.id,
    creation_date: isoOffset(build.createdAt),
    status,
    error_message: status === 'failed' ? build.error : '',
    trigger: build.trigger,
    size: build.size,
  };
};
