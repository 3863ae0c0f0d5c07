/** Whether changes can be recorded: where not, they are refused. */
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemCodeOf } from '../../access/file-lock.js';
import type { Config } from '../../config.js';
import { readAuditKey } from '../../config/audit-key.js';
import { LonghaulError, failureKinds } from '../../run/failures/errors.js';
import { type SetUpFinding, found } from '../config-check.js';
import { exitCodeOf } from '../exit-codes.js';
import { errorMessage } from '../stop.js';
import { cured } from './cured.js';

/** The folder is made with the first change, so it may be missing. */
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

/** The folder, or the nearest one above it that is there. */
async function requireWritable(directory: string): Promise<void> {
  for (let place = directory; ; place = dirname(place))
    try {
      await access(place, constants.W_OK | constants.X_OK);
      const [{ bavail }, found] = [await statfs(place), await stat(place)];
      if (found.isDirectory() && bavail > 0) return;
      const what = found.isDirectory() ? 'has no room for a file' : 'is no folder';
      throw new LonghaulError('AUDIT_UNAVAILABLE', `${place} ${what}`);
    } catch (error) {
      if (error instanceof LonghaulError) throw error;
      if (systemCodeOf(error) === 'ENOENT' && dirname(place) !== place) continue;
      throw new LonghaulError('AUDIT_UNAVAILABLE', `${place} cannot be written by this user`, {
        cause: error,
      });
    }
}
