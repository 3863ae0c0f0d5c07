/** `longhaul doctor`: whether everything is there that runs need, and what to do where it is not. */
import type { Command } from 'commander';
import type { LonghaulClient } from '../../client.js';
import type { Config } from '../../config.js';
import { LonghaulError, failureKinds } from '../../run/failures/errors.js';
import { type Cli, cliOf } from '../cli.js';
import {
  type SetUpFinding,
  accessFindings,
  attributesFinding,
  encryptionFindings,
  found,
  writeFindings,
} from '../config-check.js';
import { exitCodeOf, exitCodes } from '../exit-codes.js';
import { errorMessage } from '../stop.js';
import { auditFinding } from './audit-folder.js';
import { clockFinding, connectionFindings } from './connections.js';
import { cured } from './cured.js';
import { workersFinding } from './workers.js';

const examples = `
Examples:
  longhaul doctor
  longhaul doctor -o json | jq '.[] | select(.ok | not)'

Credentials are tried by a worker of each connection, where they are; this command needs none. Exits 0 when all is
well, 9 for Temporal, a worker or a platform that is not there, 3 for a credential, 2 for a mistake in the configuration.`;

/** Adds `doctor`. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('find what is missing, and how to repair it')
    .description(
      'Look at Temporal, its namespace and search attributes, the workers and credentials of each connection, clocks, keys and the audit folder. Changes nothing.',
    )
    .addHelpText('after', examples)
    .action(async (_flags: unknown, command: Command) => {
      const cli = cliOf(command);
      const findings = await examine(cli);
      writeFindings(cli, findings);
      process.exitCode = findings.find(({ ok }) => !ok)?.exitCode ?? exitCodes.success;
    });
}

type Examined = SetUpFinding & { readonly cure?: string };

async function examine(cli: Cli): Promise<readonly Examined[]> {
  let config: Config;
  try {
    config = cli.config();
  } catch (error) {
    return [faultOf('configuration', error)];
  }
  const local = Promise.all([accessFindings(config), auditFinding(config)]);
  const encryption = encryptionFindings(config).map(withCure);
  // Without them, nothing that is in Temporal can be read.
  const temporal = encryption.every(({ ok }) => ok) ? await temporalFindings(cli, config) : [];
  const [access, audit] = await local;
  return [...encryption, ...temporal, ...access, audit];
}

const withCure = (finding: SetUpFinding): Examined =>
  finding.ok
    ? finding
    : { ...finding, cure: 'Give this process the keys that all others have; see docs/security.md.' };

/** What cannot be looked at after a fault is left out: it is repaired first. */
async function temporalFindings(cli: Cli, config: Config): Promise<readonly Examined[]> {
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
        ...(await workerFindings(client, config)),
      ];
    });
  } catch (error) {
    return [faultOf('Temporal', error)];
  }
}

async function workerFindings(client: LonghaulClient, config: Config): Promise<readonly Examined[]> {
  const pipelines = await client.workers.pipelines();
  const names = Object.keys(config.connections);
  const of = await Promise.all(
    names.map((name) => connectionFindings(client, name, { canAsk: pipelines.length > 0 })),
  );
  const own = workersFinding('workflows', pipelines, 'longhaul worker --roles pipelines');
  const temporalAheadMs = of.map((one) => one.temporalAheadMs).find((ms) => ms !== null) ?? null;
  return [own, ...clockFinding('clock', temporalAheadMs), ...of.flatMap(({ findings }) => findings)];
}

/** An error with what to do, by the table of failures. */
function faultOf(subject: string, error: unknown): Examined {
  const code = error instanceof LonghaulError ? error.code : 'INTERNAL';
  return cured(subject, {
    line: errorMessage(error),
    cure: failureKinds[code].operator,
    exitCode: exitCodeOf(code),
  });
}
