/** How commands and Dockerfiles end that are not really run. */
import type { Simulation } from './simulation.js';
import type { Plan } from './state.js';

/** What can only fail: `false`, `exit N`, or ending in `&& exit N` or `; exit N`, with N other than 0. */
export const failingCommand = /^\s*false\s*$|(?:^|&&|;)\s*exit\s+0*[1-9]\d*\s*$/;
/** A `RUN` that can only fail. */
const failingInstruction = /^\s*RUN\s+(?:false|exit\s+0*[1-9]\d*)\s*$/im;

/** Whether a build of these instructions fails. */
export const buildFails = (dockerfileInstructions: string): boolean =>
  failingInstruction.test(dockerfileInstructions);

/** How a job goes whose command does not really run: by the world's first matching rule, else by the command. */
export function planOf({ world, ids, state }: Simulation, jobId: string, command: string): Plan {
  const started = [...state.jobs.values()];
  const rule = world.jobs.find(
    ({ command: pattern, times = Number.POSITIVE_INFINITY }) =>
      pattern.test(command) && started.filter((job) => pattern.test(job.command)).length < times,
  );
  const ending = rule?.status ?? (failingCommand.test(command) ? 'Failed' : 'Succeeded');
  const succeeded = ending === 'Succeeded';
  return {
    runMs: rule?.minutes === undefined ? ids.durationMs(jobId, world.durations.job) : rule.minutes * 60_000,
    ending,
    stats: {
      ...(rule?.stats ?? (succeeded ? { accuracy: '0.95' } : {})),
      ...(succeeded && !rule?.stats?.['mlflow_run_id'] && { mlflow_run_id: ids.mlflowRun(jobId) }),
    },
    log: rule?.log ?? [`+ ${command}`, succeeded ? 'done' : 'the command did not succeed'],
  };
}
