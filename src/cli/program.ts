/** The tree of commands. */
import { Command } from 'commander';
import { visibleLines } from '../foreign-text/visible.js';
import { addAudit } from './access/audit.js';
import { addCampaign } from './campaign/campaign.js';
import { addChaos } from './process/chaos.js';
import { addCompletion } from './completion.js';
import { addConnection } from './connection/connection.js';
import { addConfig } from './config-check.js';
import { addDemo } from './demo/demo.js';
import { addDeployment } from './deployment.js';
import { addDev } from './process/dev.js';
import { addDoctor } from './doctor/doctor.js';
import { addFailures } from './run/failures.js';
import { addGlobalOptions } from './cli.js';
import { addHistory } from './history/history.js';
import { writeHelp } from './help.js';
import { addKey } from './access/key.js';
import { addReplay } from './replay/replay.js';
import { addRetrain } from './retrain/retrain.js';
import { addRun } from './run/run.js';
import { addSchedule } from './schedule/schedule.js';
import { addServer } from './process/server.js';
import { addSimulator } from './process/simulator.js';
import { addVersion, packageVersion } from './version.js';
import { addWebhook } from './webhook.js';
import { addPipeline } from './pipeline/pipeline.js';
import { addWorker } from './process/worker.js';

const examples = `
Examples:
  longhaul demo                                                see a whole run
  longhaul dev                                                 try it yourself
  longhaul run start train-and-deploy -f input.yaml --watch    start and follow
  longhaul run list --status parked                            what waits for you
  longhaul schedule create -f nightly.yaml                     run by the clock

Exit codes: 0 success, 1 error, 2 usage, 3 credentials, 4 not found, 5 run failed, 6 waited long enough and the run
goes on, 7 conflict, 8 run cancelled or refused by its gate, 9 Temporal or platform unavailable, 130 and 143 signals.`;

/** A new tree; it throws CommanderError instead of ending the process, and says to people why. */
export function createProgram({ saysMistakes = true }: { readonly saysMistakes?: boolean } = {}): Command {
  const program = new Command('longhaul')
    .description('Runs long machine-learning pipelines on Domino so that they finish.')
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
  addRun(program);
  addReplay(program);
  addFailures(program);
  addPipeline(program);
  addRetrain(program);
  addCampaign(program);
  addSchedule(program);
  addConnection(program);
  addHistory(program);
  addDeployment(program);
  addWorker(program);
  addServer(program);
  addSimulator(program);
  addDev(program);
  addDemo(program);
  addChaos(program);
  addKey(program);
  addWebhook(program);
  addAudit(program);
  addConfig(program);
  addDoctor(program);
  addCompletion(program);
  addVersion(program);
  return program;
}
