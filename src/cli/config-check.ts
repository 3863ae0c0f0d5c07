/** `longhaul config check`: the configuration, then what it points to: documents, Temporal, each platform, probe and service. */
import type { Connection } from '@temporalio/client';
import type { Command } from 'commander';
import { keyStatus, listKeys } from '../access/keys.js';
import {
  type Config,
  connectionOf,
  incomingSecrets,
  probeOf,
  readApprovalSecret,
  readSecret,
  serviceOf,
} from '../config.js';
import { readAuditKey } from '../config/audit-key.js';
import { readPayloadKeys } from '../config/payload-keys.js';
import { LonghaulError, failureKinds } from '../run/failures/errors.js';
import { faultLinesOf } from '../run/documents/faulty-documents.js';
import {
  type SearchAttributes,
  creationOptions,
  missingOf,
  searchAttributes,
} from '../run/search-attributes.js';
import { type Cli, cliOf } from './cli.js';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.js';
import { counted } from './terminal/counted.js';
import { harmless } from './terminal/paint.js';
import { errorMessage } from './stop.js';
import { requireWritable } from './writable.js';

/** One thing that was looked at. */
export interface SetUpFinding {
  readonly subject: string;
  readonly ok: boolean;
  /** What was found, or what is wrong; and what to do, unless `cure` says it. */
  readonly line: string;
  readonly cure?: string;
  readonly exitCode: ExitCode;
}

const examples = `
Examples:
  longhaul config check
  longhaul config check --config /etc/longhaul.yaml -o json
  longhaul config check --offline                     before Temporal runs

Exits 0 when all is well; else by the first fault: 2 for a mistake in the configuration, 3 for a credential, 9 for
Temporal or a platform that does not answer or an audit folder that cannot be written, 1 for anything else.`;

/** Adds `config`. */
export function addConfig(program: Command): void {
  program
    .command('config')
    .summary('check the configuration')
    .description('Look at the configuration.')
    .addHelpText('after', '\nExample:\n  longhaul config check')
    .command('check')
    .summary('check the configuration and what it points to')
    .description('Check the configuration, then whether Temporal and each platform answer. Changes nothing.')
    .option('--offline', 'ask neither Temporal nor a platform: only what this machine has')
    .addHelpText('after', examples)
    .action(async ({ offline = false }: { readonly offline?: boolean }, command: Command) => {
      process.exitCode = await check(cliOf(command), offline);
    });
}

async function check(cli: Cli, offline: boolean): Promise<number> {
  const config = cli.config();
  const names = Object.keys(config.connections);
  const found = await Promise.all([
    Promise.resolve([fileFinding(config, names)]),
    documentFindings(cli),
    accessFindings(config),
    Promise.resolve(approvalFindings(config)),
    auditFinding(config).then((finding) => [finding]),
    Promise.resolve(encryptionFindings(config)),
    webhookFindings(config),
    ...(offline ? [] : [temporalFindings(config)]),
    ...names.map(async (name) => [await platformFinding(config, name, offline)]),
    ...Object.entries(config.probes).map(async ([name, probe]) => [
      await askedFinding(`probe ${name}`, probeOf(probe), offline),
    ]),
    ...Object.entries(config.services).map(async ([name, service]) => [
      await askedFinding(`service ${name}`, serviceOf(service), offline),
    ]),
  ]);
  const findings = found.flat();
  writeFindings(cli, findings);
  return findings.find(({ ok }) => !ok)?.exitCode ?? exitCodes.success;
}

/** Writes them, a line each; what to do stands below where it is told apart. */
export function writeFindings({ format, terminal }: Cli, findings: readonly SetUpFinding[]): void {
  const rows = findings.map(({ subject, ok, line, cure }) => ({
    ...{ subject, ok, line },
    ...(cure !== undefined && { cure }),
  }));
  if (format === 'json') terminal.result(JSON.stringify(rows, null, 2));
  if (format === 'jsonl') for (const row of rows) terminal.result(JSON.stringify(row));
  if (format === 'json' || format === 'jsonl') return;
  const width = Math.max(...rows.map(({ subject }) => subject.length));
  for (const { subject, ok, line, cure } of rows) {
    const glyph = ok ? terminal.paintResult('green', '✔') : terminal.paintResult('red', '✖');
    const lines = line.split('\n').map((part) => harmless(part.trim()));
    terminal.result(`${glyph} ${subject.padEnd(width)}  ${lines.join(`\n${' '.repeat(width + 4)}`)}`);
    if (cure !== undefined) terminal.result(`  → ${cure}`);
  }
}

