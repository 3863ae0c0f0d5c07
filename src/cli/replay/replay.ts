/** `longhaul replay`: says what a replay would do, and does that. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ReplayPlan, ReplayRequest } from '../../client.js';
import { identity, localIds } from '../../client/identity.js';
import type { Json } from '../../run/steps.js';
import { maxAttemptBytes, readArchived } from '../../archive/attempt-files.js';
import { audited } from '../access/audited.js';
import { type Cli, cliOf } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import { type Parameter, readDocument } from '../input.js';
import { names, nonEmpty, parameter, timeoutOption } from '../options.js';
import { applyCommand, planLines } from './lines.js';
import { openArchive } from '../run/archive/open-archive.js';
import { followStarted } from '../run/start.js';
import { usage } from '../stop.js';

interface AskedFlags {
  readonly from?: string;
  readonly set?: readonly Parameter[];
  readonly skip?: readonly Skip[];
  readonly fresh?: readonly string[];
  readonly stopFirst?: true;
  readonly fork?: string;
  readonly file?: string;
  readonly archive?: string;
  readonly definition?: 'latest';
}

interface ApplyFlags extends AskedFlags {
  readonly plan: string;
  readonly reason: string;
  readonly wait?: true;
  readonly watch?: true;
  readonly timeout?: number;
}

interface Skip {
  readonly step: string;
  /** Of a JSON file; `null` where none is given. */
  readonly file: string | null;
}

const planExamples = `
Examples:
  longhaul replay plan train-and-deploy.nightly-2026-11-21
  longhaul replay plan ID --from train --set train.hardwareTier=gpu-small-k8s
  longhaul replay plan ID --skip gate
  longhaul replay plan ID --skip build=output.json --fresh train
  longhaul replay plan --file run.json
  longhaul replay plan ID --archive s3://ml-archive/longhaul

Nothing is changed. A value after = is JSON where it is JSON, else text; null takes a part of the input out.`;

const applyExamples = `
Examples:
  longhaul replay apply ID --plan 3f2a9c0d51e86b47 \\
    --reason "the platform is back"
  longhaul replay apply ID --plan 3f2a9c0d51e86b47 \\
    --reason "the platform is back" --watch

What the plan was asked for is kept with it. If anything has changed since, nothing is done: exit code 7.`;

/** Adds `replay plan` and `replay apply`. */
export function addReplay(program: Command): void {
  const replay = program
    .command('replay')
    .summary('continue runs that have not succeeded')
    .description('Continue runs from the step that failed: plan first, then apply that plan.')
    .addHelpText('after', '\nExample:\n  longhaul replay plan train-and-deploy.nightly-2026-11-21');
  addPlan(replay);
  addApply(replay);
}

function addPlan(replay: Command): void {
  asking(
    replay
      .command('plan')
      .summary('say what a replay would do, step by step')
      .description('Say what a replay of a run would do: what is reused, adopted, run again, and sent.')
      .argument('[id]', 'run id; with --file it is in the file'),
  )
    .addHelpText('after', planExamples)
    .action(async (id: string | undefined, flags: AskedFlags, command: Command) => {
      const cli = cliOf(command);
      const request = await requestOf(id, flags);
      const plan = await cli.withClient((client) => client.replays.plan(request));
      writePlan(cli, plan, flags.archive);
    });
}

function addApply(replay: Command): void {
  asking(
    replay
      .command('apply')
      .summary('do what a plan says')
      .description('Do exactly what a plan says; refused when that is not what would be done now.')
      .argument('[id]', 'run id; with --file it is in the file')
      .requiredOption('--plan <hash>', 'the hash that the plan ends with', nonEmpty)
      .requiredOption('--reason <text>', 'why; part of the new attempt, and of the audit log', nonEmpty),
  )
    .addOption(new Option('--wait', 'wait for the end').conflicts('watch'))
    .option('--watch', 'show the steps until the end')
    .addOption(timeoutOption())
    .addHelpText('after', applyExamples)
    .action(async (id: string | undefined, flags: ApplyFlags, command: Command) => {
      process.exitCode = await apply(cliOf(command), await requestOf(id, flags), flags);
    });
}

