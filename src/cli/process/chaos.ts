/** `longhaul chaos`: runs under faults, kills and restarts on this machine, judged afterwards. */
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import type { Judged, PlatformName, Row, Workload, Worlds } from '../../chaos/index.js';
import { documentsIn, environment } from '../../config.js';
import { findTemporalCli } from '../../dev/temporal-cli.js';
import { pipelines } from '../../pipelines/built-in.js';
import { type Cli, cliOf } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import { type Parameter, readInput } from '../input.js';
import { interruptible } from '../interruption.js';
import { count, durationMs, names, nonEmpty, parameter } from '../options.js';
import { readPipeline } from '../pipeline/read.js';
import { Stop, errorMessage, usage } from '../stop.js';
import { tableLines } from '../terminal/table.js';

interface ChaosFlags {
  readonly file?: string;
  readonly param?: readonly Parameter[];
  readonly world?: readonly World[];
  readonly runs: number;
  readonly seed: number;
  readonly only?: readonly string[];
  readonly width: number;
  readonly workers: number;
  readonly within?: number;
  readonly seeds?: string;
  readonly list?: true;
}

/** `--world` names the platform where a document acts on several. */
interface World {
  readonly platform: string | null;
  readonly file: string;
}

const defaults = { width: 60, workers: 3 };

const examples = `
Examples:
  longhaul chaos --runs 200
  longhaul chaos --runs 100 --seed 7 --only kills
  longhaul chaos --runs 100 --only ubiops
  longhaul chaos train-and-deploy -f input.yaml --world world.yaml --runs 50
  longhaul chaos pipelines/sweep.yaml -p month=2026-11 --world world.yaml
  longhaul chaos both.yaml --world domino=iris.yaml --world ubiops=serving.yaml
  longhaul chaos --list

Without a pipeline it runs pipelines of its own. An input of yours must be one that succeeds on the simulator, which
takes the place of every connection. A document must do without services, child pipelines, probes and approvals.
Everything is started on free ports of this machine and ended again. The exit code is 1 when something was
violated, and then the seed that shows it is named.`;

/** Adds `chaos`. */
export function addChaos(program: Command): void {
  program
    .command('chaos')
    .summary('disturb runs on this machine, and judge what comes of them')
    .description(
      'Run pipelines on the simulator while answers are lost, workers are killed and Temporal restarts; then judge.',
    )
    .argument(
      '[name|file]',
      `one of ${Object.keys(pipelines).join(', ')} or of the configuration’s documents, or the file of a document; left out, a mixture`,
    )
    .option('-f, --file <file>', 'the input of the pipeline, in YAML or JSON; - reads standard input')
    .option('-p, --param <key.path=value>', 'one value of the input; may be repeated', parameter)
    .option(
      '--world <[platform=]file>',
      'the simulator’s world for that input, in YAML; of several platforms, one for each',
      worlds,
    )
    .option('--runs <n>', 'runs of all scenarios together', count, 200)
    .option('--seed <n>', 'decides faults, kills and inputs', count, 1)
    .option('--only <scenarios>', 'plays these scenarios, or all of a platform, separated by commas', names)
    .option('--width <n>', 'runs at once', count, defaults.width)
    .option('--workers <n>', 'worker processes', count, defaults.workers)
    .option('--within <duration>', 'begins no trial after this time', durationMs)
    .addOption(new Option('--seeds <file>', 'where failing seeds are kept; those in it are played first'))
    .option('--list', 'lists the scenarios')
    .addHelpText('after', examples)
    .action(async (pipeline: string | undefined, flags: ChaosFlags, command: Command) => {
      process.exitCode = await chaos(cliOf(command), pipeline, flags);
    });
}

async function chaos(cli: Cli, pipeline: string | undefined, flags: ChaosFlags): Promise<number> {
  const { terminal } = cli;
  const { UnfitInput, addSeeds, readSeeds, figureRows, runChaos, scenarios, scenariosNamed } =
    await import('../../chaos/index.js');
  if (flags.list === true) {
    const rows = scenarios.map(({ name, says }) => [name, says]);
    for (const line of tableLines(['scenario', 'what happens'], rows)) terminal.result(line);
    return exitCodes.success;
  }
  const unknown = flags.only?.find((name) => scenariosNamed([name]).length === 0);
  if (unknown !== undefined) throw usage(`there is no scenario ${unknown}; see \`longhaul chaos --list\``);
  const workload = await workloadFor(cli, pipeline, flags);
  const first = flags.seeds === undefined ? [] : await readSeeds(flags.seeds).catch(refuse);
  const env = environment();
  const cliPath = await findTemporalCli({ env, say: terminal.say }).catch((error: unknown) => {
    throw new Stop(exitCodes.error, errorMessage(error));
  });
  const interruption = interruptible('stopped');
  const playing = runChaos({
    ...{ runs: flags.runs, seed: flags.seed, only: flags.only, width: flags.width, workers: flags.workers },
    ...{ cliPath, env, workload, withinMs: flags.within, say: terminal.say },
    first,
    mainFile: fileURLToPath(new URL('../main.js', import.meta.url)),
    signal: interruption.signal,
  });
  const judged = await playing.finally(interruption.release).catch((error: unknown) => {
    if (!(error instanceof UnfitInput)) throw error;
    throw usage(error.message, 'Correct the input, or give the simulator a --world in which it succeeds.');
  });
  if (flags.seeds !== undefined) await addSeeds(flags.seeds, judged);
  const rows = figureRows(judged);
  await write(cli, { judged, rows, again: (trial) => commandOf(pipeline, flags, trial) });
  return judged.every(({ violations }) => violations.length === 0) && rows.every(({ isKept }) => isKept)
    ? exitCodes.success
    : exitCodes.error;
}

