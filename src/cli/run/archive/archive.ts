/** `longhaul run archive`: keeps runs that have ended beyond Temporal’s retention. */
import type { Command } from 'commander';
import { type Archived, archiveRuns } from '../../../archive/archive-runs.js';
import type { ArchivedAttempt } from '../../../archive/entries.js';
import { type Cli, cliOf } from '../../cli.js';
import { exitCodes } from '../../exit-codes.js';
import { durationMs, nonEmpty } from '../../options.js';
import { harmless } from '../../terminal/paint.js';
import { type FilterFlags, filterOf, withFilters } from './filters.js';
import { openArchive } from './open-archive.js';

interface ArchiveFlags extends FilterFlags {
  readonly to: string;
  readonly older?: number;
  readonly dryRun?: true;
}

const examples = `
Examples:
  longhaul run archive --to /srv/longhaul-archive
  longhaul run archive --to s3://ml-archive/longhaul --older 20d
  longhaul run archive --to s3://ml-archive/longhaul --dry-run -o ids

Run it by the clock, more often than the namespace forgets. What is in the archive already is not written again, and two
may run at once. An archive is plain text, also where payloads are encrypted. For S3, the variables are those of AWS:
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL_S3.`;

/** Adds `run archive`. */
export function addRunArchive(run: Command): void {
  withFilters(
    run
      .command('archive')
      .summary('keep runs that have ended in files')
      .description(
        'Write every attempt that has ended and is not there yet to a folder or to S3, so that it can be listed and replayed after Temporal has forgotten it.',
      )
      .requiredOption('--to <where>', 'a folder, or s3://bucket/prefix', nonEmpty)
      .option('--older <duration>', 'only ended longer ago than this, such as 20d', durationMs),
  )
    .option('--dry-run', 'say what would be written, and write nothing')
    .addHelpText('after', examples)
    .action(async (flags: ArchiveFlags, command: Command) => {
      process.exitCode = await archive(cliOf(command), flags);
    });
}

async function archive(cli: Cli, { to, older, dryRun, ...flags }: ArchiveFlags): Promise<number> {
  const { format, terminal } = cli;
  const filter = {
    ...filterOf(flags),
    ...(older !== undefined && { until: new Date(Date.now() - older) }),
  };
  const store = await openArchive(to, 'write');
  const each = (attempt: ArchivedAttempt): void => {
    if (format === 'ids') terminal.result(attempt.runId);
    else if (format === 'jsonl') terminal.result(JSON.stringify(attempt));
    else if (format === 'text' && dryRun)
      terminal.result(`${attempt.runId}  ${attempt.attemptId}  ${attempt.status}  ${attempt.endedAt}`);
  };
  const done = await cli.withClient((client) =>
    archiveRuns(client, store, { filter, isDryRun: dryRun === true, each }),
  );
  if (format === 'json') terminal.result(JSON.stringify(done, null, 2));
  else terminal.say(archivedLine(done, store.where, dryRun === true));
  if (format !== 'json')
    for (const { runId, attemptId, reason } of done.failed)
      terminal.say(`not archived: ${runId} ${attemptId}: ${harmless(reason)}`);
  return done.failures === 0 ? exitCodes.success : exitCodes.error;
}

/** `12 attempts written to /srv/archive, 300 were there` */
function archivedLine(
  { written, there, forgotten, failures }: Archived,
  where: string,
  isDryRun: boolean,
): string {
  const attempts = `${written} attempt${written === 1 ? '' : 's'}`;
  return [
    isDryRun ? `${attempts} would be written to ${where}` : `${attempts} written to ${where}`,
    `${there} ${there === 1 ? 'was' : 'were'} there`,
    ...(forgotten === 0 ? [] : [`${forgotten} forgotten by Temporal meanwhile`]),
    ...(failures === 0 ? [] : [`${failures} could not be read`]),
  ].join(', ');
}
