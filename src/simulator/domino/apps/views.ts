/** Apps, their versions and their instances as the platform shows them. Times are milliseconds since the epoch. */
import type { App, AppInstance, AppVersion } from '../world/state.js';
import type { Simulation } from '../world/simulation.js';
import { type Course, type Progress, jobProgress, readyAt } from '../world/timelines.js';

/** How long an entry point lives that fails. */
const failsAfterMs = 2_000;

/** What decides where an instance is: it runs until it is stopped, unless it fails. */
export function courseOf({ submittedAt, build, queueMs, fails, stop }: AppInstance): Course {
  const course = { submittedAt, build, queueMs, stop, ending: 'Failed' as const };
  const failsAt = readyAt({ ...course, runEndsAt: 0 }) + failsAfterMs;
  return { ...course, runEndsAt: fails ? failsAt : Number.POSITIVE_INFINITY };
}

/** Where an instance is. */
export const progressOf = ({ clock }: Simulation, instance: AppInstance): Progress =>
  jobProgress(courseOf(instance), clock.now());

/** The newest version of an app. */
export function currentVersion({ versions }: App): AppVersion {
  const version = versions.at(-1);
  if (version === undefined) throw new Error('an app has at least one version');
  return version;
}

/** `AppInstanceSummaryResponse`. */
export const instanceSummary = (simulation: Simulation, instance: AppInstance) => ({
  id: instance.id,
  status: progressOf(simulation, instance).status,
  createdAt: instance.submittedAt,
});

/** `AppInstanceResponse`. */
export function instanceView(simulation: Simulation, instance: AppInstance) {
  const summary = instanceSummary(simulation, instance);
  const runs = summary.status === 'Running';
  return {
    ...summary,
    resourceUsage: runs ? [{ cpu: '0.05', memory: '128Mi', timestamp: simulation.clock.now() }] : [],
    autoscalingInfo: { readyReplicas: runs ? 1 : 0 },
  };
}

/** `AppVersionResponse`. */
export function versionView(simulation: Simulation, version: AppVersion) {
  const instance = version.instances.at(-1);
  const { id, name } = simulation.state.user;
  return {
    tags: [],
    externalVolumeMountIds: [],
    netAppVolumeIds: [],
    extendedIdentityPropagationToAppsEnabled: false,
    ...version.stated,
    id: version.id,
    environmentId: version.environment.id,
    environmentRevisionId: version.revision.id,
    hardwareTierId: version.hardwareTierId,
    createdAt: version.createdAt,
    updatedAt: version.updatedAt,
    publisher: { id, name },
    ...(version.entryScript !== undefined && { entryScript: version.entryScript }),
    ...(version.vanityUrl !== undefined && { vanityUrl: version.vanityUrl }),
    ...(instance && { currentInstance: instanceSummary(simulation, instance) }),
  };
}

/** `AppResponse`. */
export function appView(simulation: Simulation, app: App) {
  const { project, settings, thumbnail } = app;
  const version = currentVersion(app);
  const { id, name } = simulation.state.user;
  return {
    id: app.id,
    name: app.name,
    ...settings,
    accessStatuses: [...settings.accessStatuses],
    configurationType: app.configurationType,
    url: `/apps/${version.vanityUrl ?? app.id}`,
    ...(version.vanityUrl !== undefined && { vanityUrl: version.vanityUrl }),
    views: 0,
    updatedAt: app.updatedAt,
    project: {
      id: project.id,
      name: project.name,
      ownerId: project.owner.id,
      ownerUsername: project.owner.name,
      projectType: 'Analytic',
    },
    publisher: { id, name },
    currentVersion: versionView(simulation, version),
    ...(thumbnail && { thumbnailEtag: thumbnail.etag }),
  };
}
