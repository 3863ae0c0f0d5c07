/** The version, from package.json. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';

/** The version of the package that this file is part of. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

/** Adds `version`. */
export function addVersion(program: Command): void {
  program
    .command('version')
    .summary('print the version')
    .description('Print the version.')
    .addHelpText('after', '\nExample:\n  longhaul version')
    .action(() => void process.stdout.write(`${packageVersion()}\n`));
}
