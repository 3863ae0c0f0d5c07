/** The routes that stream: events of a run, the log of its job. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { LonghaulError } from '../../run/failures/errors.js';
import type { RunLogLine } from '../../client.js';
import type { Run } from '../../run/steps.js';
import { wholeOf } from '../../steps/ends.js';
import type { ServerContext } from '../context.js';
import type { FeedItem } from './feeds.js';
import { admitFollower } from './follower.js';
import type { JobLogLine } from './log-pages.js';
import { noted } from '../audit.js';
import { addRoute } from '../route.js';
import { visibleRun } from '../runs/runs.js';
import { scopeOf } from '../unseen.js';
import { RunId, Step } from '../schemas.js';
import { type Item, formOf, stream } from './stream.js';

const runParams = z.strictObject({ runId: RunId });

/** One line of the stream as JSON lines; Server-Sent Events carry the same as `data`, with `id` and `event`. */
const EventLine = z
  .object({
    id: z.string().optional().describe('For `Last-Event-ID`.'),
    event: z.enum(['run', 'step']),
    at: z.string(),
    run: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        'Its status, and failure, cleanup and end once known; `unserved` where no worker takes something of it, `null` where one does again.',
      ),
    step: Step.optional(),
  })
  .meta({ id: 'RunEvent' });

/** Adds the routes that stream a run’s events and its jobs’ logs. */
export function addFollowingRoutes(app: FastifyInstance, context: ServerContext): void {
  addEvents(app, context);
  addLogs(app, context);
}

function addEvents(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url: '/v1/runs/:runId/events',
    name: 'followRun',
    group: 'runs',
    summary: 'Follow a run: every change of it and its steps, from the first, until it ends.',
    description:
      'Server-Sent Events, or JSON lines with `Accept: application/x-ndjson`. `Last-Event-ID` resumes after that event, on any server. 204 when the run has ended and there is nothing more.',
    access: 'viewer',
    params: runParams,
    headers: z.looseObject({ 'last-event-id': z.string().max(200).optional() }),
    answers: {
      200: {
        description: 'The changes, as they happen',
        content: {
          'text/event-stream': { schema: z.string() },
          'application/x-ndjson': { schema: EventLine },
        },
      },
      204: z.null().describe('The run has ended, and nothing is left to tell'),
    },
    problems: [404, 503],
    answer: async ({ params: { runId }, request, reply, send }) => {
      const scope = scopeOf(await visibleRun(context, request, 'viewer', runId));
      const { signal } = admitFollower(context, { request, reply }, { scope });
      const after = request.headers['last-event-id'];
      const items = await context.feeds.follow(runId, {
        signal,
        after: typeof after === 'string' ? after : undefined,
      });
      if (items === null) return send(204, null);
      return stream(
        reply,
        formOf(request, ['text/event-stream', 'application/x-ndjson']),
        eventItems(items),
        signal,
      );
    },
  });
}

async function* eventItems(items: AsyncIterable<FeedItem>): AsyncGenerator<Item> {
  for await (const { id, type, at, body } of items)
    yield {
      type,
      json: { ...(id !== undefined && { id }), event: type, at, [type]: body },
      ...(id !== undefined && { id }),
    };
}

