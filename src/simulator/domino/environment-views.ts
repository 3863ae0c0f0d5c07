/** Environments and revisions as the platform shows them. */
import type { Simulation } from './world/simulation.js';
import type { Environment, Revision } from './world/state.js';
import { type Build, buildStatus, buildSucceeds } from './world/timelines.js';

/** The build that tells a revision's status. */
export const currentBuild = ({ builds }: Revision): Build => builds.at(-1) ?? builds[0];

/** When a revision was first built; `undefined` while it is not. */
export const builtAt = ({ builds }: Revision, now: number): number | undefined =>
  builds.find((build) => buildSucceeds(build) && build.endsAt <= now)?.endsAt;

/** The newest revision, whoever made it. */
export function latestRevision({ revisions }: Environment): Revision {
  const latest = revisions.at(-1);
  if (latest === undefined) throw new Error('an environment has at least one revision');
  return latest;
}

/** The revision that a job runs which pins none. A failed build never becomes it. */
export function activeRevision({ world, clock }: Simulation, environment: Environment): Revision | undefined {
  const now = clock.now();
  const built = environment.revisions.flatMap((revision) => {
    const at = builtAt(revision, now);
    return at === undefined ? [] : [{ at, revision, chosen: false }];
  });
  const chosen = environment.activations.flatMap(({ at, revisionId }) => {
    const revision = environment.revisions.find(({ id }) => id === revisionId);
    return revision === undefined ? [] : [{ at, revision, chosen: true }];
  });
  let active: Revision | undefined;
  let newest = 0;
  for (const event of [...built, ...chosen].sort((a, b) => a.at - b.at)) {
    const follows = world.activation === 'on-success' ? event.revision.number > newest : active === undefined;
    if (event.chosen || follows) active = event.revision;
    if (!event.chosen) newest = Math.max(newest, event.revision.number);
  }
  return active;
}

/** `EnvironmentRevisionV1`: the status is lower-case, and absent for a moment. */
export function revisionView({ clock }: Simulation, revision: Revision) {
  const status = buildStatus(currentBuild(revision), clock.now());
  return { id: revision.id, number: revision.number, ...(status && { status }), availableTools: [] };
}

/** `EnvironmentV1`. */
export function environmentView(simulation: Simulation, environment: Environment) {
  const { user } = simulation.state;
  const active = activeRevision(simulation, environment);
  const restricted = environment.revisions.findLast(({ isRestricted }) => isRestricted);
  return {
    id: environment.id,
    name: environment.name,
    archived: environment.archivedAt !== undefined,
    visibility: environment.visibility,
    rebuildOnBaseChanges: 'never',
    supportedClusters: [],
    isCurated: false,
    ...(environment.visibility === 'private' && {
      owner: { id: user.id, username: user.name, ownerType: 'individual' },
    }),
    latestRevision: revisionView(simulation, latestRevision(environment)),
    ...(active && { selectedRevision: revisionView(simulation, active) }),
    ...(restricted && { restrictedRevision: revisionView(simulation, restricted) }),
  };
}

const titleCase = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** `RevisionOverview` of `/v4`: the status is Title-Case. */
export function overview({ clock }: Simulation, revision: Revision) {
  const status = buildStatus(currentBuild(revision), clock.now());
  return {
    id: revision.id,
    number: revision.number,
    ...(status && { status: titleCase(status) }),
    url: `/environments/${revision.environmentId}/revisions/${revision.id}`,
    availableTools: [],
    isRestricted: revision.isRestricted,
    tags: [...revision.tags],
  };
}

/** The image that a build makes; nobody can pull it. */
export const builtImage = ({ environmentId, number }: Revision): string =>
  `registry.simulator.test/environment:${environmentId}-${number}`;

/** `EnvironmentRevision` of `/v4`: what a revision is made of, and its image once it is built. */
export function content(simulation: Simulation, environment: Environment, revision: Revision) {
  const isBuilt = builtAt(revision, simulation.clock.now()) !== undefined;
  return {
    id: revision.id,
    number: revision.number,
    environmentId: environment.id,
    environmentName: environment.name,
    summary: revision.summary,
    dockerfileInstructions: revision.dockerfileInstructions,
    ...(isBuilt && { dockerImage: builtImage(revision) }),
    ...revision.scripts,
    imageType: 'CustomImage',
    isBuilt,
    isRestricted: revision.isRestricted,
    dockerArguments: [],
    buildEnvironmentVariables: [],
    shouldUseVPN: false,
    supportsPackagePersistence: false,
  };
}

/** What the image of a revision is told as: a revision of the default environment, with that image. */
export function baseOf(simulation: Simulation, { image }: Revision) {
  const environment = [...simulation.state.environments.values()].find(({ isDefault }) => isDefault);
  const [revision] = environment?.revisions ?? [];
  if (environment === undefined || revision === undefined) return { dockerImage: image };
  return { ...content(simulation, environment, revision), dockerImage: image };
}

/** `EnvironmentDetails` of `/v4`. */
export function detailsView(simulation: Simulation, environment: Environment) {
  const latest = latestRevision(environment);
  const active = activeRevision(simulation, environment);
  const { user } = simulation.state;
  return {
    id: environment.id,
    name: environment.name,
    archived: environment.archivedAt !== undefined,
    description: environment.description,
    visibility: titleCase(environment.visibility),
    supportedClusters: [],
    isCurated: false,
    ...(environment.visibility === 'private' && {
      owner: { id: user.id, username: user.name, environmentOwnerType: 'Individual' },
    }),
    base: baseOf(simulation, latest),
    latestRevision: overview(simulation, latest),
    latestRevisionDetails: content(simulation, environment, latest),
    ...(active && { selectedRevision: overview(simulation, active) }),
    lastUpdated: new Date(latest.createdAt).toISOString(),
  };
}
