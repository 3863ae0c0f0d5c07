/** `longhaul audit`: who changed what. */
import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import {
  type AuditOutcome,
  type AuditRecord,
  type AuditVerification,
  auditOutcomes,
  checkpointOf,
  readAudit,
  verifyAudit,
} from '../../audit/read.js';
import { Checkpoint } from '../../audit/head.js';
import { readAuditKey } from '../../config/audit-key.js';
import { type Cli, cliOf } from '../cli.js';
import { exitCodes } from '../exit-codes.js';
import { count, durationMs, nonEmpty } from '../options.js';
import { counted } from '../terminal/counted.js';
import { harmless } from '../terminal/paint.js';
import { usage } from '../stop.js';
import { tableLines } from '../terminal/table.js';

/** Where people read, the newest; programs get all unless they say otherwise. */
const textLimit = 50;

interface AuditFlags {
  readonly actor?: string;
  readonly action?: string;
  readonly object?: string;
  readonly run?: string;
  readonly since?: number;
  readonly outcome?: AuditOutcome;
  readonly limit?: number;
  readonly verify?: true;
  readonly against?: string;
  readonly checkpoint?: true;
}

const examples = `
Examples:
  longhaul audit --since 24h
  longhaul audit --run train-and-deploy.nightly-2026-11-21
  longhaul audit --action key.revoke -o jsonl
  longhaul audit --verify
  longhaul audit --checkpoint > checkpoint.json     keep it elsewhere
  longhaul audit --verify --against checkpoint.json

An outcome is unknown when the process ended before it could write it. --verify exits 1 when a line was changed,
removed or put in; a last line that is cut off is named and is no fault. With audit.key it also finds lines that were cut
from the end and a log that somebody without the key has written; with --against, files that are gone.`;

/** Adds `audit`. */
export function addAudit(program: Command): void {
  program
    .command('audit')
    .summary('show who changed what')
    .description(
      `Show who changed what, newest first, from \`audit.directory\`. As text the newest ${textLimit} unless --limit says otherwise.`,
    )
    .option('--actor <id>', 'only by this one', nonEmpty)
    .option('--action <action>', 'only this, such as run.cancel', nonEmpty)
    .option('--object <id>', 'only of this run, key or delivery', nonEmpty)
    .addOption(new Option('--run <id>', 'the same as --object').argParser(nonEmpty).conflicts('object'))
    .option('--since <duration>', 'only within this time, such as 24h', durationMs)
    .addOption(new Option('--outcome <outcome>', 'only with this outcome').choices(auditOutcomes))
    .option('--limit <n>', 'at most this many', count)
    .option('--verify', 'check that no line was changed, removed or put in')
    .option('--against <file>', 'with --verify: also that all is there that was at this checkpoint')
    .addOption(
      new Option('--checkpoint', 'print how far the log goes, to be kept elsewhere').conflicts('verify'),
    )
    .addHelpText('after', examples)
    .action(async (flags: AuditFlags, command: Command) => {
      const cli = cliOf(command);
      if (flags.checkpoint)
        cli.terminal.result(JSON.stringify(await checkpointOf(cli.config().audit.directory)));
      else if (flags.against !== undefined && !flags.verify)
        throw usage('--against is read with --verify', 'Write `longhaul audit --verify --against FILE`.');
      else if (flags.verify) process.exitCode = await verify(cli, flags.against);
      else await show(cli, flags);
    });
}

async function show(
  cli: Cli,
  { since, run, limit: asked, actor, action, object, outcome }: AuditFlags,
): Promise<void> {
  const { format, terminal } = cli;
  const limit = asked ?? (format === 'text' ? textLimit : Infinity);
  const records = readAudit({
    directory: cli.config().audit.directory,
    filter: {
      actor,
      action,
      object,
      outcome,
      ...(run !== undefined && { object: run }),
      ...(since !== undefined && { since: new Date(Date.now() - since) }),
    },
    limit,
  });
  const rows: AuditRecord[] = [];
  for await (const record of records) {
    if (format === 'jsonl') terminal.result(JSON.stringify(record));
    else if (format === 'ids') terminal.result(record.id);
    else rows.push(record);
  }
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format !== 'text') return;
  if (rows.length === 0) terminal.say('No entry matches.');
  for (const line of auditLines(rows)) terminal.result(line);
  if (rows.length === limit) terminal.say(`The newest ${limit}; --limit shows more.`);
}

/** A table with a heading; nothing for no records. */
export const auditLines = (records: readonly AuditRecord[]): string[] =>
  tableLines(
    ['TIME', 'ACTOR', 'ACTION', 'OBJECT', 'OUTCOME', 'WHY'],
    records.map(({ at, actor, actorKind, action, object, outcome, result, code, reason, count }) =>
      [
        `${at.slice(0, 19)}Z`,
        `${actorKind} ${actor}`,
        action,
        object,
        `${[outcome, code ?? result].filter(Boolean).join(': ')}${count === undefined ? '' : ` × ${count}`}`,
        reason ?? '',
      ].map(harmless),
    ),
  );

async function verify(cli: Cli, against: string | undefined): Promise<number> {
  const { format, terminal } = cli;
  const config = cli.config();
  const key = readAuditKey(config);
  const checkpoint = against === undefined ? undefined : await readCheckpoint(against);
  const verification = await verifyAudit(config.audit.directory, { key, checkpoint });
  if (key === undefined)
    terminal.say('The log is not sealed: whoever can write to its directory can rewrite it. Set audit.key.');
  if (verification.files === 0)
    terminal.say(`There is no audit log in ${config.audit.directory}: check audit.directory.`);
  if (format === 'json' || format === 'jsonl')
    terminal.result(JSON.stringify(verification, null, format === 'json' ? 2 : 0));
  else for (const line of verificationLines(verification)) terminal.result(line);
  return verification.broken.length > 0 ? exitCodes.error : exitCodes.success;
}

async function readCheckpoint(file: string): Promise<Checkpoint> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw usage(`${file} cannot be read`, 'Name the file that the checkpoint was written to.');
  });
  try {
    return Checkpoint.parse(JSON.parse(text));
  } catch {
    throw usage(`${file} is not a checkpoint`, 'Make one with `longhaul audit --checkpoint > FILE`.');
  }
}

/** What was found, the count last. */
export const verificationLines = ({ files, lines, broken, truncated }: AuditVerification): string[] => [
  ...broken.map(({ file, line, fault }) => harmless(`${file}:${line} ${fault}`)),
  ...truncated.map((file) =>
    harmless(`${file}: the last line is cut off (a process died, or writes just now)`),
  ),
  `${counted(lines, 'line')} in ${counted(files, 'file')}: ${broken.length === 0 ? 'whole' : `${broken.length} broken`}`,
];
