/** The tree of commands. */
import { Command } from 'commander';
import { visibleLines } from '../foreign-text/visible.js';
import { addGlobalOptions } from './cli.js';
import { writeHelp } from './help.js';
import { packageVersion } from './version.js';

/** The commands in the order of the help, each with what adds it. To load their files is most of what a short one takes. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  run: async () => (await import('./run/run.js')).addRun,
  replay: async () => (await import('./replay/replay.js')).addReplay,
  failures: async () => (await import('./run/failures.js')).addFailures,
  pipeline: async () => (await import('./pipeline/pipeline.js')).addPipeline,
  retrain: async () => (await import('./retrain/retrain.js')).addRetrain,
  campaign: async () => (await import('./campaign/campaign.js')).addCampaign,
  schedule: async () => (await import('./schedule/schedule.js')).addSchedule,
  connection: async () => (await import('./connection/connection.js')).addConnection,
  call: async () => (await import('./call/call.js')).addCall,
  history: async () => (await import('./history/history.js')).addHistory,
  deployment: async () => (await import('./deployment.js')).addDeployment,
  worker: async () => (await import('./process/worker.js')).addWorker,
  server: async () => (await import('./process/server.js')).addServer,
  simulator: async () => (await import('./process/simulator.js')).addSimulator,
  dev: async () => (await import('./process/dev.js')).addDev,
  demo: async () => (await import('./demo/demo.js')).addDemo,
  chaos: async () => (await import('./process/chaos.js')).addChaos,
  key: async () => (await import('./access/key.js')).addKey,
  webhook: async () => (await import('./webhook.js')).addWebhook,
  audit: async () => (await import('./access/audit.js')).addAudit,
  config: async () => (await import('./config-check.js')).addConfig,
  doctor: async () => (await import('./doctor/doctor.js')).addDoctor,
  completion: async () => (await import('./completion.js')).addCompletion,
  version: async () => (await import('./version.js')).addVersion,
};

/** What it prints follows from the whole tree. */
const needsAll = 'completion';

const examples = `
Examples:
  longhaul demo                                               see a whole run
  longhaul dev                                                try it yourself
  longhaul run start train-and-deploy -f input.yaml --watch   start and follow
  longhaul run list --status parked                           what waits for you
  longhaul schedule create -f nightly.yaml                    run by the clock

Exit codes: 0 success, 1 error, 2 usage, 3 credentials, 4 not found, 5 run failed, 6 waited long enough and the run
goes on, 7 conflict, 8 run cancelled or refused by its gate, 9 Temporal or platform unavailable, 130 and 143 signals.`;

/** Of a command line. */
interface ProgramOptions {
  /** Whether it writes what is wrong with it for people; true unless stated. */
  readonly saysMistakes?: boolean;
}

/**
 * A new tree; it throws CommanderError instead of ending the process, and says to people why. It has the command alone that
 * `args` begin with, and all commands if they begin with anything else.
 */
export async function createProgram(
  args: readonly string[] = [],
  { saysMistakes = true }: ProgramOptions = {},
): Promise<Command> {
  const program = new Command('longhaul')
    .description('Runs long machine-learning pipelines on Domino and UbiOps so that they finish.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .exitOverride()
    // It repeats what was typed, or what somebody has pasted.
    .configureOutput({
      writeErr: (text) => {
        if (saysMistakes) process.stderr.write(visibleLines(text));
      },
    })
    .showHelpAfterError('(--help shows how it is used)')
    .helpCommand(true)
    .addHelpText('after', examples);
  writeHelp(program);
  addGlobalOptions(program);
  for (const load of loadersFor(args[0])) (await load())(program);
  return program;
}

function loadersFor(first = '') {
  const named = Object.hasOwn(commands, first) && first !== needsAll ? commands[first] : undefined;
  return named === undefined ? Object.values(commands) : [named];
}