/** What stands in a file that was named is a mistake on the command line. */
const refuse = (error: unknown): never => {
  throw usage(errorMessage(error));
};

async function workloadFor(
  cli: Cli,
  pipeline: string | undefined,
  { file, param = [], world = [] }: ChaosFlags,
): Promise<Workload | undefined> {
  if (pipeline === undefined) {
    if (file !== undefined || param.length > 0 || world.length > 0)
      throw usage('--file, --param and --world are for a pipeline that is named');
    return undefined;
  }
  const [{ checkStart }, { platformsOf, unplayable, workloadOf, workloadOfDocument }] = await Promise.all([
    import('../../client.js'),
    import('../../chaos/index.js'),
  ]);
  const input = await readInput(file, param);
  const named = await readPipeline(cli, pipeline);
  const [what, known] = named.kind === 'document' ? [named.document, await cli.known()] : [named.name, {}];
  const start = checkStart(what, input, known);
  if (start.document === undefined) {
    const worlds = await worldsIn(world, ['domino']);
    return workloadOf(start.name, { ...(input as object) }, worlds.domino); // an object, as the door has checked
  }
  const { platformOf, dialectOf } = documentsIn(cli.config());
  const given = { document: start.document, input: start.checked, platformOf, dialectOf };
  const faults = unplayable(given);
  if (faults.length > 0)
    throw usage(`chaos cannot play ${start.name}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  return workloadOfDocument(given, await worldsIn(world, platformsOf(given)));
}

/** The worlds of the platforms that are acted on, once they are known to be worlds of those. */
async function worldsIn(given: readonly World[], platforms: readonly PlatformName[]): Promise<Worlds> {
  const { checkWorld } = await import('../../chaos/index.js');
  const worlds: Partial<Record<PlatformName, string>> = {};
  for (const { platform: stated, file } of given) {
    const [only, ...more] = platforms;
    if (stated === null && more.length > 0)
      throw usage(
        `several platforms are acted on: say of which ${file} is the world, as in --world ${only ?? ''}=${file}`,
      );
    const platform = platforms.find((one) => stated === null || one === stated);
    if (platform === undefined)
      throw usage(`${stated ?? 'no platform'} is not acted on; --world is for ${platforms.join(' and ')}`);
    await checkWorld(platform, file).catch(refuse);
    worlds[platform] = file;
  }
  return worlds;
}

/** One more `--world`. */
const worlds = (text: string, before: readonly World[] = []): readonly World[] => {
  const [, platform = null, file = text] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
  return [...before, { platform, file: nonEmpty(file) }];
};

/** The command that plays a trial once more. */
function commandOf(
  pipeline: string | undefined,
  { file, param = [], world = [], width, workers }: ChaosFlags,
  { scenario, seed, runs }: Judged,
): string {
  const words = [
    ...(pipeline === undefined ? [] : [pipeline]),
    ...(file === undefined ? [] : ['-f', file]),
    ...param.flatMap(({ path, value }) => ['-p', `${path.join('.')}=${JSON.stringify(value)}`]),
    ...world.flatMap(({ platform, file }) => ['--world', platform === null ? file : `${platform}=${file}`]),
    ...(width === defaults.width ? [] : ['--width', String(width)]),
    ...(workers === defaults.workers ? [] : ['--workers', String(workers)]),
  ];
  const own = words.map((word) => ` ${inShell(word)}`).join('');
  return `longhaul chaos${own} --only ${scenario} --seed ${seed} --runs ${runs}`;
}

const inShell = (word: string): string =>
  /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

interface Written {
  readonly judged: readonly Judged[];
  readonly rows: readonly Row[];
  /** The command that plays a trial once more. */
  readonly again: (trial: Judged) => string;
}

async function write({ format, terminal }: Cli, { judged, rows, again }: Written): Promise<void> {
  if (format !== 'text') {
    const trials = judged.map(({ scenario, seed, runs, violations }) => ({
      scenario,
      seed,
      runs,
      violations,
    }));
    terminal.result(JSON.stringify({ rows, trials }));
    return;
  }
  const { tableOf } = await import('../../chaos/index.js');
  for (const line of tableOf(rows)) terminal.result(line);
  for (const trial of judged)
    if (trial.violations.length > 0)
      terminal.result(`${trial.violations.length} violations: ${again(trial)}`);
}