/** The options that say what is asked for. */
const asking = (command: Command): Command =>
  command
    .option('--from <step>', 'run every step from this one on again', nonEmpty)
    .option('--set <key.path=value>', 'another value of the input; may be repeated', parameter)
    .option('--skip <step[=file]>', 'supply the output of a step, as JSON; may be repeated', skip)
    .option('--fresh <steps>', 'steps that make something new instead of adopting or reusing', names)
    .option('--stop-first', 'first end an attempt that is still running; what it has on the platform stays')
    .addOption(
      new Option(
        '--definition <which>',
        'continue with the document as it is configured now, not the one that the run was started with',
      ).choices(['latest']),
    )
    .option('--fork <key>', 'continue as a new run with this key; the old one stays as it is', nonEmpty)
    .option('--file <file>', 'what `longhaul run export` wrote, for a run that Temporal no longer knows')
    .addOption(
      new Option(
        '--archive <where>',
        'take it from what `longhaul run archive` wrote: a folder, or s3://bucket/prefix',
      ).conflicts('file'),
    );

function skip(text: string, before: readonly Skip[] = []): readonly Skip[] {
  const [step = '', ...file] = text.split('=');
  if (step === '') throw new InvalidArgumentError('Write STEP, or STEP=output.json.');
  return [...before, { step, file: file.length === 0 ? null : file.join('=') }];
}

async function requestOf(id: string | undefined, flags: AskedFlags): Promise<ReplayRequest> {
  const { from, set = [], skip: skips = [], fresh, stopFirst, fork: forkTo, definition } = flags;
  const exported = await readExported(id, flags);
  const runId = id ?? runIdIn(exported);
  if (runId === undefined) throw usage('no run was named: give its id, or --file');
  const outputs = await Promise.all(
    skips.map(async ({ step, file: output }) => [step, output === null ? null : await read(output)] as const),
  );
  return {
    runId,
    ...(from !== undefined && { from }),
    ...(set.length > 0 && {
      set: Object.fromEntries(set.map(({ path, value }) => [path.join('.'), value as Json])), // it was JSON or text
    }),
    ...(outputs.length > 0 && { skip: Object.fromEntries(outputs) }),
    ...(fresh && { fresh }),
    ...(stopFirst && { stopFirst }),
    ...(definition && { definition }),
    ...(forkTo !== undefined && { forkTo }),
    ...(exported !== undefined && { exported: exported as ReplayRequest['exported'] }), // the client checks it
  };
}

async function readExported(id: string | undefined, { file, archive }: AskedFlags): Promise<unknown> {
  if (file !== undefined) return readDocument(file, maxAttemptBytes);
  if (archive === undefined) return undefined;
  if (id === undefined) throw usage('--archive needs the id of the run');
  return readArchived(await openArchive(archive, 'read'), id);
}

const read = async (file: string): Promise<Json> => (await readDocument(file)) as Json; // YAML and JSON give no other

const runIdIn = (exported: unknown): string | undefined =>
  typeof exported === 'object' && exported !== null && 'runId' in exported
    ? String(exported.runId)
    : undefined;

function writePlan({ format, terminal }: Cli, plan: ReplayPlan, archive: string | undefined): void {
  if (format === 'json' || format === 'jsonl')
    terminal.result(JSON.stringify(plan, null, format === 'json' ? 2 : 0));
  else if (format === 'ids') terminal.result(plan.hash);
  else {
    for (const line of planLines(plan, terminal.paintResult)) terminal.result(line);
    terminal.say(`next: ${applyCommand(plan, archive)}`);
  }
}

/** A worker that is there applies a replay within seconds, unless something is to be stopped first. */
const applyWithinMs = 50_000;

async function apply(cli: Cli, request: ReplayRequest, flags: ApplyFlags): Promise<number> {
  const follows = flags.wait === true || flags.watch === true;
  if (flags.timeout !== undefined && !follows) throw usage('--timeout needs --wait or --watch');
  const { plan, reason } = flags;
  return cli.withClient(async (client) => {
    const deed = { action: 'run.replay', object: request.runId, reason: `plan ${plan}: ${reason}` };
    const replaying = { plan, by: identity(), ids: localIds(), reason };
    const done = await audited(
      cli,
      deed,
      () => client.replays.applyWithin(applyWithinMs, request, replaying),
      (replayed) => (replayed === null ? 'under way' : `attempt ${replayed.attemptId}`),
    );
    if (done === null) {
      cli.terminal.say(
        `The replay of ${request.runId} is under way, and goes on by itself; it may lack a worker.`,
      );
      cli.terminal.say(`next: longhaul run attempts ${request.runId}`);
      return exitCodes.waitExpired;
    }
    const { runId, attemptId } = done;
    if (follows) return followStarted(cli, client, runId, flags);
    const { format, terminal } = cli;
    if (format === 'json' || format === 'jsonl') terminal.result(JSON.stringify({ runId, attemptId, plan }));
    else terminal.result(format === 'ids' ? runId : `${runId} goes on as ${attemptId}`);
    if (format === 'text') terminal.say(`next: longhaul run watch ${runId}`);
    return 0;
  });
}
