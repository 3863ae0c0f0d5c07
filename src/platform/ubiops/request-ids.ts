/**
 * A request is known within a version of a deployment only, so the id by which Longhaul knows one says all of it:
 * `<project>/<deployment>/<version>/<request>`. No name has a slash.
 */
import { PlatformError } from '../errors.js';

/**
 * Where a request is.
 * @throws PlatformError `NOT_FOUND` for what is no such id
 */
export function requestPathOf(id: string) {
  const [projectName = '', deploymentName = '', version = '', requestId = '', ...more] = id.split('/');
  if (more.length > 0 || requestId === '')
    throw new PlatformError('NOT_FOUND', `${id} is not <project>/<deployment>/<version>/<request>`);
  return { projectName, deploymentName, version, requestId };
}
