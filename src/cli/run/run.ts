/** `longhaul run`: start, follow and steer runs. */
import type { Command } from 'commander';
import { addRunArchive } from './archive/archive.js';
import { addRunArchived } from './archive/archived.js';
import { addRunAttempts } from './attempts.js';
import { addRunCancel } from './cancel.js';
import { addRunCleanup } from './cleanup.js';
import { addRunDecide } from './decide.js';
import { addRunExport } from './export.js';
import { addRunDiff } from './diff.js';
import { addRunGet } from './get.js';
import { addRunList } from './list.js';
import { addRunLogs } from './logs.js';
import { addRunReset } from './reset.js';
import { addRunResolve } from './resolve.js';
import { addRunStart } from './start.js';
import { addRunWait } from './wait.js';
import { addRunWatch } from './watch.js';

/** Adds `run` with one command per file of this folder. */
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
  addRunLogs(run);
  addRunWait(run);
  addRunCancel(run);
  addRunCleanup(run);
  addRunResolve(run);
  addRunReset(run);
  addRunDecide(run);
  addRunAttempts(run);
  addRunExport(run);
  addRunArchive(run);
  addRunArchived(run);
}
