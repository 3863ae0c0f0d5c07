/** `longhaul doctor`: whether everything is there that runs need, and what to do where it is not. */
import type { Command } from 'commander';
import type { LonghaulClient } from '../../client.js';
import type { Config } from '../../config.js';
import { type Cli, cliOf } from '../cli.js';
import {
  type SetUpFinding,
  accessFindings,
  attributesFinding,
  encryptionFindings,
  faultOf,
  fileFinding,
  found,
  writeFindings,
} from '../config-check.js';
import { exitCodes } from '../exit-codes.js';
import { auditFinding } from './audit-folder.js';
import { clockFinding, connectionFindings } from './connections.js';
import { keysFindings } from './keys.js';
import { strayRunsFindings } from './stray-runs.js';
import { workersFinding } from './workers.js';

const examples = `
Examples:
  longhaul doctor
  longhaul doctor -o json | jq '.[] | select(.ok | not)'

Credentials are tried by a worker of each connection, where they are; this command needs none. Exits 0 when all is
well; else by the first fault: 9 for Temporal, a worker or a platform that is not there, 3 for a credential, 2 for a
mistake in the configuration, 1 for anything else.`;

/** Adds `doctor`. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('find what is missing, and how to repair it')
    .description(
      'Look at the configuration, Temporal, its namespace and search attributes, the workers and credentials of each connection, clocks, keys and the audit folder. Changes nothing.',
    )
    .addHelpText('after', examples)
    .action(async (_flags: unknown, command: Command) => {
      const cli = cliOf(command);
      const findings = await examine(cli);
      writeFindings(cli, findings);
      process.exitCode = findings.find(({ ok }) => !ok)?.exitCode ?? exitCodes.success;
    });
}

async function examine(cli: Cli): Promise<readonly SetUpFinding[]> {
  let config: Config;
  try {
    config = cli.config();
  } catch (error) {
    return [faultOf('configuration', error)];
  }
  const local = Promise.all([accessFindings(config), auditFinding(config)]);
  const encryption = encryptionFindings(config);
  const canRead = encryption.every(({ ok }) => ok);
  const temporal = canRead ? await temporalFindings(cli, config) : [];
  const [access, audit] = await local;
  return [fileFinding(config, Object.keys(config.connections)), ...encryption, ...temporal, ...access, audit];
}

/** What cannot be looked at after a fault is left out: it is repaired first. */
async function temporalFindings(cli: Cli, config: Config): Promise<readonly SetUpFinding[]> {
  const { connectionOptions, namespace = 'default' } = config.temporal;
  const address = connectionOptions.address ?? '127.0.0.1:7233';
  try {
    return await cli.withClient(async (client) => {
      const reached = found('Temporal', `answers at ${address}`);
      let missing: Awaited<ReturnType<typeof client.workers.missingAttributes>>;
      try {
        missing = await client.workers.missingAttributes();
      } catch (error) {
        return [reached, faultOf(`namespace ${namespace}`, error)];
      }
      return [
        reached,
        found('namespace', namespace),
        attributesFinding(namespace, missing),
        ...(await workerFindings(cli, client, config).catch((error: unknown) => [faultOf('workers', error)])),
      ];
    });
  } catch (error) {
    return [faultOf('Temporal', error)];
  }
}

async function workerFindings(
  cli: Cli,
  client: LonghaulClient,
  config: Config,
): Promise<readonly SetUpFinding[]> {
  const pipelines = await client.workers.pipelines();
  const of = await Promise.all(
    Object.entries(config.connections).map(([name, { url }]) =>
      connectionFindings(client, name, { canAsk: pipelines.length > 0, url }),
    ),
  );
  const answering = of.map((one) => one.answering).find((name) => name !== null) ?? null;
  const keys = answering === null ? [] : await keysFindings(cli, config, answering);
  const own = workersFinding('workflows', pipelines, 'longhaul worker --roles pipelines');
  const temporalAheadMs = of.map((one) => one.temporalAheadMs).find((ms) => ms !== null) ?? null;
  return [
    own,
    ...clockFinding('clock', temporalAheadMs),
    ...of.flatMap(({ findings }) => findings),
    ...keys,
    ...(await strayRunsFindings(client, Object.keys(config.connections))),
  ];
}
