/** `longhaul key`: the API keys of the HTTP API. */
import { type Command, Option } from 'commander';
import { type KeySummary, createKey, keyStatus, listKeys, newKeyId, revokeKey } from '../../access/keys.js';
import { type Role, roles } from '../../access/principal.js';
import { identity } from '../../client/identity.js';
import type { Config } from '../../config.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { sayUnread } from '../../run/documents/faulty-documents.js';
import { audited } from './audited.js';
import { type Cli, type ConfiguredDocuments, cliOf, pipelineNames } from '../cli.js';
import { durationMs, names, nonEmpty } from '../options.js';
import { harmless } from '../terminal/paint.js';
import { usage } from '../stop.js';
import { tableLines } from '../terminal/table.js';

interface CreateFlags {
  readonly name: string;
  readonly owner?: string;
  readonly role: Role;
  readonly pipelines: readonly string[];
  readonly connections: readonly string[];
  readonly expires?: number;
}

const createExamples = `
Examples:
  longhaul key create --name "nightly job" --role operator \\
    --pipelines train-and-deploy --expires 90d
  longhaul key create --name dashboard --role viewer > key.txt

Standard output is the key and nothing else. It is shown this once: only a hash of it is kept.`;

/** Adds `key`. */
export function addKey(program: Command): void {
  const key = program
    .command('key')
    .summary('create, list and revoke API keys')
    .description('Create, list and revoke the API keys in `access.keysFile`. Servers notice within seconds.')
    .addHelpText('after', '\nExample:\n  longhaul key create --name dashboard --role viewer');
  key
    .command('create')
    .description('Create an API key.')
    .requiredOption('--name <text>', 'what it is for, or whose it is, for people', nonEmpty)
    .option(
      '--owner <person>',
      'whose it is: keys of one owner are one person’s. A token’s <issuer>#<subject> makes it the same person as that (default: the name)',
      nonEmpty,
    )
    .addOption(new Option('--role <role>', 'what it may do').choices(roles).makeOptionMandatory())
    .addOption(new Option('--pipelines <a,b>', 'only these').argParser(names).default(['*'], 'all'))
    .addOption(new Option('--connections <a,b>', 'only these').argParser(names).default(['*'], 'all'))
    .option('--expires <duration>', 'how long it is valid, such as 90d; without end if left out', durationMs)
    .addHelpText('after', createExamples)
    .action(async (flags: CreateFlags, command: Command) => create(cliOf(command), flags));
  key
    .command('list')
    .description('List API keys, oldest first, also those that are expired or revoked.')
    .addHelpText('after', '\nExample:\n  longhaul key list')
    .action(async (_flags: unknown, command: Command) => list(cliOf(command)));
  key
    .command('revoke')
    .description('Make an API key useless, for good.')
    .argument('<id>', 'the id of the key: what stands between the first two "_" of it', idOf)
    .requiredOption('--reason <text>', 'why; recorded in the audit log', nonEmpty)
    .addHelpText('after', '\nExample:\n  longhaul key revoke k3v9w2m1qa --reason "left the team"')
    .action(async (id: string, { reason }: { reason: string }, command: Command) =>
      revoke(cliOf(command), id, reason),
    );
}

/** Somebody may give the whole key: its secret must not get into messages and the audit log. */
function idOf(text: string): string {
  const [, id] = /^(?:lh_)?([a-z0-9]{8,10})(?:_[\w-]*)?$/.exec(text) ?? [];
  if (id === undefined) throw usage('that is not the id of a key', 'Look for it with `longhaul key list`.');
  return id;
}

async function create(cli: Cli, { expires, ...flags }: CreateFlags): Promise<void> {
  const config = cli.config();
  const file = keysFileOf(config);
  if (cli.format === 'ids') throw usage('-o ids would show the id and lose the key', 'Leave -o out.');
  assertKnown(config, await cli.documents(), flags);
  const id = newKeyId();
  const createdBy = identity();
  const expiresAt = expires === undefined ? {} : { expiresAt: new Date(Date.now() + expires) };
  const { key, summary } = await audited(
    cli,
    { action: 'key.create', object: id },
    () => createKey(file, { ...flags, ...expiresAt, id, createdBy }),
    () => 'created',
  );
  if (cli.format === 'text') {
    await cli.terminal.raw(key);
    cli.terminal.say(`Key ${id} has the role ${flags.role}. It is not shown again.`);
  } else cli.terminal.result(JSON.stringify({ ...summary, key }, null, cli.format === 'json' ? 2 : 0));
}

/** A name that is mistyped would make a key that sees nothing. */
function assertKnown(config: Config, configured: ConfiguredDocuments, flags: CreateFlags): void {
  const known = pipelineNames(configured);
  for (const name of flags.pipelines)
    if (name !== '*' && !known.includes(name))
      throw new LonghaulError(
        'PIPELINE_UNKNOWN',
        `there is no pipeline "${name}"; the pipelines are ${known.join(', ')}${sayUnread(configured.faulty)}`,
      );
  for (const name of flags.connections)
    if (name !== '*' && !Object.hasOwn(config.connections, name))
      throw new LonghaulError('CONNECTION_UNKNOWN', `connection "${name}" is not in ${config.file}`);
}

async function list({ config, format, terminal }: Cli): Promise<void> {
  const now = Date.now();
  const keys = await listKeys(keysFileOf(config()));
  const rows = keys.map((key) => ({ ...key, status: keyStatus(key, now) }));
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format === 'jsonl') for (const row of rows) terminal.result(JSON.stringify(row));
  if (format === 'ids') for (const { id } of rows) terminal.result(id);
  if (format !== 'text') return;
  if (rows.length === 0) terminal.say('No key.');
  for (const line of keyLines(keys, now)) terminal.result(line);
}

/** A table with a heading; nothing for no keys. */
export const keyLines = (keys: readonly KeySummary[], nowMs: number): string[] =>
  tableLines(
    ['ID', 'NAME', 'ROLE', 'PIPELINES', 'CONNECTIONS', 'CREATED', 'EXPIRES', 'STATUS'],
    keys.map((key) => [
      key.id,
      harmless(key.name),
      key.role,
      key.pipelines.join(','),
      key.connections.join(','),
      key.createdAt.slice(0, 10),
      key.expiresAt?.slice(0, 10) ?? 'never',
      keyStatus(key, nowMs),
    ]),
  );

async function revoke(cli: Cli, id: string, reason: string): Promise<void> {
  const file = keysFileOf(cli.config());
  const { summary, already } = await audited(
    cli,
    { action: 'key.revoke', object: id, reason },
    () => revokeKey(file, id),
    (answer) => (answer.already ? 'exists' : 'revoked'),
  );
  const { format, terminal } = cli;
  if (format === 'ids') terminal.result(id);
  else if (format !== 'text') terminal.result(JSON.stringify(summary, null, format === 'json' ? 2 : 0));
  else terminal.result(already ? `${id} was revoked at ${summary.revokedAt}` : `${id} is revoked`);
}

function keysFileOf({ access, file }: Config): string {
  if (access.keysFile !== undefined) return access.keysFile;
  throw new LonghaulError(
    'CONFIG_INVALID',
    `access.keysFile is not set: add \`access: { keysFile: PATH }\` to ${file}, or set LONGHAUL_KEYS_FILE`,
  );
}
