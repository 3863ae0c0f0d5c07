/** The routes that steer a schedule: pause, unpause, trigger, backfill. */
import type { FastifyInstance } from 'fastify';
import { actorOf, identitiesOf } from '../../access/principal.js';
import { recorded } from '../audit.js';
import type { ServerContext } from '../context.js';
import { addRoute } from '../route.js';
import {
  BackfillSchedule,
  PauseSchedule,
  Schedule,
  ScheduleBackfill,
  TriggerSchedule,
  TriggeredSchedule,
  UnpauseSchedule,
  scheduleParams,
} from './schemas.js';
import { visibleSchedule } from './schedules.js';

const group = 'schedules';

/** Adds the routes that pause, unpause, trigger and backfill a schedule. */
export function addScheduleSteeringRoutes(app: FastifyInstance, context: ServerContext): void {
  addPauses(app, context);
  addTrigger(app, context);
  addBackfill(app, context);
}

function addPauses(app: FastifyInstance, context: ServerContext): void {
  const { schedules } = context.client;
  addRoute(app, {
    method: 'POST',
    url: '/v1/schedules/:name/pause',
    name: 'pauseSchedule',
    group,
    summary: 'Pause a schedule: ticks start nothing until it is unpaused.',
    access: 'operator',
    params: scheduleParams,
    body: PauseSchedule,
    answers: { 200: Schedule },
    problems: [404, 503],
    answer: async ({ params: { name }, body: { reason }, principal, request }) => {
      await visibleSchedule(context, principal, 'operator', name);
      await recorded(context, request, { action: 'schedule.pause', object: name, reason }, () =>
        schedules.pause(name, { reason, by: actorOf(principal) }),
      );
      return schedules.describe(name);
    },
  });
  addRoute(app, {
    method: 'POST',
    url: '/v1/schedules/:name/unpause',
    name: 'unpauseSchedule',
    group,
    summary: 'Let a paused schedule go on. Ticks that were missed meanwhile are not made up for.',
    access: 'operator',
    params: scheduleParams,
    body: UnpauseSchedule,
    answers: { 200: Schedule },
    problems: [404, 503],
    answer: async ({ params: { name }, body: { reason }, principal, request }) => {
      await visibleSchedule(context, principal, 'operator', name);
      await recorded(context, request, { action: 'schedule.unpause', object: name, reason }, () =>
        schedules.unpause(name, { reason, by: actorOf(principal) }),
      );
      return schedules.describe(name);
    },
  });
}

function addTrigger(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url: '/v1/schedules/:name/trigger',
    name: 'triggerSchedule',
    group,
    summary: 'Let a schedule tick now, also while it is paused.',
    access: 'operator',
    params: scheduleParams,
    body: TriggerSchedule,
    answers: { 200: TriggeredSchedule },
    problems: [404, 503],
    answer: async ({ params: { name }, body: { overlap }, principal, request }) => {
      await visibleSchedule(context, principal, 'operator', name);
      return recorded(
        context,
        request,
        { action: 'schedule.trigger', object: name },
        () => context.client.schedules.trigger(name, { overlap, ids: identitiesOf(principal) }),
        ({ outcome }) => outcome,
      );
    },
  });
}

function addBackfill(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url: '/v1/schedules/:name/backfill',
    name: 'backfillSchedule',
    group,
    summary: 'Start the runs that a schedule would have started in a time that is past.',
    access: 'operator',
    params: scheduleParams,
    body: BackfillSchedule,
    answers: { 200: ScheduleBackfill },
    problems: [404, 409, 422, 503],
    answer: async ({ params: { name }, body: { start, end, overlap, max, dryRun }, principal, request }) => {
      await visibleSchedule(context, principal, 'operator', name);
      const range = { start: new Date(start), end: new Date(end) };
      if (dryRun) return { ...(await context.client.schedules.planBackfill(name, range)), dryRun };
      const done = await recorded(
        context,
        request,
        { action: 'schedule.backfill', object: name, reason: `${start} to ${end}` },
        () =>
          context.client.schedules.backfill(name, { ...range, overlap, max, ids: identitiesOf(principal) }),
        ({ times }) => `${times.length} runs`,
      );
      return { ...done, dryRun };
    },
  });
}
