/** Apps: created, changed and deleted, with their versions, instances and thumbnails. */
import { isDeepStrictEqual } from 'node:util';
import type { domino } from '../../../contract/domino/index.js';
import { type Handlers, type NoteEffect, pageOf } from '../handlers.js';
import type { App, AppSettings } from '../world/state.js';
import { liveProject } from '../world/live.js';
import { personOf } from '../world/people.js';
import type { Simulation } from '../world/simulation.js';
import { instances } from './instances.js';
import { thumbnails } from './thumbnails.js';
import { type NewVersion, addVersion, appOf, stopInstances, versions } from './versions.js';
import { appView, currentVersion, versionView } from './views.js';

type AppHandlers = Handlers<typeof domino>['apps'];
type Query = Parameters<AppHandlers['list']>[1]['query'];
type NewApp = Parameters<AppHandlers['create']>[1]['body'];

/** The handlers of apps. */
export const apps: AppHandlers = {
  ...versions,
  ...instances,
  ...thumbnails,
  list(simulation, { query, metadata }) {
    const wanted = [...simulation.state.apps.values()]
      .map((app) => ({ app, view: appView(simulation, app) }))
      .filter(({ app, view }) => isWanted(app, statusOf(view), query));
    const sorted = sortedBy(wanted, query).map(({ view }) => ({ ...view, isPinned: false }));
    const { items, paging } = pageOf(sorted, { limit: sorted.length, ...query });
    return { items, metadata: { ...metadata, ...paging } };
  },
  create(simulation, { body, note }) {
    const { version, ...stated } = body;
    const app = createApp(simulation, stated);
    const noted: Parameters<NoteEffect>[] = [];
    addVersion(simulation, app, version, (...effect) => void noted.push(effect));
    simulation.state.apps.set(app.id, app);
    note('created', 'app', app.id, app.settings.description);
    for (const effect of noted) note(...effect);
    return appView(simulation, app);
  },
  get: (simulation, { path }) => appView(simulation, appOf(simulation, path)),
  update(simulation, { path, body, note }) {
    const app = appOf(simulation, path);
    const { name = app.name, version, ...settings } = body;
    refuseUnknownUsers(simulation, settings);
    if (version !== undefined && !isThere(simulation, app, version))
      addVersion(simulation, app, version, note);
    app.name = name;
    app.settings = changed(app.settings, settings);
    app.updatedAt = simulation.clock.now();
    note('changed', 'app', app.id, app.settings.description);
    return appView(simulation, app);
  },
  delete(simulation, { path, note }) {
    const app = appOf(simulation, path);
    for (const version of app.versions) stopInstances(simulation, version);
    simulation.state.apps.delete(app.id);
    note('changed', 'app', app.id, app.settings.description);
    return undefined;
  },
};

/**
 * A new app without a version, under a new id unless one is stated.
 *
 * @throws Refusal 400, 404
 */
export function createApp(
  simulation: Simulation,
  body: Omit<NewApp, 'version'>,
  id = simulation.ids.next(),
): App {
  const { name, projectId, configurationType = 'STANDARD', ...settings } = body;
  refuseUnknownUsers(simulation, settings);
  const createdAt = simulation.clock.now();
  return {
    id,
    name,
    project: liveProject(simulation, projectId),
    configurationType,
    settings: changed({ ...standardSettings, visibility: settings.visibility }, settings),
    createdAt,
    updatedAt: createdAt,
    versions: [],
    thumbnail: undefined,
  };
}

const standardSettings: Omit<AppSettings, 'visibility'> = {
  description: '',
  entryPoint: 'app.sh',
  discoverable: true,
  renderIFrame: true,
  mountDatasets: false,
  mountNetAppVolumes: false,
  accessStatuses: [],
};

/** What a request leaves out stays. */
function changed(
  before: AppSettings,
  asked: { readonly [S in keyof AppSettings]?: AppSettings[S] | undefined },
): AppSettings {
  return {
    description: asked.description ?? before.description,
    visibility: asked.visibility ?? before.visibility,
    entryPoint: asked.entryPoint ?? before.entryPoint,
    discoverable: asked.discoverable ?? before.discoverable,
    renderIFrame: asked.renderIFrame ?? before.renderIFrame,
    mountDatasets: asked.mountDatasets ?? before.mountDatasets,
    mountNetAppVolumes: asked.mountNetAppVolumes ?? before.mountNetAppVolumes,
    accessStatuses: asked.accessStatuses ?? before.accessStatuses,
  };
}

function refuseUnknownUsers(
  { state }: Simulation,
  { accessStatuses = [] }: Pick<NewApp, 'accessStatuses'>,
): void {
  for (const { userId } of accessStatuses) personOf(state, userId);
}

/** Whether the current version is what is asked for already: a request that comes again adds none. */
function isThere(simulation: Simulation, app: App, asked: NewVersion): boolean {
  const current: Readonly<Record<string, unknown>> = versionView(simulation, currentVersion(app));
  return Object.entries(asked).every(([key, value]) => isDeepStrictEqual(current[key], value));
}

type View = ReturnType<typeof appView>;

const statusOf = ({ currentVersion: { currentInstance } }: View): string => currentInstance?.status ?? '';

function isWanted({ name, project }: App, appStatus: string, query: Query): boolean {
  return (
    (query.projectId === undefined || project.id === query.projectId) &&
    (query.ownerId === undefined || project.owner.id === query.ownerId) &&
    (query.name === undefined || name.toLowerCase().includes(query.name.toLowerCase())) &&
    (query.status === undefined || appStatus === query.status)
  );
}

/** In the order of a field; without one, in that of their creation. */
function sortedBy<T extends { readonly view: View }>(
  items: T[],
  { sortField, sortOrder = 'asc' }: Query,
): readonly T[] {
  if (sortField === undefined) return sortOrder === 'asc' ? items : items.toReversed();
  const key = ({ view }: T): string | number => {
    if (sortField === 'name') return view.name;
    if (sortField === 'status') return statusOf(view);
    return sortField === 'lastUpdated' ? view.updatedAt : view.views;
  };
  const sorted = items.toSorted((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))));
  return sortOrder === 'asc' ? sorted : sorted.toReversed();
}
