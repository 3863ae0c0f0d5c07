/** How versions of deployments stand. */
import { activeBuild } from './environment-views.js';
import type { Simulation } from './world/simulation.js';
import { isSeen } from './world/simulation.js';
import type { DeploymentRevision, Version } from './world/state.js';
import { type BuildWords, buildStatus, isBuilt, isOver } from './world/timelines.js';

/** The words of packages. */
export const packageWords: BuildWords = { queued: 'queued', going: ['building'], success: 'success' };

/** How a package stands. */
export function packageStatus({ clock }: Simulation, { builds }: DeploymentRevision): string {
  const build = builds.at(-1);
  return build === undefined ? 'queued' : buildStatus(build, packageWords, clock.now());
}

/** The package that requests run on: the last one that was built. */
export function activeRevision(
  simulation: Simulation,
  { revisions }: Version,
): DeploymentRevision | undefined {
  const now = simulation.clock.now();
  return revisions.findLast(
    (revision) => isSeen(simulation, revision) && revision.builds.some((build) => isBuilt(build, now)),
  );
}

/** Whether requests can run on it: its environment and a package are built. */
export const isReady = (simulation: Simulation, version: Version): boolean =>
  activeRevision(simulation, version) !== undefined && isEnvironmentReady(simulation, version);

function isEnvironmentReady(simulation: Simulation, { environment, tag }: Version): boolean {
  if (tag !== null) {
    const now = simulation.clock.now();
    return environment.tags.some(
      ({ name, builds }) => name === tag && builds.some((one) => isBuilt(one, now)),
    );
  }
  return environment.kind !== 'custom' || activeBuild(simulation, environment) !== undefined;
}

/** What it says of itself: without an instance, some platforms call it unavailable. */
export function versionStatus(simulation: Simulation, version: Version): string {
  const { behaviour, clock } = simulation;
  const isIdle = version.settings['minimum_instances'] === 0;
  if (isReady(simulation, version))
    return isIdle && behaviour.idleVersions === 'unavailable' ? 'unavailable' : 'available';
  const build = version.revisions.at(-1)?.builds.at(-1);
  return build !== undefined && !isOver(build, clock.now()) ? 'building' : 'unavailable';
}
