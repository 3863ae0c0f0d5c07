/** `longhaul run`: start, follow and steer runs. */
import type { Command } from 'commander';
import { addRunAttempts } from './run-attempts.js';
import { addRunCancel } from './run-cancel.js';
import { addRunCleanup } from './run-cleanup.js';
import { addRunDecide } from './run-decide.js';
import { addRunExport } from './run-export.js';
import { addRunDiff } from './run-diff.js';
import { addRunGet } from './run-get.js';
import { addRunList } from './run-list.js';
import { addRunReset } from './run-reset.js';
import { addRunResolve } from './run-resolve.js';
import { addRunStart } from './run-start.js';
import { addRunWait } from './run-wait.js';
import { addRunWatch } from './run-watch.js';

/** Adds `run` with one command per file `run-*.ts`. */
export function addRun(program: Command): void {
  const run = program
    .command('run')
    .summary('start, follow and steer runs')
    .description('Start, follow and steer runs. A run id is <pipeline>.<key>.')
    .addHelpText('after', '\nExample:\n  longhaul run start train-and-deploy -f input.yaml --watch');
  addRunStart(run);
  addRunGet(run);
  addRunDiff(run);
  addRunList(run);
  addRunWatch(run);
  addRunWait(run);
  addRunCancel(run);
  addRunCleanup(run);
  addRunResolve(run);
  addRunReset(run);
  addRunDecide(run);
  addRunAttempts(run);
  addRunExport(run);
}
