/** `longhaul history`: recorded histories, to be kept and replayed. */
import type { Command } from 'commander';
import { addHistoryCheck } from './check.js';
import { addHistoryExport } from './export.js';

/** Adds `history export` and `history check`. */
export function addHistory(program: Command): void {
  const history = program
    .command('history')
    .summary('export and check recorded histories')
    .description('Export the histories of runs, and check that the present code replays them.')
    .addHelpText('after', '\nExample:\n  longhaul history check test/replay/histories');
  addHistoryExport(history);
  addHistoryCheck(history);
}
