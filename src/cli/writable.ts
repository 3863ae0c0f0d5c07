/** Whether the folder of the audit log can take entries: where not, changes are refused. */
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { systemCodeOf } from '../access/file-lock.js';
import { LonghaulError } from '../run/failures/errors.js';

/**
 * Requires that a file can be made in the folder, or in the nearest one above it that is there: the folder is made with the
 * first change.
 *
 * @throws AUDIT_UNAVAILABLE with what is in the way.
 */
export async function requireWritable(directory: string): Promise<void> {
  for (let place = resolve(directory); ; place = dirname(place))
    try {
      if (!(await stat(place)).isDirectory())
        throw new LonghaulError('AUDIT_UNAVAILABLE', `${place} is no folder`);
      await access(place, constants.W_OK | constants.X_OK);
      if ((await statfs(place)).bavail > 0) return;
      throw new LonghaulError('AUDIT_UNAVAILABLE', `${place} has no room for a file`);
    } catch (error) {
      if (error instanceof LonghaulError) throw error;
      if (['ENOENT', 'ENOTDIR'].includes(String(systemCodeOf(error))) && dirname(place) !== place) continue;
      throw new LonghaulError('AUDIT_UNAVAILABLE', `${place} cannot be written by this user`, {
        cause: error,
      });
    }
}
