/** `longhaul history check`: whether the workflow code of this installation replays what was recorded. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import type { CheckedHistory, NamedHistory } from '../../worker/check-histories.js';
import { type Cli, cliOf } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import { count, nonEmpty } from '../options.js';
import { harmless } from '../terminal/paint.js';
import { errorMessage, usage } from '../stop.js';

interface CheckFlags {
  readonly query?: string;
  readonly limit?: number;
  readonly bundle?: string;
}

const examples = `
Examples:
  longhaul history check test/replay/histories
  longhaul history check --limit 500 \\
    --query "ExecutionStatus = 'Running' AND LonghaulPipeline IS NOT NULL"
  longhaul history check nightly.json \\
    --bundle /srv/longhaul-next/dist/workflow-bundle.js

Exit codes: 0 all are replayed; 5 one or more would diverge; 2 there was nothing to check, or a file is no history.`;

const ownBundle = fileURLToPath(new URL('../../workflow-bundle.js', import.meta.url));

/** Adds `history check`. */
export function addHistoryCheck(history: Command): void {
  history
    .command('check')
    .summary('replay recorded histories against the present workflow code')
    .description(
      'Replay recorded histories against the present workflow code, and say where it would diverge.',
    )
    .argument('[paths...]', 'files of history export, or directories of them')
    .addOption(
      new Option('--query <query>', 'runs of Temporal instead, by a visibility query').argParser(nonEmpty),
    )
    .option('--limit <n>', 'with --query: at most this many, the newest', count)
    .option('--bundle <file>', 'the workflow bundle (default: the one of this installation)', nonEmpty)
    .addHelpText('after', examples)
    .action(async (paths: string[], flags: CheckFlags, command: Command) => {
      process.exitCode = await check(cliOf(command), paths, flags);
    });
}

async function check(cli: Cli, paths: readonly string[], flags: CheckFlags): Promise<number> {
  const { query, limit, bundle = ownBundle } = flags;
  if (paths.length > 0 === (query !== undefined))
    throw usage('give either files and directories, or --query');
  if (limit !== undefined && query === undefined) throw usage('--limit needs --query');
  await stat(bundle).catch(() => {
    throw usage(`${bundle} is missing`, 'Build it with `npm run build`, or correct --bundle.');
  });
  if (query === undefined) return checkAll(cli, ofFiles(await filesOf(paths)), bundle);
  return cli.withClient((client) => checkAll(cli, ofRuns(client.histories.list({ query, limit })), bundle));
}

async function checkAll(cli: Cli, histories: AsyncIterable<NamedHistory>, bundle: string): Promise<number> {
  const { checkHistories, silenceRuntime } = await import('../../worker/check-histories.js');
  silenceRuntime();
  const startedAtMs = performance.now();
  const all: CheckedHistory[] = [];
  for await (const one of checkHistories(histories, { bundle })) {
    all.push(one);
    if (cli.format === 'jsonl') cli.terminal.result(JSON.stringify(one));
    else if (cli.format === 'ids' && one.divergence !== null) cli.terminal.result(one.name);
    else if (cli.format === 'text') for (const line of linesOf(one)) cli.terminal.result(line);
  }
  if (all.length === 0) throw usage('there was no history to check');
  if (cli.format === 'json') cli.terminal.result(JSON.stringify(all, null, 2));
  const diverging = all.filter(({ divergence }) => divergence !== null).length;
  const seconds = (performance.now() - startedAtMs) / 1_000;
  cli.terminal.say(
    `${all.length} ${all.length === 1 ? 'history' : 'histories'} in ${seconds.toFixed(1)} s (${Math.round(all.length / seconds)} a second): ` +
      (diverging === 0 ? 'all are replayed' : `${diverging} would diverge`),
  );
  return diverging === 0 ? exitCodes.success : exitCodes.runFailed;
}

function linesOf({ name, events, divergence }: CheckedHistory): string[] {
  if (divergence === null) return [`ok        ${harmless(name)} (${events} events)`];
  const { eventId, activity, step, reason } = divergence;
  const where = [
    step === undefined ? '' : `step "${step}"`,
    activity ?? '',
    eventId === undefined ? '' : `event ${eventId}`,
  ];
  return [
    `diverges  ${harmless(name)}: ${where.filter(Boolean).join(', ') || 'somewhere'}`,
    `          ${harmless(reason)}`,
  ];
}

/** The files themselves, and those of directories that end in `.json`, also in directories within. */
async function filesOf(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const kind = await stat(path).catch(() => {
        throw usage(`${path} is not there`);
      });
      if (!kind.isDirectory()) return [path];
      const names = await readdir(path, { recursive: true });
      return names.filter((name) => name.endsWith('.json')).map((name) => join(path, name));
    }),
  );
  return found.flat().sort();
}

async function* ofFiles(files: readonly string[]): AsyncGenerator<NamedHistory> {
  const { readLegs } = await import('../../client/histories/histories.js');
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    let legs: ReturnType<typeof readLegs>;
    try {
      legs = readLegs(text);
    } catch (error) {
      throw usage(
        `${file} is no history: ${error instanceof SyntaxError ? 'it is no JSON' : errorMessage(error)}`, // which would quote it
        'Write one with `longhaul history export`.',
      );
    }
    for (const [at, history] of legs.entries()) {
      const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
      const name = legs.length === 1 ? file : `${file} leg ${at + 1} of ${legs.length}`;
      yield { name, workflowId: started?.workflowId ?? 'unknown', history };
    }
  }
}

async function* ofRuns(
  runs: ReturnType<Parameters<Parameters<Cli['withClient']>[0]>[0]['histories']['list']>,
): AsyncGenerator<NamedHistory> {
  for await (const { runId, attemptId, history } of runs)
    yield { name: `${runId} ${attemptId}`, workflowId: runId, history };
}
