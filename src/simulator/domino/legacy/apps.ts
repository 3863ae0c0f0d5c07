/** Apps as `/v4` publishes them: an app is created once, and started and stopped again and again. */
import { z } from 'zod';
import { notFound } from '../../errors.js';
import { iso } from '../handlers.js';
import { chosenTier } from '../jobs.js';
import { type Simulation, need } from '../world/simulation.js';
import { type Routes, route } from './route.js';
import type { App } from './state.js';

const NewApp = z.strictObject({
  modelProductType: z.enum(['APP', 'BATCH', 'REPORT', 'SCORER']).default('APP'),
  projectId: z.string(),
  name: z.string().default(''),
});

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
      [...simulation.state.legacy.apps.values()]
        .filter((app) => (projectId ?? app.projectId) === app.projectId)
        .map((app) => appView(simulation, app)),
  }),
  'v4Apps.create': route({
    method: 'POST',
    path: '/v4/modelProducts',
    body: NewApp,
    answer(simulation, { body: { projectId, name }, note }) {
      const { state, ids, clock } = simulation;
      need(state.projects, projectId, 'project');
      const app: App = {
        ...{ id: ids.next(), projectId, name, createdAt: clock.now() },
        hardwareTierId: undefined,
        environmentId: undefined,
      };
      state.legacy.apps.set(app.id, app);
      note('created', 'app', app.id, name);
      return appView(simulation, app);
    },
  }),
  'v4Apps.get': route({
    method: 'GET',
    path: '/v4/modelProducts/{appId}',
    answer: (simulation, { path }) => appView(simulation, appOf(simulation, path)),
  }),
  'v4Apps.start': route({
    method: 'POST',
    path: '/v4/modelProducts/{appId}/start',
    body: StartApp,
    answer(simulation, { path, body, note }) {
      const { ids, clock, world, state } = simulation;
      const app = appOf(simulation, path);
      if (body.hardwareTierId !== undefined) chosenTier(simulation, body.hardwareTierId);
      if (body.environmentId !== undefined) need(state.environments, body.environmentId, 'environment');
      app.hardwareTierId = body.hardwareTierId ?? app.hardwareTierId;
      app.environmentId = body.environmentId ?? app.environmentId;
      const startMs = ids.durationMs(`app ${app.id}`, world.durations.deploy);
      app.order = { at: clock.now(), order: 'start', startMs };
      note('changed', 'app', app.id, app.name);
      return app.id;
    },
  }),
  'v4Apps.stop': route({
    method: 'POST',
    path: '/v4/modelProducts/{appId}/stop',
    answer(simulation, { path, note }) {
      const app = appOf(simulation, path);
      app.order = { at: simulation.clock.now(), order: 'stop', startMs: 0 };
      note('changed', 'app', app.id, app.name);
      return app.id;
    },
  }),
};

function appOf({ state }: Simulation, { appId }: { readonly appId: string }): App {
  const app = state.legacy.apps.get(appId);
  if (app === undefined) throw notFound('app', appId);
  return app;
}

const stoppingMs = 2_000;

/** An app that was never started has an empty status. */
function statusOf({ clock }: Simulation, { order }: App): string {
  if (order === undefined) return '';
  const ms = clock.now() - order.at;
  if (order.order === 'stop') return ms < stoppingMs ? 'Stopping' : 'Stopped';
  if (ms >= order.startMs) return 'Running';
  return ms < order.startMs / 2 ? 'Queued' : 'Preparing';
}

/** `ModelProduct`. */
function appView(simulation: Simulation, app: App) {
  const { order, createdAt } = app;
  return {
    id: app.id,
    modelProductType: 'APP',
    projectId: app.projectId,
    name: app.name,
    status: statusOf(simulation, app),
    created: iso(createdAt),
    lastUpdated: iso(order?.at ?? createdAt),
    ...(app.hardwareTierId !== undefined && { hardwareTierId: app.hardwareTierId }),
    ...(app.environmentId !== undefined && { environmentId: app.environmentId }),
    media: [],
    openUrl: `/apps/${app.id}`,
    tags: [],
    stats: { usageCount: 0 },
    permissionsData: {
      visibility: 'GRANT_BASED',
      accessRequestStatuses: {},
      pendingInvitations: [],
      discoverable: true,
      appAccessStatus: 'ALLOWED',
    },
  };
}