/** That something is as it has to be. */
export const found = (subject: string, line: string): SetUpFinding => ({
  subject,
  ok: true,
  line,
  exitCode: exitCodes.success,
});
/** That something is not; the line says what to do. */
export const fault = (subject: string, line: string, exitCode: ExitCode): SetUpFinding => ({
  subject,
  ok: false,
  line,
  exitCode,
});

/** An error with what to do, by the table of failures. */
export function faultOf(subject: string, error: unknown): SetUpFinding {
  const code = error instanceof LonghaulError ? error.code : 'INTERNAL';
  return { ...fault(subject, errorMessage(error), exitCodeOf(code)), cure: failureKinds[code].operator };
}

/** Whether there is a file of settings, and what connections it has. */
export const fileFinding = ({ file }: Config, names: readonly string[]): SetUpFinding =>
  names.length > 0
    ? found('configuration', `${file}: ${names.join(', ')}`)
    : fault(
        'configuration',
        `${file} is missing or has no connection: add one under \`connections\``,
        exitCodes.usage,
      );

/** Of each fault a line; nothing where no document is configured. */
async function documentFindings(cli: Cli): Promise<SetUpFinding[]> {
  const { documents, faulty } = await cli.documents();
  const names = Object.keys(documents);
  return [
    ...(names.length > 0 ? [found('pipelines', `${names.join(', ')} can be run`)] : []),
    ...faultLinesOf(faulty).map((line) => fault('pipelines', line, exitCodes.usage)),
  ];
}

/** Nothing where no access is configured: a server on loopback needs none. */
export async function accessFindings({ access }: Config): Promise<SetUpFinding[]> {
  const { keysFile, tokens } = access;
  try {
    const { createAuthenticator } = await import('../access/authenticator.js'); // jose, for this command alone
    const authenticator = createAuthenticator(access);
    if (!authenticator.configured) return [];
    await authenticator.checkPlaces();
    const keys = keysFile === undefined ? [] : await listKeys(keysFile);
    const valid = keys.filter((key) => keyStatus(key, Date.now()) === 'valid');
    if (valid.length + tokens.length === 0)
      return [
        fault(
          'access',
          `${keysFile} has no valid key: make one with \`longhaul key create\``,
          exitCodes.usage,
        ),
      ];
    return [
      found('access', `${counted(valid.length, 'valid key')}, ${counted(tokens.length, 'issuer')} of tokens`),
    ];
  } catch (error) {
    return [fault('access', errorMessage(error), exitCodes.usage)];
  }
}

async function auditFinding(config: Config): Promise<SetUpFinding> {
  try {
    const key = readAuditKey(config);
    await requireWritable(config.audit.directory);
    return key === undefined
      ? found(
          'audit',
          'the log is not sealed: whoever can write to its directory can rewrite it; set audit.key',
        )
      : found('audit', 'the log is sealed by audit.key');
  } catch (error) {
    const code = error instanceof LonghaulError ? exitCodeOf(error.code) : exitCodes.error;
    return fault('audit', errorMessage(error), code);
  }
}

/** Nothing where nothing is encrypted. */
export function encryptionFindings(config: Config): SetUpFinding[] {
  try {
    const [first, ...others] = readPayloadKeys(config);
    if (first === undefined) return [];
    return [
      found('encryption', `${first.id} encrypts payloads; ${counted(others.length, 'more key')} can decrypt`),
    ];
  } catch (error) {
    const code = error instanceof LonghaulError ? exitCodeOf(error.code) : exitCodes.error;
    return [fault('encryption', errorMessage(error), code)];
  }
}

/** Nothing where no links are configured. */
function approvalFindings(config: Config): SetUpFinding[] {
  try {
    if (readApprovalSecret(config) === undefined) return [];
  } catch (error) {
    const code = error instanceof LonghaulError ? exitCodeOf(error.code) : exitCodes.error;
    return [fault('approvals', errorMessage(error), code)];
  }
  if (config.server.publicUrl === undefined)
    return [
      fault(
        'approvals',
        'no link is sent: server.publicUrl (LONGHAUL_PUBLIC_URL) is not set',
        exitCodes.usage,
      ),
    ];
  return [found('approvals', `links lead to ${config.server.publicUrl}`)];
}

