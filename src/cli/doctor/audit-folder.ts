/** Whether changes can be recorded: where not, they are refused. */
import { resolve } from 'node:path';
import type { Config } from '../../config.js';
import { readAuditKey } from '../../config/audit-key.js';
import { LonghaulError, failureKinds } from '../../run/failures/errors.js';
import { type SetUpFinding, found } from '../config-check.js';
import { exitCodeOf } from '../exit-codes.js';
import { errorMessage } from '../stop.js';
import { requireWritable } from '../writable.js';
import { cured } from './cured.js';

/** Whether the folder can be written, and is sealed. */
export async function auditFinding(config: Pick<Config, 'audit'>): Promise<SetUpFinding> {
  const directory = resolve(config.audit.directory);
  try {
    const isSealed = readAuditKey(config) !== undefined;
    await requireWritable(directory);
    return found('audit', `${directory} can be written, ${isSealed ? 'sealed by audit.key' : 'not sealed'}`);
  } catch (error) {
    const code = error instanceof LonghaulError ? error.code : 'AUDIT_UNAVAILABLE';
    const isKey = code === 'CREDENTIALS_MISSING';
    return cured('audit', {
      line: `${isKey ? 'audit.key: ' : ''}${errorMessage(error)}`,
      cure: failureKinds.AUDIT_UNAVAILABLE.operator, // also where the key is what cannot be read
      exitCode: exitCodeOf(code),
    });
  }
}
