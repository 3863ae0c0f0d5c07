/** Versions of the workflow code: which one takes new runs, and which have open runs left. */
import type { Client } from '@temporalio/client';
import { connectionWorkflow } from '../run/connections.js';
import { lookoutWorkflow } from '../run/lookouts.js';
import { LonghaulError } from '../run/failures/errors.js';
import { deploymentName } from '../run/ids.js';
import { quote } from '../run/search-attributes.js';
import { grpcFailureIn } from './grpc-failure.js';

/** `inactive`: it was never current. `draining`: it has open runs. `drained`: its workers may be stopped. */
export type VersionStatus = 'current' | 'ramping' | 'draining' | 'drained' | 'inactive';

export interface CodeVersion {
  readonly buildId: string;
  readonly status: VersionStatus;
  /** Runs, and deliveries of their events, that go on with it. */
  readonly openRuns: number;
  /** When a worker first had it. */
  readonly createdAt: string;
}

export interface Deployments {
  /** Newest first; none when no versioned worker ever came. */
  list(): Promise<readonly CodeVersion[]>;
  /**
   * From now on new runs begin with this version; open ones stay with theirs. Answers which one was current before.
   * @throws LonghaulError `VERSION_UNKNOWN`
   */
  setCurrent(buildId: string, options: { readonly by: string }): Promise<{ readonly before: string | null }>;
}

type Guard = <T>(runId: string, perform: () => Promise<T>) => Promise<T>;

/** By number, as Temporal writes them. */
const statuses: Readonly<Record<number, VersionStatus>> = {
  2: 'current',
  3: 'ramping',
  4: 'draining',
  5: 'drained',
};

/** Versions by way of a client. */
export const createDeployments = (client: Client, guard: Guard): Deployments => ({
  list: () => guard('deployment', () => versionsOf(client)),
  setCurrent: (buildId, { by }) =>
    guard('deployment', async () => {
      const known = await versionsOf(client);
      if (!known.some((version) => version.buildId === buildId))
        throw new LonghaulError(
          'VERSION_UNKNOWN',
          `no worker has the version ${buildId}; known are ${known.map((version) => version.buildId).join(', ') || 'none'}`,
        );
      await client.workflowService.setWorkerDeploymentCurrentVersion({
        namespace: client.options.namespace,
        deploymentName,
        buildId,
        identity: by,
      });
      return { before: known.find(({ status }) => status === 'current')?.buildId ?? null };
    }),
});

async function versionsOf(client: Client): Promise<readonly CodeVersion[]> {
  const { namespace } = client.options;
  const { workerDeploymentInfo: found } = await client.workflowService
    .describeWorkerDeployment({ namespace, deploymentName })
    .catch((error: unknown) => {
      if (grpcFailureIn(error)?.code === 'NOT_FOUND') return { workerDeploymentInfo: null };
      throw error;
    });
  const versions = await Promise.all(
    (found?.versionSummaries ?? []).map(async ({ deploymentVersion, status, createTime }) => {
      const buildId = deploymentVersion?.buildId ?? '';
      return {
        buildId,
        status: statuses[status ?? 0] ?? 'inactive',
        openRuns: await openRunsOf(client, buildId),
        createdAt: new Date(Number(createTime?.seconds ?? 0) * 1_000).toISOString(),
      } as const;
    }),
  );
  return versions.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

const openRunsOf = async (client: Client, buildId: string): Promise<number> =>
  (
    await client.workflow.count(
      // The state of a connection and the lookouts go on with whichever version is current.
      `ExecutionStatus = 'Running' AND WorkflowType NOT IN (${quote(connectionWorkflow)}, ${quote(lookoutWorkflow)}) AND TemporalWorkerDeploymentVersion = ${quote(`${deploymentName}:${buildId}`)}`,
    )
  ).count;
