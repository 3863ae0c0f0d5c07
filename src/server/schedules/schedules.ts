/** The routes of schedules: define, list, look at, and what steers them is in `steering.ts`. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import {
  type Principal,
  type Role,
  cancellableBy,
  identitiesOf,
  may,
  requireRole,
} from '../../access/principal.js';
import { checkSchedule } from '../../client.js';
import { connectionsIn } from '../../client/starting.js';
import { usedBy } from '../../run/documents/documents.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { recorded } from '../audit.js';
import type { ServerContext } from '../context.js';
import { addRoute } from '../route.js';
import { knownTo, pipelineNames } from '../unseen.js';
import {
  NextQuery,
  Schedule,
  ScheduleDocument,
  SchedulePage,
  ScheduleQuery,
  ScheduleTimes,
  scheduleParams,
} from './schemas.js';

const group = 'schedules';

/** Adds the routes that list, read, create, update and delete schedules. */
export function addScheduleRoutes(app: FastifyInstance, context: ServerContext): void {
  addReads(app, context);
  addCreate(app, context);
  addUpdate(app, context);
  addRoute(app, {
    method: 'DELETE',
    url: '/v1/schedules/:name',
    name: 'deleteSchedule',
    group,
    summary: 'Delete a schedule. Runs that it has started go on.',
    access: 'admin',
    params: scheduleParams,
    answers: { 204: z.null().describe('Deleted') },
    problems: [404, 503],
    answer: async ({ params: { name }, principal, request, send }) => {
      await visibleSchedule(context, principal, 'admin', name);
      await recorded(context, request, { action: 'schedule.delete', object: name }, () =>
        context.client.schedules.delete(name),
      );
      return send(204, null);
    },
  });
}

function addReads(app: FastifyInstance, { client }: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url: '/v1/schedules',
    name: 'listSchedules',
    group,
    summary: 'List the schedules that the caller may see, a page at a time.',
    access: 'viewer',
    query: ScheduleQuery,
    answers: { 200: SchedulePage },
    problems: [503],
    answer: ({ query: { limit, cursor, ...filter }, principal }) =>
      client.schedules.page({ ...filter, within: principal.grants }, { size: limit, cursor }),
  });
  addRoute(app, {
    method: 'GET',
    url: '/v1/schedules/:name',
    name: 'getSchedule',
    group,
    summary: 'Get a schedule: its definition, how it stands, its last runs and next times.',
    access: 'viewer',
    params: scheduleParams,
    answers: { 200: Schedule },
    problems: [404, 503],
    answer: ({ params: { name }, principal }) => visibleSchedule({ client }, principal, 'viewer', name),
  });
  addRoute(app, {
    method: 'GET',
    url: '/v1/schedules/:name/next',
    name: 'listScheduleTimes',
    group,
    summary: 'List the next times of a schedule in its zone, also while it is paused.',
    access: 'viewer',
    params: scheduleParams,
    query: NextQuery,
    answers: { 200: ScheduleTimes },
    problems: [404, 503],
    answer: async ({ params: { name }, query: { count, after }, principal }) => {
      await visibleSchedule({ client }, principal, 'viewer', name);
      return {
        times: await client.schedules.next(name, {
          count,
          ...(after !== undefined && { after: new Date(after) }),
        }),
      };
    },
  });
}

function addCreate(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'POST',
    url: '/v1/schedules',
    name: 'createSchedule',
    group,
    summary: 'Create a schedule once its definition and the input of its runs are checked.',
    access: 'admin',
    body: ScheduleDocument,
    answers: { 201: Schedule },
    problems: [404, 409, 422, 503],
    answer: async ({ body, principal, request, send }) => {
      const checked = allowedDefinition(context, principal, body, 'creating a schedule');
      const { name } = checked;
      await recorded(
        context,
        request,
        { action: 'schedule.create', object: name },
        () => context.client.schedules.create(body, nameOf(context, principal, connectionsIn(checked))),
        () => 'created',
      );
      return send(201, await context.client.schedules.describe(name), { location: `/v1/schedules/${name}` });
    },
  });
}

function addUpdate(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'PUT',
    url: '/v1/schedules/:name',
    name: 'updateSchedule',
    group,
    summary: 'Replace the whole definition of a schedule.',
    description:
      'The caller must be admin of what it is a schedule of and of what it becomes one of. A definition that leaves `paused` out leaves the schedule paused or running as it is.',
    access: 'admin',
    params: scheduleParams,
    body: ScheduleDocument,
    answers: { 200: Schedule },
    problems: [404, 409, 422, 503],
    answer: async ({ params: { name }, body, principal, request }) => {
      await visibleSchedule(context, principal, 'admin', name);
      const checked = allowedDefinition(context, principal, body, 'updating a schedule');
      if (checked.name !== name)
        throw new LonghaulError(
          'SCHEDULE_INVALID',
          `the definition is of "${checked.name}", the path of "${name}"; a schedule keeps its name: create another one and delete this`,
          { fields: [{ pointer: '/name', detail: `must be "${name}", as in the path` }] },
        );
      await recorded(context, request, { action: 'schedule.update', object: name }, () =>
        context.client.schedules.update(body, nameOf(context, principal, connectionsIn(checked))),
      );
      return context.client.schedules.describe(name);
    },
  });
}

/** In whose name the runs of a schedule act. */
const nameOf = (context: ServerContext, principal: Principal, connections: readonly string[]) => ({
  ids: identitiesOf(principal),
  mayCancel: cancellableBy(principal, connections, pipelineNames(context)),
});

/** A definition that is sound and of something that the caller is admin of. */
function allowedDefinition(context: ServerContext, principal: Principal, body: unknown, what: string) {
  return checkSchedule(body, knownTo(principal, context, { role: 'admin', what }));
}

/**
 * The schedule, if there is one and the caller may do this to it.
 * @throws LonghaulError `SCHEDULE_UNKNOWN` also for those that the caller may not see, `ACCESS_DENIED`
 */
export async function visibleSchedule(
  { client }: Pick<ServerContext, 'client'>,
  principal: Principal,
  role: Role,
  name: string,
) {
  const schedule = await client.schedules.describe(name);
  const scope = { pipeline: schedule.pipeline, connection: usedBy(schedule) };
  if (!may(principal, 'viewer', scope))
    throw new LonghaulError('SCHEDULE_UNKNOWN', `there is no schedule "${name}"`);
  requireRole(principal, role, 'this', scope);
  return schedule;
}
