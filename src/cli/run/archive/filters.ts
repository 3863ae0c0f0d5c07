/** The filters of `run list`, for runs that have ended. */
import { type Command, Option } from 'commander';
import { endedStatuses } from '../../../archive/archive-runs.js';
import { failureKinds, isFailureCode } from '../../../run/failures/errors.js';
import type { RunStatus } from '../../../run/steps.js';
import { durationMs, nonEmpty, pipelineName } from '../../options.js';
import { usage } from '../../stop.js';

/** What `withFilters` reads. */
export interface FilterFlags {
  readonly status?: RunStatus;
  readonly pipeline?: string;
  readonly connection?: string;
  readonly step?: string;
  readonly failure?: string;
  readonly since?: number;
}

/** Adds the filters to a command. */
export const withFilters = (command: Command): Command =>
  command
    .addOption(
      new Option('--status <status>', 'only runs that ended with this status').choices(endedStatuses),
    )
    .option('--pipeline <name>', 'only of this pipeline', pipelineName)
    .option('--connection <name>', 'only on this connection', nonEmpty)
    .option('--step <step>', 'only ended in this step', nonEmpty)
    .option('--failure <code>', 'only with this failure, such as JOB_FAILED', nonEmpty)
    .option('--since <duration>', 'only started within this time, such as 30d', durationMs);

/** Throws `Stop` for a failure that there is not. */
export function filterOf({ status, pipeline, connection, step, failure, since }: FilterFlags) {
  if (failure !== undefined && !isFailureCode(failure))
    throw usage(
      `there is no failure "${failure}"`,
      `The failures are: ${Object.keys(failureKinds).join(', ')}.`,
    );
  return {
    ...(status !== undefined && { status }),
    ...{ pipeline, connection, step, failure },
    ...(since !== undefined && { startedAfter: new Date(Date.now() - since) }),
  };
}
