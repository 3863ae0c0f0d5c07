/** `longhaul failures`: why runs did not succeed, by cause, and the campaign for each. */
import type { Command } from 'commander';
import type { FailureGroup, FailureReport, RunFilter } from '../../client.js';
import { parseRunQuery } from '../../client/runs/query.js';
import { type Cli, cliOf } from '../cli.js';
import { count } from '../options.js';
import { type Paint, cut, harmless } from '../terminal/paint.js';

/** Where people read, the largest; programs get all. */
const textGroups = 20;
const messageWidth = 160;

interface FailuresFlags {
  readonly since?: string;
  readonly query?: string;
  readonly limit?: number;
}

const examples = `
Examples:
  longhaul failures --since 24h
  longhaul failures --since 10:03 --query 'connection=domino-prod step=deploy'
  longhaul failures \\
    --query 'status=cancelled since=2026-11-20T22:00Z until=10:03'
  longhaul failures --since 24h -o json | jq -r '.groups[].campaign'

A query is key=value words: status, failure, fingerprint, step, pipeline, connection, model, since, until. A time is
10:03 (today, in UTC), 2026-11-21T10:03Z, or a duration back such as 2h. A run counts from when it ended or was parked,
once, by its latest attempt. Without status: failed, timed-out, terminated and parked runs. -o ids prints one run each.`;

/** Adds `failures` to the program. */
export function addFailures(program: Command): void {
  program
    .command('failures')
    .summary('why runs did not succeed, by cause')
    .description(
      'Group runs that failed, timed out, were terminated or are parked by their cause, largest first.',
    )
    .option('--since <time>', 'only runs that ended or parked since then, such as 10:03 or 24h')
    .option('--query <query>', "only runs that this chooses, such as 'failure=JOB_FAILED step=train'")
    .option('--limit <n>', 'look at the newest n runs (default: 1000)', count)
    .addHelpText('after', examples)
    .action(async (flags: FailuresFlags, command: Command) => list(cliOf(command), flags));
}

async function list(cli: Cli, { since, query, limit }: FailuresFlags): Promise<void> {
  const words = [query, since === undefined ? undefined : `since=${since}`].filter(
    (word) => word !== undefined,
  );
  const filter: RunFilter = words.length === 0 ? {} : parseRunQuery(words.join(' '));
  const report = await cli.withClient((client) => client.failures(filter, { max: limit }));
  const { format, terminal } = cli;
  if (format === 'json') terminal.result(JSON.stringify(report, null, 2));
  if (format === 'text') writeText(cli, report);
  for (const group of report.groups) {
    if (format === 'jsonl') terminal.result(JSON.stringify(group));
    if (format === 'ids') terminal.result(group.example);
  }
  if (report.more)
    terminal.say(
      `These are the newest ${report.runs} runs, and there are older ones: --limit looks at more.`,
    );
}

function writeText({ terminal }: Cli, { query, groups, runs }: FailureReport): void {
  const asked = query === '' ? '' : ` (${query})`;
  if (groups.length === 0) {
    terminal.say(`No run matches${asked}.`);
    return;
  }
  terminal.say(
    `${runs} ${runs === 1 ? 'run' : 'runs'}, ${groups.length} ${groups.length === 1 ? 'cause' : 'causes'}${asked}`,
  );
  for (const group of groups.slice(0, textGroups))
    for (const line of groupLines(group, terminal.paintResult)) terminal.result(line);
  if (groups.length > textGroups)
    terminal.say(`… and ${groups.length - textGroups} more causes; -o json has all.`);
}

/** A cause as people read it. */
export function groupLines(group: FailureGroup, paint: Paint): string[] {
  const { failure, step, pipeline, connections, fingerprint, statuses, example, message, campaign } = group;
  const stand = Object.entries(statuses).map(([status, runs]) => `${runs} ${status}`);
  const what = failure ?? Object.keys(statuses).join(', ');
  const where = `at ${step ?? 'no step known'} of ${pipeline} on ${connections.join(', ')}`;
  return [
    `${paint('bold', harmless(`${group.count} × ${what}`))} ${harmless(where)}`,
    ...(message === null ? [] : [cut(harmless(message), messageWidth)]),
    `${stand.join(', ')}; first ${group.firstSeenAt}, last ${group.lastSeenAt}`,
    harmless(`such as ${example}${fingerprint === null ? '' : `; fingerprint ${fingerprint}`}`),
    paint('dim', harmless(campaign)),
    '',
  ].map((line, at) => (at === 0 || line === '' ? line : `  ${line}`));
}
