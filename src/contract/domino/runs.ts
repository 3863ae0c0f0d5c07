/**
 * Runs: jobs as legacy `/v1` starts and tells them, by the owner and the name of a project. A run's id is the id of the
 * job. The public API and `/v4` have more; what only this has is the plain text of a job's output.
 */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { shellText } from '../shell-text.js';

/** A run. Times are in milliseconds since the epoch. */
const Run = z.object({
  id: z.string(),
  number: z.number().int().optional(),
  projectId: z.string().optional(),
  title: z.string().nullish(),
  /** As of a job: `Queued` … `Succeeded`, `Failed`, `Error`, `Stopped`. */
  status: z.string(),
  queued: z.number().nullish(),
  started: z.number().nullish(),
  completed: z.number().nullish(),
  commitId: z.string().nullish(),
  /** There once the run has ended and left files. */
  outputCommitId: z.string().nullish(),
  hardwareTierId: z.string().nullish(),
});

/** The endpoints of runs. */
export const runs = {
  list: endpoint({
    method: 'GET',
    path: '/v1/projects/{owner}/{project}/runs',
    summary: 'List all runs of a project, newest first. It does not page.',
    source: 'python-domino.md: runs_list',
    replay: 'safe',
    response: z.object({ data: z.array(Run) }),
  }),
  start: endpoint({
    method: 'POST',
    path: '/v1/projects/{owner}/{project}/runs',
    summary: 'Start a run of a script with its arguments, or of a shell command.',
    source: 'domino-legacy-v1-api.md: Starting a run',
    replay: 'creates',
    found: {
      in: 'list',
      items: 'data',
      since: 'queued',
      by: 'title',
      get: 'get',
      id: { runId: 'id' },
    },
    body: z.strictObject({
      command: z.array(shellText).min(1),
      /** The command goes to a shell as it stands, instead of to the program for its file. */
      isDirect: z.boolean(),
      title: z.string().optional(),
      /** A hardware tier's name, not its id. */
      tier: z.string().optional(),
      commitId: z.string().optional(),
      publishApiEndpoint: z.boolean().optional(),
    }),
    response: z.object({ runId: z.string(), message: z.string().optional() }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/v1/projects/{owner}/{project}/runs/{runId}',
    summary: 'Get a run.',
    source: 'domino-legacy-v1-api.md: Get Run info',
    replay: 'safe',
    response: Run,
  }),
  stdout: endpoint({
    method: 'GET',
    path: '/v1/projects/{owner}/{project}/run/{runId}/stdout',
    summary: 'Read the whole output of a run, what was written to standard error included.',
    source: 'python-domino.md: runs_stdout',
    replay: 'safe',
    /** `setup` is what the platform wrote before the command started. Either may hold HTML. */
    response: z.object({ setup: z.string(), stdout: z.string() }),
  }),
} as const;
