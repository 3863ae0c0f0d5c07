/** `longhaul run list`: runs, newest first. */
import { type Command, Option } from 'commander';
import type { LonghaulClient, RunFilter, RunStatus, RunSummary } from '../../client.js';
import { LonghaulError, failureKinds, isFailureCode } from '../../run/failures/errors.js';
import { runStatuses } from '../../run/steps.js';
import { type Cli, cliOf, pipelineNames } from '../cli.js';
import { noteLines } from '../connection/lines.js';
import { showDuration } from '../terminal/duration.js';
import { count, durationMs, nonEmpty, pipelineName } from '../options.js';
import type { Paint } from '../terminal/paint.js';
import { namedTableLines } from '../terminal/table.js';
import { usage } from '../stop.js';
import { runElapsedMs, showStatus } from './view/tree.js';

/** Where people read, the newest; programs get all unless they say otherwise. */
const textLimit = 50;

interface ListFlags {
  readonly status?: RunStatus;
  readonly pipeline?: string;
  readonly connection?: string;
  readonly step?: string;
  readonly failure?: string;
  readonly since?: number;
  readonly limit?: number;
  readonly attempts?: true;
}

const examples = `
Examples:
  longhaul run list --status parked
  longhaul run list --status failed --failure JOB_FAILED --since 24h
  longhaul run list --status running --connection domino-dev -o ids \\
    | longhaul run cancel - --reason "maintenance"`;

/** Adds `run list`. */
export function addRunList(run: Command): void {
  run
    .command('list')
    .summary('list runs, newest first')
    .description(
      `List runs, newest first, each by its latest attempt. As text the newest ${textLimit} unless --limit says otherwise.`,
    )
    .addOption(new Option('--status <status>', 'only runs with this status').choices(runStatuses))
    .option('--pipeline <name>', 'only of this pipeline', pipelineName)
    .option('--connection <name>', 'only on this connection', nonEmpty)
    .option('--step <step>', 'only parked at or ended in this step', nonEmpty)
    .option('--failure <code>', 'only with this failure, such as JOB_FAILED', nonEmpty)
    .option('--since <duration>', 'only started within this time, such as 24h', durationMs)
    .option('--limit <n>', 'at most this many', count)
    .option('--attempts', 'every attempt, also those that were replayed or reset')
    .addHelpText('after', examples)
    .action(async (flags: ListFlags, command: Command) => list(cliOf(command), flags));
}

async function list(cli: Cli, { since, attempts, ...flags }: ListFlags): Promise<void> {
  if (flags.failure !== undefined && !isFailureCode(flags.failure))
    throw usage(
      `there is no failure "${flags.failure}"`,
      `The failures are: ${Object.keys(failureKinds).join(', ')}.`,
    );
  const filter: RunFilter = {
    ...flags,
    ...(attempts !== true && { latest: true }),
    ...(since !== undefined && { startedAfter: new Date(Date.now() - since) }),
    limit: flags.limit ?? (cli.format === 'text' ? textLimit : undefined),
  };
  const found = await cli.withClient((client) => write(cli, client, filter));
  if (found === 0 && cli.format === 'text') await sayNone(cli, flags.pipeline);
}

async function write({ format, terminal }: Cli, client: LonghaulClient, filter: RunFilter): Promise<number> {
  const rows: RunSummary[] = [];
  let count = 0;
  for await (const run of client.list(filter)) {
    count += 1;
    if (format === 'jsonl') terminal.result(JSON.stringify(run));
    else if (format === 'ids') terminal.result(run.runId);
    else rows.push(run);
  }
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format !== 'text') return count;
  const look = { nowMs: Date.now(), paint: terminal.paintResult, width: terminal.resultWidth() };
  for (const line of listLines(rows, look)) terminal.result(line);
  if (rows.length === filter.limit) terminal.say(`The newest ${filter.limit}; --limit shows more.`);
  for (const line of await whatHoldsUp(client, rows)) terminal.say(line);
  return count;
}

/** More connections than this are for `longhaul connection list`. */
const mostConnections = 10;

/** What of their connections holds those up that go on: one look for each connection, and none for a run. */
async function whatHoldsUp({ connections }: LonghaulClient, rows: readonly RunSummary[]): Promise<string[]> {
  const open = rows.filter(({ status }) => status === 'running' || status === 'parked');
  const names = [...new Set(open.map(({ connection }) => connection))].filter((name) => name !== '');
  const lines = await Promise.all(
    names.slice(0, mostConnections).map(async (name) => {
      try {
        return noteLines([await connections.get(name)]);
      } catch (error) {
        if (!(error instanceof LonghaulError)) throw error;
        return [`How ${name} stands is not known: ${error.message}`];
      }
    }),
  );
  return lines.flat();
}

/** A pipeline that is not configured may have runs: it was started from a file, or it was configured once. */
async function sayNone(cli: Cli, pipeline: string | undefined): Promise<void> {
  const known = pipelineNames(await cli.documents());
  const isUnknown = pipeline !== undefined && !known.includes(pipeline);
  cli.terminal.say(
    isUnknown
      ? `No run matches. There is no pipeline "${pipeline}"; the pipelines are ${known.join(', ')}.`
      : 'No run matches.',
  );
}

/** A table with a heading; nothing for no runs. Where it would be too wide, each run has a line of its own. */
export function listLines(
  runs: readonly RunSummary[],
  { nowMs, paint, width = Infinity }: ListLook,
): string[] {
  const rows = runs.map((run) => [
    run.runId,
    showStatus(paint, run.status),
    run.connection,
    showDuration(nowMs - Date.parse(run.startedAt)),
    showDuration(runElapsedMs(run, nowMs)),
    run.failure === undefined ? '' : [run.step, run.failure].filter(Boolean).join(': '),
  ]);
  const [heading, ...lines] = namedTableLines(
    ['RUN', 'STATUS', 'CONNECTION', 'AGE', 'TOOK', 'WHY'],
    rows,
    width,
  );
  return heading === undefined ? [] : [paint('dim', heading), ...lines];
}

interface ListLook {
  readonly nowMs: number;
  readonly paint: Paint;
  readonly width?: number;
}