function addLogs(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url: '/v1/runs/:runId/logs',
    name: 'readRunLogs',
    group: 'runs',
    summary: 'Read the log of the job that a step started on the platform.',
    access: 'viewer',
    params: runParams,
    query: z.strictObject({
      step: z
        .string()
        .regex(/^[a-zA-Z][\w-]{0,62}(\.\d{1,3})?$/)
        .optional()
        .describe(
          'Or an item of one: `train.1`; of a step that is done for each item, the logs of all. Left out, the last step that has a job.',
        ),
      follow: z.enum(['true', 'false']).default('false').describe('`true`: until the job has ended.'),
      tail: z.coerce
        .number()
        .int()
        .min(1)
        .max(10_000)
        .optional()
        .describe('Only this many lines from the end.'),
      timestamps: z
        .enum(['true', 'false'])
        .default('false')
        .describe('Plain text with the time of each line; the other forms have it always.'),
    }),
    answers: {
      200: {
        description: 'The lines, oldest first',
        content: {
          'text/plain': { schema: z.string() },
          'application/x-ndjson': {
            schema: z.object({
              at: z.string().optional(),
              step: z.string().optional().describe('Where the logs of several are told.'),
              line: z.string(),
            }),
          },
          'text/event-stream': { schema: z.string() },
        },
      },
    },
    problems: [404, 502, 503],
    answer: async ({ params: { runId }, query, request, reply }) => {
      const scope = scopeOf(await visibleRun(context, request, 'viewer', runId));
      // Before the platform is asked: who has no place is not asked for.
      const { signal } = admitFollower(context, { request, reply }, { scope });
      const run = await context.client.get(runId);
      const lines = await logOf(context, run, { query, signal });
      noted(context, request, { action: 'run.read-log', object: runId });
      const form = formOf(request, ['text/plain', 'application/x-ndjson', 'text/event-stream']);
      return stream(reply, form, await started(lines, query.timestamps === 'true'), signal);
    },
  });
}

interface LogWanted {
  readonly query: {
    readonly step?: string | undefined;
    readonly follow: 'true' | 'false';
    readonly tail?: number | undefined;
  };
  readonly signal: AbortSignal;
}

/** One log is read by the server for all who follow it; of several, of an end and without a credential, by a worker. */
async function logOf(
  context: ServerContext,
  run: Run,
  { query: { step, follow, tail }, signal }: LogWanted,
): Promise<AsyncIterable<JobLogLine & { readonly step?: string }>> {
  const isOfItems = run.steps.some(({ name }) => name !== step && wholeOf(name) === step);
  const byWorker = (steps: readonly string[]) =>
    context.client.logs(run.runId, { steps, follow: follow === 'true', tail, signal });
  if (isOfItems && step !== undefined) return byWorker([step]);
  const { jobId, ...made } = jobOf(run, step);
  if (tail !== undefined) return withoutStep(byWorker([made.step]));
  const { connection, origins } = await context.client.replays.placeOf(run, made.step);
  try {
    await context.platforms.requireOwnJob(connection, jobId, { origins, ...made });
  } catch (error) {
    const isWithout =
      error instanceof LonghaulError && ['CREDENTIALS_MISSING', 'CONNECTION_UNKNOWN'].includes(error.code);
    if (!isWithout) throw error;
    return withoutStep(byWorker([made.step]));
  }
  return context.platforms.log(connection, jobId, { follow: follow === 'true', signal });
}

async function* withoutStep(lines: AsyncIterable<RunLogLine>): AsyncGenerator<JobLogLine> {
  for await (const { step: _, ...line } of lines) yield line;
}

/** @throws LonghaulError `LOG_NOT_FOUND` */
function jobOf(
  { runId, steps }: Run,
  wanted: string | undefined,
): { readonly jobId: string; readonly step: string; readonly generation: number } {
  const jobs = steps
    .filter(({ name }) => wanted === undefined || name === wanted)
    .flatMap(({ name: step, references, generation = 1 }) =>
      references.filter(({ kind }) => kind === 'job').map(({ id: jobId }) => ({ jobId, step, generation })),
    );
  const job = jobs.at(-1);
  if (job !== undefined) return job;
  const where = wanted === undefined ? `run ${runId}` : `step "${wanted}" of run ${runId}`;
  throw new LonghaulError('LOG_NOT_FOUND', `${where} has started no job, so there is no log`);
}

/** Waits for the first line, so that what the platform refuses is answered as a problem and not as an empty log. */
async function started(
  lines: AsyncIterable<JobLogLine & { readonly step?: string }>,
  isTimed: boolean,
): Promise<AsyncIterable<Item>> {
  const iterator = lines[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* (): AsyncGenerator<Item> {
    for (let next = first; next.done !== true; next = await iterator.next()) {
      const { step, at, line } = next.value;
      const text = [...(step === undefined ? [] : [`[${step}]`]), ...(isTimed ? [at ?? '-'] : []), line];
      yield { type: 'log', json: next.value, text: text.join(' ') };
    }
  })();
}
