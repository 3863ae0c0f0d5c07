/** `longhaul retrain`: what retrainings decided and came to. */
import type { Command } from 'commander';
import { addRetrainLog } from './log.js';

/** Adds `retrain log`. */
export function addRetrain(program: Command): void {
  const retrain = program
    .command('retrain')
    .summary('see what retrainings decided and came to')
    .description('See what retrainings decided and came to, and by what.')
    .addHelpText('after', '\nExample:\n  longhaul retrain log --since 7d');
  addRetrainLog(retrain);
}
