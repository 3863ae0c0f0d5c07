/** What starting a run would meet: its input at the door, and what it names on the platform. Nothing is created. */
import type { Client } from '@temporalio/client';
import { LonghaulError } from '../../run/failures/errors.js';
import {
  type Finding,
  type PlacedPreflight,
  type PreflightAsked,
  preflightPrefix,
  preflightWorkflow,
} from '../../run/inputs/preflight.js';
import { askWorker } from '../ask-worker.js';
import { pipelineOfRun } from '../../pipelines/definition.js';
import type { Json } from '../../run/steps.js';
import type { CheckedStart } from '../door.js';

/** What a dry run has found. */
export interface DryRun {
  readonly pipeline: string;
  readonly connection: string;
  /** Whether a run may be started: nothing that was looked up is missing. */
  readonly ok: boolean;
  /** What was looked up on the platform, and what came of it. */
  readonly findings: readonly Finding[];
}

/**
 * Has a worker look up what a start would need.
 * @throws LonghaulError `WORKER_SILENT` when no worker of the connection does
 */
export async function dryRunOf(
  client: Client,
  { name: pipeline, checked, connection, document }: CheckedStart,
): Promise<DryRun> {
  const startedAt = new Date().toISOString();
  const definition = pipelineOfRun({
    ...{ pipeline, document, input: checked as Json }, // it has come as JSON
    runId: `${pipeline}.dry-run`,
    startedAt,
  });
  const preflights = definition.preflights(checked as Json); // it has come as JSON
  const lookUp = async ({ connection: on = connection, ...preflight }: PlacedPreflight) => {
    const answer = await askWorker<PreflightAsked, readonly Finding[]>(client, {
      ...{ workflow: preflightWorkflow, prefix: preflightPrefix },
      asked: { connection: on, ...preflight },
      summary: `what an input of ${pipeline} names on ${on}`,
    });
    if ('missing' in answer) throw new LonghaulError('WORKER_SILENT', answer.missing);
    return answer.value;
  };
  const findings = (await Promise.all(preflights.map(lookUp))).flat();
  return { pipeline, connection, ok: findings.every(({ verdict }) => verdict !== 'missing'), findings };
}
