/** Whether workers have the keys by which payloads are encrypted: also those that encrypt nothing yet, or nothing any more. */
import type { Config } from '../../config.js';
import { failureKinds } from '../../run/failures/errors.js';
import type { Cli } from '../cli.js';
import { type SetUpFinding, found } from '../config-check.js';
import { exitCodes } from '../exit-codes.js';
import { cured } from './cured.js';

/** Of each key but the first, by which all else is asked. One worker is asked for each, whichever takes it. */
export const keysFindings = (
  cli: Cli,
  { encryption }: Pick<Config, 'encryption'>,
  connection: string,
): Promise<SetUpFinding[]> =>
  Promise.all(
    encryption.keys.slice(1).map(async ({ id }) => {
      const { probe } = await cli.withClient(({ workers }) => workers.probe(connection), {
        encryptsWith: id,
      });
      const subject = `key ${id}`;
      if ('value' in probe) return found(subject, `a worker on ${probe.value.host} can decrypt with it`);
      const cure = failureKinds.PAYLOAD_UNREADABLE.operator.replace('this process', 'each worker and server');
      return cured(subject, { line: probe.missing, cure, exitCode: exitCodes.error });
    }),
  );
