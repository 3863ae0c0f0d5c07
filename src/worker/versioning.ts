/** The version of the workflow code that a worker runs, and what it takes of the runs for that. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type NativeConnection, type WorkerDeploymentOptions } from '@temporalio/worker';
import type { Logger } from '../observability/logger.js';
import { deploymentName } from '../run/ids.js';

/** Where in their files the parts of a bundle come from: no code, and another one in another folder. */
const sourceMap = /^\/\/# sourceMappingURL=.*$/m;

/** The first digits of the hash of a workflow bundle: the same code has the same id wherever it is built. */
export const buildIdOf = async (bundle: string): Promise<string> =>
  createHash('sha256')
    .update((await readFile(bundle, 'utf8')).replace(sourceMap, ''))
    .digest('hex')
    .slice(0, 12);

/** Runs stay with the version that began them: workflow code may change beneath nobody. */
export const pinnedTo = (buildId: string): WorkerDeploymentOptions => ({
  version: { deploymentName, buildId },
  useWorkerVersioning: true,
  defaultVersioningBehavior: 'PINNED',
});

interface Said {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly logger: Logger;
}

/** How long a worker that has just begun to ask for tasks may be unknown. */
const knownAfterMs = 1_000;

/** A versioned worker that is not current takes no new run, which must not look like health. */
export async function sayWhetherCurrent(
  buildId: string,
  { connection, namespace, logger }: Said,
): Promise<void> {
  await delay(knownAfterMs, undefined, { ref: false });
  const current = await connection.workflowService
    .describeWorkerDeployment({ namespace, deploymentName })
    .then(
      ({ workerDeploymentInfo: found }) => found?.routingConfig?.currentDeploymentVersion?.buildId ?? null,
      () => null, // the first version of a namespace is unknown for a moment
    );
  if (current === buildId) {
    logger.info({ buildId }, 'this version is current: it takes new runs');
    return;
  }
  logger.warn(
    { buildId, current, command: `longhaul deployment set-current ${buildId} --reason "…"` },
    'this version is not current: it takes no new run until the command is given',
  );
}
