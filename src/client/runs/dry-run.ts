/** What starting a run would meet: its input at the door, and what it names on the platform. Nothing is created. */
import type { Client } from '@temporalio/client';
import { LonghaulError } from '../../pipeline/errors.js';
import type { PipelineName } from '../../pipeline/inputs.js';
import {
  type Finding,
  type PreflightAsked,
  preflightOf,
  preflightPrefix,
  preflightWorkflow,
} from '../../pipeline/preflight.js';
import { askWorker } from '../ask-worker.js';
import type { checkStart } from '../door.js';

/** What a dry run has found. */
export interface DryRun {
  readonly pipeline: PipelineName;
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
  { name: pipeline, checked }: ReturnType<typeof checkStart>,
): Promise<DryRun> {
  const { connection } = checked;
  const answer = await askWorker<PreflightAsked, readonly Finding[]>(client, {
    ...{ workflow: preflightWorkflow, prefix: preflightPrefix },
    asked: { connection, ...preflightOf(checked) },
    summary: `what an input of ${pipeline} names on ${connection}`,
  });
  if ('missing' in answer) throw new LonghaulError('WORKER_SILENT', answer.missing);
  const findings = answer.value;
  return { pipeline, connection, ok: findings.every(({ verdict }) => verdict !== 'missing'), findings };
}
