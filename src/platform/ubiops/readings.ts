/** How UbiOps is read outside of runs. Its jobs are requests to versions of deployments. */
import type { ubiops } from '../../contract/ubiops/index.js';
import type { PlatformClient } from '../client.js';
import { PlatformError } from '../errors.js';
import type { Readings } from '../readings.js';
import { afterLine, lateLinesMs, logsAfter } from './log-times.js';
import { readGiven, readStanding } from './read-requests.js';
import { requestPathOf } from './request-ids.js';

const ended: readonly string[] = ['completed', 'failed', 'cancelled'];

export const ubiopsReadings: Readings<typeof ubiops> = {
  whoAmI: async (client) => {
    try {
      return (await client.users.self({})).email;
    } catch (error) {
      // A token of a service belongs to no user.
      if (!(error instanceof PlatformError) || !['NOT_FOUND', 'PERMISSION_DENIED'].includes(error.code))
        throw error;
      return serviceOf(client);
    }
  },
  versionOf: async ({ status }) => `(status ${(await status.get({})).status})`,
  markedText: async (client, jobId) => {
    const data = await readGiven(client, requestPathOf(jobId));
    return data === null ? null : JSON.stringify(data);
  },
  logPage: async (client, { jobId, after, limit }) => {
    const path = requestPathOf(jobId);
    // Before its log: a line that comes until then is in it.
    const request = await readStanding(client, path);
    const { status, time_created: begunAt, time_started: startedAt, time_completed: endedAt } = request;
    const hasEnded = ended.includes(status) || (endedAt ?? '') !== ''; // whatever it is called
    const lines = await client.logs.list({
      path: { projectName: path.projectName },
      query: {
        query: `| deployment_request_id=\`${path.requestId}\``,
        ...logsAfter({ begunAt, knownAt: [startedAt, endedAt], after }),
        limit,
      },
    });
    const last = lines.at(-1);
    return {
      lines: lines.map(({ timestamp, timestamp_str: at, log: text }) => ({
        at: at ?? isoOf(timestamp),
        text,
      })),
      after: last === undefined ? after : afterLine(last.timestamp),
      isComplete: hasEnded && lines.length < limit && lateLinesMs(endedAt, Date.now()) === 0,
    };
  },
};

async function serviceOf({ projects }: PlatformClient<typeof ubiops>): Promise<string> {
  const names = (await projects.list({})).map(({ name }) => name);
  return `a service user of ${names.length === 0 ? 'no project' : names.join(', ')}`;
}

const isoOf = (nanoseconds: number): string => new Date(nanoseconds / 1e6).toISOString();
