/** The route by which two runs are compared. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { diffParts } from '../../client.js';
import type { ServerContext } from '../context.js';
import { addRoute } from '../route.js';
import { visibleRun } from './runs.js';
import { RunId, RunStatus } from '../schemas.js';

const time = z.iso.datetime();
const side = z.enum(['a', 'b']);

const ComparedRun = z
  .object({
    runId: z.string(),
    attemptId: z.string(),
    pipeline: z.string(),
    connection: z.string(),
    status: RunStatus,
    startedAt: time,
    endedAt: time.optional(),
    jobId: z.string().nullable(),
  })
  .meta({ id: 'ComparedRun' });

const PartDiff = z
  .object({
    part: z.enum(diffParts),
    verdict: z.enum(['equal', 'differs', 'unread']),
    changes: z.array(
      z.object({
        name: z.string().describe('What differs, such as `train.command`.'),
        a: z.unknown().describe('`null` where the run does not have it.'),
        b: z.unknown(),
        delta: z.number().optional().describe('Of numbers, `b` less `a`.'),
      }),
    ),
    unread: z.array(z.object({ run: side, reason: z.string() })).describe('Of which run, and why.'),
  })
  .meta({ id: 'PartDiff' });

const RunDiff = z
  .object({ a: ComparedRun, b: ComparedRun, parts: z.array(PartDiff).describe('Every part, always.') })
  .meta({ id: 'RunDiff' });

/** Adds `GET /v1/runs/{runId}/diff`. */
export function addDiffRoute(app: FastifyInstance, context: ServerContext): void {
  addRoute(app, {
    method: 'GET',
    url: '/v1/runs/:runId/diff',
    name: 'diffRuns',
    group: 'runs',
    summary: 'Compare a run (`b`) with another (`a`), or with the last that succeeded before it.',
    description:
      'A worker of the connection reads the platform; what it cannot read is said, and it may take up to 50 seconds to be so.',
    access: 'viewer',
    params: z.strictObject({ runId: RunId }),
    query: z.strictObject({
      with: RunId.optional().describe('Left out, the last that succeeded before it.'),
    }),
    answers: { 200: RunDiff },
    problems: [404, 503],
    answer: async ({ params: { runId }, query: { with: other }, request, principal }) => {
      await visibleRun(context, request, 'viewer', runId);
      if (other === undefined) return context.client.diff(runId, undefined, { within: principal.grants });
      await visibleRun(context, request, 'viewer', other);
      return context.client.diff(other, runId);
    },
  });
}
