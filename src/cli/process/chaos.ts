/** `longhaul chaos`: runs under faults, kills and restarts on this machine, judged afterwards. */
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import type { Judged, Row, Workload } from '../../chaos/index.js';
import { environment } from '../../config.js';
import { findTemporalCli } from '../../dev/temporal-cli.js';
import { pipelines } from '../../pipelines/built-in.js';
import { type Cli, cliOf } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import { type Parameter, readInput } from '../input.js';
import { interruptible } from '../interruption.js';
import { count, durationMs, names, nonEmpty, parameter } from '../options.js';
import { Stop, errorMessage, usage } from '../stop.js';
import { tableLines } from '../terminal/table.js';

interface ChaosFlags {
  readonly file?: string;
  readonly param?: readonly Parameter[];
  readonly world?: string;
  readonly runs: number;
  readonly seed: number;
  readonly only?: readonly string[];
  readonly width: number;
  readonly workers: number;
  readonly within?: number;
  readonly seeds?: string;
  readonly list?: true;
}

const defaults = { width: 60, workers: 3 };

const examples = `
Examples:
  longhaul chaos --runs 200
  longhaul chaos --runs 100 --seed 7 --only kills
  longhaul chaos train-and-deploy -f input.yaml --world world.yaml --runs 50
  longhaul chaos --list

Without a pipeline it runs pipelines of its own. An input of yours must be one that succeeds on the simulator; its
connection is replaced. Everything is started on free ports of this machine and ended again. The exit code is 1 when
something was violated, and then the seed that shows it is named.`;

/** Adds `chaos`. */
export function addChaos(program: Command): void {
  program
    .command('chaos')
    .summary('disturb runs on this machine, and judge what comes of them')
    .description(
      'Run pipelines on the simulator while answers are lost, workers are killed and Temporal restarts; then judge.',
    )
    .argument('[pipeline]', `one of: ${Object.keys(pipelines).join(', ')}; left out, a mixture`)
    .option('-f, --file <file>', 'the input of the pipeline, in YAML or JSON; - reads standard input')
    .option('-p, --param <key.path=value>', 'one value of the input; may be repeated', parameter)
    .option('--world <file>', 'the simulator’s world for that input, in YAML', nonEmpty)
    .option('--runs <n>', 'runs of all scenarios together', count, 200)
    .option('--seed <n>', 'decides faults, kills and inputs', count, 1)
    .option('--only <scenarios>', 'plays these scenarios, separated by commas', names)
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
  const { UnfitInput, addSeeds, readSeeds, figureRows, runChaos, scenarios } =
    await import('../../chaos/index.js');
  if (flags.list === true) {
    const rows = scenarios.map(({ name, says }) => [name, says]);
    for (const line of tableLines(['scenario', 'what happens'], rows)) terminal.result(line);
    return exitCodes.success;
  }
  const unknown = flags.only?.find((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown !== undefined) throw usage(`there is no scenario ${unknown}; see \`longhaul chaos --list\``);
  const workload = await workloadFor(pipeline, flags);
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
  pipeline: string | undefined,
  { file, param = [], world }: ChaosFlags,
): Promise<Workload | undefined> {
  if (pipeline === undefined) {
    if (file !== undefined || param.length > 0 || world !== undefined)
      throw usage('--file, --param and --world are for a pipeline that is named');
    return undefined;
  }
  const [{ checkStart }, { loadWorld, workloadOf }] = await Promise.all([
    import('../../client.js'),
    import('../../chaos/index.js'),
  ]);
  if (world !== undefined) await loadWorld(world).catch(refuse);
  const input = await readInput(file, param);
  const { name, document } = checkStart(pipeline, input, {});
  if (document !== undefined) throw usage('chaos plays a pipeline that Longhaul brings along');
  return workloadOf(name, { ...(input as object) }, world); // an object, as the door has checked
}

/** The command that plays a trial once more. */
function commandOf(
  pipeline: string | undefined,
  { file, param = [], world, width, workers }: ChaosFlags,
  { scenario, seed, runs }: Judged,
): string {
  const words = [
    ...(pipeline === undefined ? [] : [pipeline]),
    ...(file === undefined ? [] : ['-f', file]),
    ...param.flatMap(({ path, value }) => ['-p', `${path.join('.')}=${JSON.stringify(value)}`]),
    ...(world === undefined ? [] : ['--world', world]),
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
