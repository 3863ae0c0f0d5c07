/**
 * Apps as `/v4` publishes them: created once, and started and stopped again and again. Each start is a version of the app
 * of the public API.
 */
import { z } from 'zod';
import { createApp } from '../apps/apps.js';
import { addVersion, stopInstances } from '../apps/versions.js';
import { currentVersion, instanceSummary } from '../apps/views.js';
import { iso } from '../handlers.js';
import type { App } from '../world/state.js';
import { liveProject } from '../world/live.js';
import { type Simulation, need } from '../world/simulation.js';
import { type Routes, route } from './route.js';
import type { UnpublishedApp } from './state.js';

const NewApp = z.strictObject({ projectId: z.string(), name: z.string().default('') });
const StartApp = z.strictObject({
  hardwareTierId: z.string().optional(),
  environmentId: z.string().optional(),
});

/** The routes of apps. */
export const apps: Routes = {
  'v4Apps.list': route({
    method: 'GET',
    path: '/v4/modelProducts',
    query: z.strictObject({ projectId: z.string().optional() }),
    answer: (simulation, { query: { projectId } }) =>
      [
        ...[...simulation.state.apps.values()].map((app) => publishedView(simulation, app)),
        ...[...simulation.state.legacy.unpublishedApps.values()].map(unpublishedView),
      ].filter((app) => (projectId ?? app.projectId) === app.projectId),
  }),
  'v4Apps.create': route({
    method: 'POST',
    path: '/v4/modelProducts',
    body: NewApp,
    answer(simulation, { body: { projectId, name }, note }) {
      const { state, ids, clock } = simulation;
      liveProject(simulation, projectId);
      const app = { id: ids.next(), projectId, name, createdAt: clock.now() };
      state.legacy.unpublishedApps.set(app.id, app);
      note('created', 'app', app.id, name);
      return unpublishedView(app);
    },
  }),
  'v4Apps.get': route({
    method: 'GET',
    path: '/v4/modelProducts/{appId}',
    answer(simulation, { path: { appId } }) {
      const unpublished = simulation.state.legacy.unpublishedApps.get(appId);
      return unpublished
        ? unpublishedView(unpublished)
        : publishedView(simulation, need(simulation.state.apps, appId, 'app'));
    },
  }),
  'v4Apps.start': route({
    method: 'POST',
    path: '/v4/modelProducts/{appId}/start',
    body: StartApp,
    answer(simulation, { path: { appId }, body, note }) {
      const { state } = simulation;
      const unpublished = state.legacy.unpublishedApps.get(appId);
      const app = unpublished ? publishable(simulation, unpublished) : need(state.apps, appId, 'app');
      addVersion(simulation, app, body, note);
      state.apps.set(appId, app);
      state.legacy.unpublishedApps.delete(appId);
      return appId;
    },
  }),
  'v4Apps.stop': route({
    method: 'POST',
    path: '/v4/modelProducts/{appId}/stop',
    answer(simulation, { path: { appId }, note }) {
      const app = simulation.state.apps.get(appId);
      if (app === undefined) need(simulation.state.legacy.unpublishedApps, appId, 'app');
      else {
        stopInstances(simulation, currentVersion(app));
        note('changed', 'app', appId, app.settings.description);
      }
      return appId;
    },
  }),
};

const publishable = (simulation: Simulation, { id, ...stated }: UnpublishedApp): App =>
  createApp(simulation, { name: stated.name, projectId: stated.projectId, visibility: 'GRANT_BASED' }, id);

function publishedView(simulation: Simulation, app: App) {
  const { environment, hardwareTierId, instances } = currentVersion(app);
  const [instance] = instances.slice(-1);
  return {
    ...viewOf({ ...app, projectId: app.project.id }),
    environmentId: environment.id,
    hardwareTierId,
    status: instance === undefined ? '' : instanceSummary(simulation, instance).status,
    lastUpdated: iso(app.updatedAt),
  };
}

const unpublishedView = (app: UnpublishedApp) => ({
  ...viewOf(app),
  status: '',
  lastUpdated: iso(app.createdAt),
});

/** What all have of a `ModelProduct`. */
const viewOf = ({ id, projectId, name, createdAt }: UnpublishedApp) => ({
  id,
  modelProductType: 'APP',
  projectId,
  name,
  created: iso(createdAt),
  media: [],
  openUrl: `/apps/${id}`,
  tags: [],
  stats: { usageCount: 0 },
  permissionsData: {
    visibility: 'GRANT_BASED',
    accessRequestStatuses: {},
    pendingInvitations: [],
    discoverable: true,
    appAccessStatus: 'ALLOWED',
  },
});
