/** `longhaul run start`: starts a pipeline and, if asked to, follows the run to its end. */
import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import type { LonghaulClient, Started } from '../../client.js';
import { runIdOf } from '../../run/ids.js';
import { pipelines } from '../../pipelines/built-in.js';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { followRun } from './view/follow.js';
import { type FolderParameter, readFolder } from '../folder.js';
import { type Parameter, readInput } from '../input.js';
import { folderParameter, nonEmpty, parameter, timeoutOption } from '../options.js';
import { readPipeline } from '../pipeline/read.js';
import { writeDryRun } from './dry-run.js';
import { changeWriter, writeRun } from './results.js';
import { exitCodes } from '../exit-codes.js';
import { usage } from '../stop.js';
import { unservedLines } from './view/tree.js';

interface StartFlags {
  readonly file?: string;
  readonly param?: readonly Parameter[];
  readonly folder?: readonly FolderParameter[];
  readonly key?: string;
  readonly dryRun?: true;
  readonly wait?: true;
  readonly watch?: true;
  readonly timeout?: number;
}

const examples = `
Examples:
  longhaul run start train-and-deploy -f examples/train-and-deploy.yaml --watch
  longhaul run start train-and-deploy -f input.yaml --dry-run
  longhaul run start pipelines/sweep.yaml -p month=2026-12 --watch
  longhaul run start train-and-deploy -f input.yaml \\
    -p train.command="node train.js --seed 7" --key nightly-2026-11-21
  longhaul run start build-environment \\
    -f examples/build-environment-ubiops.yaml \\
    --folder revision.files=examples/environment --wait
  jq .input release.json \\
    | longhaul run start train-and-deploy -f - --wait --timeout 2h -o json

With --dry-run nothing is started: the input is checked, and a worker of its connection looks up the project, the
environments and the hardware tiers that it names. The exit code is 2 when something is missing,
and that of the failure when something could not be looked up: 3 for a credential that is refused.

A value after = is JSON where it is JSON (3, true, ["a"]), else text. A text that
would be JSON needs quotes that the shell leaves: -p 'week="48"'.
With --wait or --watch the exit code is that of the run: 0 succeeded, 5 failed, 8 cancelled or refused by its
gate, 6 when --timeout is over and the run goes on. Without, it is 0 as soon as the run is durable.`;

/** Adds `run start`. */
export function addRunStart(run: Command): void {
  run
    .command('start')
    .summary('start a pipeline')
    .description('Start a pipeline. Starting twice with one key and one input gives one run.')
    .argument(
      '<name|file>',
      `one of ${Object.keys(pipelines).join(', ')} or of the configuration’s documents, or the file of a document`,
    )
    .option('-f, --file <file>', 'the input, in YAML or JSON; - reads standard input')
    .option(
      '-p, --param <key.path=value>',
      'one value of the input, over the file’s; may be repeated',
      parameter,
    )
    .option(
      '--folder <key.path=folder>',
      'the text files of a folder as one value of the input, by their paths; may be repeated',
      folderParameter,
    )
    .option('--key <key>', 'names the run <pipeline>.<key>; generated when left out', nonEmpty)
    .addOption(
      new Option(
        '--dry-run',
        'check the input and what it names on the platform, and start nothing',
      ).conflicts(['wait', 'watch']),
    )
    .addOption(new Option('--wait', 'wait for the end').conflicts('watch'))
    .option('--watch', 'show the steps until the end')
    .addOption(timeoutOption())
    .addHelpText('after', examples)
    .action(async (pipeline: string, flags: StartFlags, command: Command) => {
      process.exitCode = await start(cliOf(command), pipeline, flags);
    });
}

async function start(cli: Cli, pipeline: string, flags: StartFlags): Promise<number> {
  const follows = flags.wait === true || flags.watch === true;
  if (flags.timeout !== undefined && !follows) throw usage('--timeout needs --wait or --watch');
  const { checkKey, checkStart, identity, localIds } = await import('../../client.js');
  const folders = await Promise.all((flags.folder ?? []).map(readFolder));
  const input = await readInput(flags.file, [...folders, ...(flags.param ?? [])]);
  // Before connecting: a mistake in the input is told also when Temporal is down.
  const named = await readPipeline(cli, pipeline);
  const what = named.kind === 'document' ? named.document : named.name;
  const { name } = checkStart(what, input, await cli.known());
  if (flags.key !== undefined) checkKey(flags.key);
  if (flags.dryRun === true) return cli.withClient((client) => writeDryRun(cli, client, what, input));
  return cli.withClient(async (client) => {
    const key = flags.key ?? randomUUID();
    const trigger = { kind: 'cli' as const, by: identity(), ids: localIds() };
    const started = await audited(
      cli,
      { action: 'run.start', object: runIdOf(name, key) },
      () => client.startPipeline(what, input, { key, trigger }),
      ({ created }) => (created ? 'created' : 'exists'),
    );
    if (!follows) {
      writeStarted(cli, started);
      if (cli.format === 'text') await sayUntaken(cli, client, started.runId);
      return exitCodes.success;
    }
    cli.terminal.say(`${started.created ? 'started' : 'exists already:'} ${started.runId}`);
    return followStarted(cli, client, started.runId, flags);
  });
}

/** Follows a run that was just started to its end, as `--wait` and `--watch` ask. */
export async function followStarted(
  cli: Cli,
  client: LonghaulClient,
  runId: string,
  { timeout, watch }: Pick<StartFlags, 'timeout' | 'watch'>,
): Promise<number> {
  const run = await followRun(client, runId, {
    terminal: cli.terminal,
    show: watch === true ? 'progress' : 'notices',
    timeoutMs: timeout,
    changed: watch === true ? changeWriter(cli) : undefined,
  });
  return writeRun(cli, run);
}

/** The run is durable; whether anybody takes it is known within moments where somebody does. */
async function sayUntaken({ terminal }: Cli, client: LonghaulClient, runId: string): Promise<void> {
  const unserved = await client.awaitTaken(runId).catch(() => null); // it is started all the same
  if (unserved !== null) for (const line of unservedLines({ unserved })) terminal.say(line);
}

function writeStarted({ format, terminal }: Cli, started: Started): void {
  if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify(started));
  else terminal.result(started.runId);
  if (format !== 'text') return;
  if (!started.created)
    terminal.say('This key had started it before with the same input: nothing new was started.');
  terminal.say(`next: longhaul run watch ${started.runId}`);
}
