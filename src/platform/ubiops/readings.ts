/** How UbiOps is read outside of runs. Its jobs are requests to versions of deployments. */
import type { ubiops } from '../../contract/ubiops/index.js';
import type { PlatformClient } from '../client.js';
import { PlatformError } from '../errors.js';
import type { Readings } from '../readings.js';
import { afterLine } from './log-times.js';
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
  markedText: async ({ versionRequests }, jobId) => {
    const { request_data: data } = await versionRequests.get({ path: requestPathOf(jobId) });
    return data === undefined || data === null ? null : JSON.stringify(data);
  },
  logPage: async ({ logs, versionRequests }, { jobId, after, limit }) => {
    const path = requestPathOf(jobId);
    // Before its log: a line that comes until then is in it.
    const { status } = await versionRequests.get({ path, query: { metadata_only: true } });
    const lines = await logs.list({
      path: { projectName: path.projectName },
      query: { query: `| deployment_request_id=\`${path.requestId}\``, start: after, limit },
    });
    const last = lines.at(-1);
    return {
      lines: lines.map(({ timestamp, timestamp_str: at, log: text }) => ({
        at: at ?? isoOf(timestamp),
        text,
      })),
      after: last === undefined ? after : afterLine(last.timestamp),
      isComplete: ended.includes(status) && lines.length < limit,
    };
  },
};

async function serviceOf({ projects }: PlatformClient<typeof ubiops>): Promise<string> {
  const names = (await projects.list({})).map(({ name }) => name);
  return `a service user of ${names.length === 0 ? 'no project' : names.join(', ')}`;
}

const isoOf = (nanoseconds: number): string => new Date(nanoseconds / 1e6).toISOString();
