/** How Domino is read outside of runs. */
import type { domino } from '../../contract/domino/index.js';
import type { Readings } from '../readings.js';

export const dominoReadings: Readings<typeof domino> = {
  whoAmI: async ({ users }) => (await users.self({})).user.userName,
  versionOf: async ({ platform }) => (await platform.version({})).version,
  markedText: async ({ jobs }, jobId) => (await jobs.get({ path: { jobId } })).job.title ?? null,
  logPage: async ({ jobs }, { jobId, after, limit }) => {
    const { logs, metadata } = await jobs.logs({
      path: { jobId },
      query: { logType: 'complete', limit, latestTimeNano: after },
    });
    return {
      lines: logs.logContent.map(({ timestamp: at, log: text }) => ({ at, text })),
      after: metadata?.pagination?.latestTimeNano ?? undefined,
      isComplete: logs.isComplete,
    };
  },
};
