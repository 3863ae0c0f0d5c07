/** `longhaul retrain log`: the ledger of retrainings, newest first. */
import { type Command, Option } from 'commander';
import type { LedgerEntry, Outcome, RetrainingFilter } from '../../client.js';
import { type Evidence, outcomes } from '../../run/retraining/retraining.js';
import { type Cli, cliOf } from '../cli.js';
import { count, durationMs, nonEmpty } from '../options.js';
import { harmless } from '../terminal/paint.js';
import { tableLines } from '../terminal/table.js';

/** Where people read, the newest; programs get all unless they say otherwise. */
const textLimit = 50;

interface LogFlags {
  readonly model?: string;
  readonly schedule?: string;
  readonly outcome?: Outcome;
  readonly since?: number;
  readonly limit?: number;
  readonly evidence?: true;
}

const examples = `
Examples:
  longhaul retrain log --since 7d
  longhaul retrain log --model domino-prod/ada/iris/iris-api --evidence
  longhaul retrain log --outcome awaiting-approval -o ids
  longhaul retrain log --schedule nightly -o jsonl \\
    | jq -c '{at: .tick.at, decision: .decision.verdict}'

A tick that trains nothing is there as one that does, with what it read. A run that failed or was cancelled keeps
the last outcome that it reached.`;

/** Adds `retrain log`. */
export function addRetrainLog(retrain: Command): void {
  retrain
    .command('log')
    .summary('list what each retraining decided and came to, newest first')
    .description(
      `List what each retraining decided and came to, newest first. As text the newest ${textLimit} unless --limit says otherwise.`,
    )
    .option('--model <model>', 'only of this <connection>/<owner>/<project>/<model API>', nonEmpty)
    .option('--schedule <name>', 'only ticks of this schedule', nonEmpty)
    .addOption(new Option('--outcome <outcome>', 'only what came to this').choices(outcomes))
    .option('--since <duration>', 'only started within this time, such as 7d', durationMs)
    .option('--limit <n>', 'at most this many', count)
    .option('--evidence', 'with each value that was read, and from where')
    .addHelpText('after', examples)
    .action(async (flags: LogFlags, command: Command) => log(cliOf(command), flags));
}

async function log(cli: Cli, { since, evidence, ...flags }: LogFlags): Promise<void> {
  const { format, terminal } = cli;
  const limit = flags.limit ?? (format === 'text' ? textLimit : undefined);
  const filter: RetrainingFilter = {
    ...flags,
    ...(since !== undefined && { since: new Date(Date.now() - since) }),
    limit,
  };
  const rows: LedgerEntry[] = [];
  await cli.withClient(async (client) => {
    for await (const entry of client.retrainings(filter)) {
      if (format === 'jsonl') terminal.result(JSON.stringify(entry));
      else if (format === 'ids') terminal.result(entry.runId);
      else rows.push(entry);
    }
  });
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format !== 'text') return;
  if (rows.length === 0) terminal.say('No retraining matches.');
  for (const line of evidence ? evidenceLines(rows) : ledgerLines(rows)) terminal.result(line);
  if (rows.length === limit) terminal.say(`The newest ${limit}; --limit shows more.`);
}

/** A table with a heading; nothing for no entries. */
export const ledgerLines = (entries: readonly LedgerEntry[]): string[] =>
  tableLines(['TIME', 'TICK', 'DECISION', 'WHY', 'OUTCOME', 'RUN'], entries.map(columnsOf));

/** The table of retrainings, each row followed by the evidence that its decision read. */
export function evidenceLines(entries: readonly LedgerEntry[]): string[] {
  const [heading, ...lines] = ledgerLines(entries);
  if (heading === undefined) return [];
  return [
    heading,
    ...lines.flatMap((line, at) => [
      line,
      ...(entries[at]?.decision?.evidence ?? []).map((read) => `  ${evidenceLine(read)}`),
    ]),
  ];
}

function columnsOf(entry: LedgerEntry): string[] {
  const { startedAt, tick, decision, conclusion, outcome, status, failure, runId } = entry;
  const ended = failure ?? (status === 'succeeded' || status === 'running' ? undefined : status);
  return [
    timeOf(startedAt),
    tick === undefined ? '–' : `${tick.schedule} ${timeOf(tick.at)}`,
    decision?.verdict ?? '–',
    conclusion ?? decision?.reason ?? '',
    [outcome ?? '–', ended].filter(Boolean).join(': '),
    runId,
  ].map(harmless);
}

/** `holds  accuracy < 0.9: 0.87, from job 6561…`. */
function evidenceLine({ condition, verdict, value, source, reason }: Evidence): string {
  const read = [
    value === undefined ? '' : String(value),
    source === undefined ? '' : `from ${source}`,
    reason ?? '',
  ].filter(Boolean);
  return harmless(`${verdict.padEnd(8)}  ${[condition, read.join(', ')].filter(Boolean).join(': ')}`);
}

/** To the second, in UTC. */
const timeOf = (iso: string): string => `${iso.slice(0, 19)}Z`;
