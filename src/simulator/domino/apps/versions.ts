/** Versions of apps: each starts when it is added, and what ran before stops. */
import type { domino } from '../../../contract/domino/index.js';
import { Refusal, notFound } from '../../errors.js';
import { activeRevision, currentBuild, latestRevision } from '../environment-views.js';
import { defaultEnvironment, revisionOf } from '../environments.js';
import type { Handlers, NoteEffect } from '../handlers.js';
import { chosenCommit, chosenTier } from '../jobs.js';
import type { App, AppInstance, AppVersion } from '../world/state.js';
import { liveEnvironment } from '../world/live.js';
import { failingCommand } from '../world/outcomes.js';
import { type Simulation, need } from '../world/simulation.js';
import { progressOf, versionView } from './views.js';

type AppHandlers = Handlers<typeof domino>['apps'];

/** What a request says of a new version. */
export type NewVersion = Parameters<AppHandlers['createVersion']>[1]['body'];

/** The handlers of versions. */
export const versions: Pick<AppHandlers, 'listVersions' | 'createVersion' | 'getVersion' | 'updateVersion'> =
  {
    listVersions(simulation, { path, metadata }) {
      const items = appOf(simulation, path)
        .versions.map((version) => versionView(simulation, version))
        .reverse();
      return { items, metadata: { ...metadata, ...wholeOf(items) } };
    },
    createVersion(simulation, { path, body, note }) {
      const app = appOf(simulation, path);
      return versionView(simulation, addVersion(simulation, app, body, note));
    },
    getVersion: (simulation, { path }) => versionView(simulation, versionOf(appOf(simulation, path), path)),
    updateVersion(simulation, { path, body, note }) {
      const app = appOf(simulation, path);
      const version = versionOf(app, path);
      if (body.vanityUrl !== undefined) refuseTaken(simulation, app, body.vanityUrl);
      version.vanityUrl = body.vanityUrl;
      version.updatedAt = simulation.clock.now();
      note('changed', 'appVersion', version.id, app.settings.description);
      return versionView(simulation, version);
    },
  };

/** The app that a path names. */
export const appOf = ({ state }: Simulation, { appId }: { readonly appId: string }): App =>
  need(state.apps, appId, 'app');

/** The version of an app that a path names. */
export function versionOf(app: App, { versionId }: { readonly versionId: string }): AppVersion {
  const version = app.versions.find(({ id }) => id === versionId);
  if (version === undefined) throw notFound('app version', versionId);
  return version;
}

/** What a list tells about its paging that answers everything at once. */
export function wholeOf({ length }: readonly unknown[]) {
  const paging = { offset: 0, limit: length, totalCount: length };
  return { ...paging, pagination: paging };
}

/**
 * Adds a version to an app and starts it.
 *
 * @throws Refusal 400, 404, before anything is changed
 */
export function addVersion(simulation: Simulation, app: App, body: NewVersion, note: NoteEffect): AppVersion {
  if (app.project.archived) throw new Refusal(400, `The project ${app.project.id} of the app is archived`);
  const version = readVersion(simulation, app, body);
  for (const earlier of app.versions) stopInstances(simulation, earlier);
  app.versions.push(version);
  app.updatedAt = version.createdAt;
  note('created', 'appVersion', version.id, app.settings.description);
  startInstance(simulation, version, note);
  return version;
}

function readVersion(simulation: Simulation, app: App, body: NewVersion): AppVersion {
  const { environmentId, environmentRevisionId, hardwareTierId, entryScript, vanityUrl, ...stated } = body;
  const environment =
    environmentId === undefined ? defaultEnvironment(simulation) : liveEnvironment(simulation, environmentId);
  const revision =
    environmentRevisionId === undefined
      ? (activeRevision(simulation, environment) ?? latestRevision(environment))
      : revisionOf(environment, environmentRevisionId);
  const tier = chosenTier(simulation, hardwareTierId);
  chosenCommit(simulation, app.project, body.dfsCommitId);
  if (vanityUrl !== undefined) refuseTaken(simulation, app, vanityUrl);
  const createdAt = simulation.clock.now();
  return {
    id: simulation.ids.next(),
    ...{ createdAt, updatedAt: createdAt, environment, revision, hardwareTierId: tier.id },
    ...{ entryScript, vanityUrl, stated, instances: [] },
  };
}

function refuseTaken({ state }: Simulation, app: App, vanityUrl: string): void {
  for (const other of state.apps.values())
    if (other !== app && other.versions.at(-1)?.vanityUrl === vanityUrl)
      throw new Refusal(400, `The vanity URL ${JSON.stringify(vanityUrl)} is taken`);
}

/** Starts a version once more. */
export function startInstance(
  { ids, clock, world }: Simulation,
  version: AppVersion,
  note: NoteEffect,
): AppInstance {
  const id = ids.next();
  const instance: AppInstance = {
    id,
    submittedAt: clock.now(),
    build: currentBuild(version.revision),
    queueMs: ids.durationMs(`queue ${id}`, world.durations.queue),
    fails: failingCommand.test(version.entryScript ?? ''),
  };
  version.instances.push(instance);
  note('created', 'appInstance', id);
  return instance;
}

/** Stops what runs of a version. */
export function stopInstances(simulation: Simulation, { instances }: AppVersion): void {
  for (const instance of instances) stopInstance(simulation, instance);
}

/** Stops an instance; whether it was not over or stopping before. */
export function stopInstance(simulation: Simulation, instance: AppInstance): boolean {
  if (instance.stop !== undefined || progressOf(simulation, instance).isCompleted) return false;
  instance.stop = { at: simulation.clock.now(), discard: false };
  return true;
}