/** One for each secret that cannot be used; nothing where no webhook is configured. */
async function webhookFindings({ webhooks: { incoming, outgoing } }: Config): Promise<SetUpFinding[]> {
  const { readSigner } = await import('../webhooks/secrets.js');
  const secrets = [
    ...Object.entries(incoming).flatMap(([name, webhook]) =>
      incomingSecrets(name, webhook).map((secret) => ({ secret, scheme: webhook.scheme })),
    ),
    ...Object.entries(outgoing).map(([name, { secret }]) => ({
      secret: { name: `webhooks.outgoing.${name}.secret`, read: () => readSecret(secret) },
      scheme: 'standard' as const,
    })),
  ];
  const faults = secrets.flatMap(({ secret, scheme }) => {
    try {
      readSigner(secret, scheme);
      return [];
    } catch (error) {
      const code = error instanceof LonghaulError ? exitCodeOf(error.code) : exitCodes.error;
      return [fault('webhooks', errorMessage(error), code)];
    }
  });
  if (faults.length > 0 || secrets.length === 0) return faults;
  return [found('webhooks', `${counted(secrets.length, 'secret')} can be used`)];
}

async function temporalFindings({ temporal }: Config): Promise<SetUpFinding[]> {
  const { connectionOptions, namespace = 'default' } = temporal;
  const address = connectionOptions.address ?? '127.0.0.1:7233';
  const client = await import('@temporalio/client');
  let connection: Connection | undefined;
  try {
    connection = await client.Connection.connect({ connectTimeout: 5_000, ...connectionOptions });
    const { systemAttributes: _system, customAttributes } =
      await connection.operatorService.listSearchAttributes({ namespace });
    return [
      found('Temporal', `${address}, namespace ${namespace}`),
      attributesFinding(namespace, missingOf(customAttributes)),
    ];
  } catch (error) {
    const { translateRunError, unreachable } = await import('../client/translating.js');
    return [
      faultOf(
        'Temporal',
        connection === undefined ? unreachable(address, error) : translateRunError(error, '', address),
      ),
    ];
  } finally {
    await connection?.close();
  }
}

/** Whether the namespace knows what runs are listed by. */
export function attributesFinding(namespace: string, missing: SearchAttributes): SetUpFinding {
  const names = Object.keys(missing);
  if (names.length === 0)
    return found('attributes', `all ${Object.keys(searchAttributes).length} are registered`);
  return fault(
    'attributes',
    `${names.join(', ')} are not registered. A worker does it, or: temporal operator search-attribute create --namespace ${namespace} ${creationOptions(missing)}`,
    exitCodes.error,
  );
}

async function platformFinding(config: Config, name: string, offline: boolean): Promise<SetUpFinding> {
  const settings = config.connections[name];
  if (settings === undefined) return fault(name, 'is not configured', exitCodes.usage);
  const connection = connectionOf(name, settings);
  try {
    connection.credential();
    connection.egress();
    if (offline) return found(name, 'its credential is there');
    const { probeConnection } = await import('../platform/probe.js');
    const { platforms } = await import('../platform/wings.js');
    const probe = await probeConnection(platforms[settings.platform], connection);
    return probe.ok ? found(name, probe.line) : fault(name, probe.line, exitCodeOf(probe.code));
  } catch (error) {
    const code = error instanceof LonghaulError ? exitCodeOf(error.code) : exitCodes.error;
    return fault(name, `${errorMessage(error)}; a worker for this connection needs it`, code);
  }
}

/** Not asked: what a probe or a service does is its own. Only whether it could be. */
async function askedFinding(
  subject: string,
  asked: ReturnType<typeof probeOf> | ReturnType<typeof serviceOf>,
  offline: boolean,
): Promise<SetUpFinding> {
  const { checkProbe } = await import('../probes/check.js');
  const { ok, line } = await checkProbe(asked, { offline });
  return ok ? found(subject, line) : fault(subject, line, exitCodes.usage);
}
