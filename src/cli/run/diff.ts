/** `longhaul run diff`: what differs between two runs, such as the last green one and this red one. */
import type { Command } from 'commander';
import { z } from 'zod';
import type { RunDifference, ComparedRun, PartDiff, RunDiff } from '../../client.js';
import type { Json } from '../../run/steps.js';
import { type Cli, cliOf } from '../cli.js';
import { showDuration } from '../terminal/duration.js';
import { type Paint, cut, harmless } from '../terminal/paint.js';
import { showStatus } from './view/tree.js';

const valueWidth = 160;

const examples = `
Examples:
  longhaul run diff train-and-deploy.nightly-2026-11-21
  longhaul run diff train-and-deploy.nightly-2026-11-20 \\
    train-and-deploy.nightly-2026-11-21
  longhaul run diff train-and-deploy.nightly-2026-11-21 -o json \\
    | jq '.parts[] | select(.verdict == "differs")'

With one run, it is compared with the last before it that succeeded, of the same pipeline, connection and model. The
platform is read by a worker of the connection. Exits 0 whether they differ or not.`;

/** Adds `run diff`. */
export function addRunDiff(run: Command): void {
  run
    .command('diff')
    .summary('show what differs between two runs')
    .description(
      'Show what differs between two runs: inputs, environment, image, commit, data, metrics, log and more.',
    )
    .argument('<a>', 'run id; the only one is compared with the last that succeeded before it')
    .argument('[b]', 'the run to compare it with')
    .addHelpText('after', examples)
    .action(async (a: string, b: string | undefined, _flags: unknown, command: Command) => {
      const cli = cliOf(command);
      const diff = await cli.withClient((client) => client.diff(a, b));
      if (cli.format === 'text') writeText(cli, diff);
      else if (cli.format === 'ids') for (const side of [diff.a, diff.b]) cli.terminal.result(side.runId);
      else cli.terminal.result(JSON.stringify(diff, null, cli.format === 'json' ? 2 : 0));
    });
}

function writeText({ terminal }: Cli, diff: RunDiff): void {
  for (const line of diffLines(diff, terminal.paintResult)) terminal.result(line);
}

/** Only what differs, what was not read, and in one line what is equal. */
export function diffLines({ a, b, parts }: RunDiff, paint: Paint): string[] {
  const width = Math.max(a.runId.length, b.runId.length);
  const equal = parts.filter(({ verdict }) => verdict === 'equal').map(({ part }) => part);
  const unread = parts.flatMap(({ part, unread: reasons }) =>
    reasons.map(({ run, reason }) => `  ${part} of ${run}: ${oneLine(reason)}`),
  );
  return [
    runLine('a', a, { width, paint }),
    runLine('b', b, { width, paint }),
    ...parts.filter(({ verdict }) => verdict === 'differs').flatMap((part) => partLines(part, paint)),
    ...(unread.length === 0 ? [] : ['', paint('yellow', 'not read'), ...unread]),
    '',
    equal.length === 0 ? 'Nothing is equal.' : `equal: ${equal.join(', ')}`,
  ];
}

function runLine(
  name: string,
  { runId, status, startedAt }: ComparedRun,
  { width, paint }: { readonly width: number; readonly paint: Paint },
): string {
  return `${name}  ${runId.padEnd(width)}  ${showStatus(paint, status, 10)}  ${startedAt.slice(0, 19)}Z`;
}

const partLines = ({ part, changes }: PartDiff, paint: Paint): string[] => [
  '',
  paint('bold', part),
  ...changes.flatMap((change) => (part === 'log' ? logLines(change, paint) : changeLines(change, paint))),
];

/** On one line what fits there; a text of several lines as lines that went and lines that came. */
function changeLines({ name, a, b, delta }: RunDifference, paint: Paint): string[] {
  const isText = [a, b].some((value) => typeof value === 'string' && value.length + name.length > 60);
  if (!isText && !/, line \d+$/.test(name)) {
    const more = delta === undefined ? '' : `  (${delta > 0 ? '+' : ''}${delta})`;
    return [`  ${harmless(name)}: ${shown(a)} → ${shown(b)}${more}`];
  }
  const lines = (value: Json, sign: string) =>
    value === null
      ? []
      : textOf(value)
          .split('\n')
          .map((line) => `    ${sign} ${oneLine(line)}`);
  return [
    `  ${harmless(name)}`,
    ...lines(a, '-').map((line) => paint('red', line)),
    ...lines(b, '+').map((line) => paint('green', line)),
  ];
}

function logLines({ name, a, b }: RunDifference, paint: Paint): string[] {
  const line = (run: string, value: Json) => `    ${run} ${lineOf(value)}`;
  return [`  ${name}`, paint('red', line('a', a)), paint('green', line('b', b))];
}

const Line = z.object({ line: z.number(), text: z.string() });
const Took = z.object({ status: z.string(), tookMs: z.number().nullable() });

/** `17: text`. */
function lineOf(value: Json): string {
  const { success, data } = Line.safeParse(value);
  return success ? `${data.line}: ${oneLine(data.text)}` : 'ends before';
}

function shown(value: Json): string {
  if (value === null) return 'none';
  const { success, data } = Took.safeParse(value);
  if (!success) return oneLine(textOf(value));
  return `${data.status}${data.tookMs === null ? '' : ` in ${showDuration(data.tookMs)}`}`;
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
const oneLine = (text: string): string => cut(harmless(text), valueWidth);
