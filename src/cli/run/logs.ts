/** `longhaul run logs`: the logs of the jobs of a run, read by a worker that holds the credential. */
import { type Command, InvalidArgumentError } from 'commander';
import type { LonghaulClient, LonghaulError, RunLogLine } from '../../client.js';
import { type Cli, cliOf } from '../cli.js';
import { interruptible } from '../interruption.js';
import { count, nonEmpty } from '../options.js';
import { harmless } from '../terminal/paint.js';

interface LogFlags {
  readonly follow?: true;
  readonly step?: readonly string[];
  readonly tail?: number;
  readonly timestamps?: true;
}

/** As many as one answer of a worker may hold. */
const mostTail = 10_000;

const examples = `
Examples:
  longhaul run logs train-and-deploy.nightly-2026-11-21
  longhaul run logs sweep.nightly --step train.1 --tail 50
  longhaul run logs sweep.nightly --step train -f --timestamps

A worker of the connection reads the platform; this command needs no credential. Secrets are masked. Where logs of
several steps are shown, each line begins with its step. With -f it ends when the run has ended or, with --step, when
these steps have; what cannot be read for a while is read on afterwards.`;

/** Adds `run logs`. */
export function addRunLogs(run: Command): void {
  run
    .command('logs')
    .summary('show the logs of a run’s jobs')
    .description('Show the logs of the jobs that the steps of a run have started on the platform.')
    .argument('<id>', 'run id')
    .option('-f, --follow', 'show what comes, until the jobs have ended')
    .option(
      '--step <step>',
      'only of this step, or of an item such as train.1; may be repeated',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), nonEmpty(text)],
    )
    .option('--tail <n>', 'only this many lines from the end of each log', tail)
    .option('--timestamps', 'each line with its time')
    .addHelpText('after', examples)
    .action(async (id: string, flags: LogFlags, command: Command) => {
      const cli = cliOf(command);
      await cli.withClient((client) => write(cli, client, id, flags));
    });
}

function tail(text: string): number {
  const number = count(text);
  if (number > mostTail) throw new InvalidArgumentError(`Write a whole number from 1 to ${mostTail}.`);
  return number;
}

async function write(cli: Cli, client: LonghaulClient, id: string, flags: LogFlags): Promise<void> {
  const { step: steps, follow, timestamps, tail } = flags;
  const interruption = interruptible('the run goes on');
  const { signal, rejected } = interruption;
  const isPrefixed = steps?.length !== 1 || steps[0]?.includes('.') !== true;
  const known = new Set<string>();
  const troubled = ({ message }: LonghaulError): void =>
    cli.terminal.say(`${message.replace(/\.$/, '')}. Still trying; the run itself is safe.`);
  const writing = async (): Promise<void> => {
    for await (const line of client.logs(id, { steps, follow, tail, troubled, signal })) {
      known.add(line.step);
      const isSeveral = isPrefixed && (known.size > 1 || line.step.includes('.'));
      await cli.terminal.raw(textOf(cli, line, { isSeveral, timestamps }));
    }
  };
  try {
    await Promise.race([writing(), rejected]);
  } finally {
    interruption.release();
  }
}

function textOf(
  { format }: Cli,
  { step, at, line }: RunLogLine,
  { isSeveral, timestamps }: { readonly isSeveral: boolean; readonly timestamps: true | undefined },
): string {
  if (format !== 'text') return JSON.stringify({ step, ...(at !== undefined && { at }), line });
  return [...(isSeveral ? [`[${step}]`] : []), ...(timestamps ? [at ?? '-'] : []), harmless(line)].join(' ');
}
