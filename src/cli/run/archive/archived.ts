/** `longhaul run archived`: lists the runs in an archive, and shows one. */
import type { Command } from 'commander';
import { attemptIdsOf, readArchived } from '../../../archive/attempt-files.js';
import type { ArchivedAttempt } from '../../../archive/entries.js';
import { listArchived } from '../../../archive/list-archived.js';
import type { Store } from '../../../archive/store.js';
import { unreached } from '../../../client/runs/view.js';
import { type Cli, cliOf } from '../../cli.js';
import { count, nonEmpty } from '../../options.js';
import { usage } from '../../stop.js';
import { harmless } from '../../terminal/paint.js';
import { showStatus, treeLines } from '../view/tree.js';
import { type FilterFlags, filterOf, withFilters } from './filters.js';
import { openArchive } from './open-archive.js';

/** Where people read, the newest; programs get all unless they say otherwise. */
const textLimit = 50;

interface ArchivedFlags extends FilterFlags {
  readonly from: string;
  readonly limit?: number;
  readonly attempt?: string;
}

const examples = `
Examples:
  longhaul run archived --from /srv/longhaul-archive --status failed --since 90d
  longhaul run archived train-and-deploy.nightly-2026-11-21 \\
    --from s3://ml-archive/longhaul
  longhaul replay plan train-and-deploy.nightly-2026-11-21 \\
    --archive s3://ml-archive/longhaul

Temporal is not asked.`;

/** Adds `run archived`. */
export function addRunArchived(run: Command): void {
  withFilters(
    run
      .command('archived')
      .summary('list archived runs, or show one')
      .description(
        `List the runs in an archive by their last attempts, the one that ended last first; as text the last ${textLimit} unless --limit says otherwise. With an id, show that run.`,
      )
      .argument('[id]', 'run id')
      .requiredOption('--from <where>', 'the archive: a folder, or s3://bucket/prefix', nonEmpty),
  )
    .option('--limit <n>', 'at most this many', count)
    .option('--attempt <id>', 'of the run that is shown, this attempt (default: its last)', nonEmpty)
    .addHelpText('after', examples)
    .action(async (id: string | undefined, flags: ArchivedFlags, command: Command) => {
      const cli = cliOf(command);
      if (id === undefined && flags.attempt !== undefined) throw usage('--attempt needs the id of a run');
      const store = await openArchive(flags.from, 'read');
      await (id === undefined ? list(cli, store, flags) : show(cli, store, id, flags.attempt));
    });
}

async function show(
  { format, terminal }: Cli,
  store: Store,
  runId: string,
  attemptId?: string,
): Promise<void> {
  const record = await readArchived(store, runId, { attemptId });
  if (format === 'json' || format === 'jsonl') {
    terminal.result(JSON.stringify(record, null, format === 'json' ? 2 : 0));
    return;
  }
  const attempts = await attemptIdsOf(store, runId);
  if (format === 'ids') {
    for (const one of attempts) terminal.result(one);
    return;
  }
  // To a replay they are still to be done, and so the record has them; nobody who looks at the run waits for them.
  const steps = record.steps.map((step) => unreached(step, record.endedAt ?? record.startedAt));
  for (const line of treeLines({ ...record, steps }, { paint: terminal.paintResult, nowMs: Date.now() }))
    terminal.result(line);
  terminal.result(`  attempts  ${attempts.join(', ')}`);
  terminal.say(`next: longhaul replay plan ${runId} --archive ${store.where}`);
}

async function list(cli: Cli, store: Store, { limit, ...flags }: ArchivedFlags): Promise<void> {
  const { format, terminal } = cli;
  const atMost = limit ?? (format === 'text' ? textLimit : Number.POSITIVE_INFINITY);
  const rows: ArchivedAttempt[] = [];
  let found = 0;
  for await (const run of listArchived(store, filterOf(flags))) {
    found += 1;
    if (format === 'jsonl') terminal.result(JSON.stringify(run));
    else if (format === 'ids') terminal.result(run.runId);
    else rows.push(run);
    if (found >= atMost) break;
  }
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format !== 'text') return;
  for (const run of rows)
    terminal.result(
      [
        showStatus(terminal.paintResult, run.status, 10),
        `${run.endedAt.slice(0, 16)}Z`,
        harmless(run.runId),
        ...(run.failure === undefined ? [] : [harmless([run.step, run.failure].filter(Boolean).join(': '))]),
      ].join('  '),
    );
  if (found === 0) terminal.say(`No run matches in ${store.where}.`);
  else if (found === atMost) terminal.say(`The last ${atMost}; --limit shows more.`);
}
