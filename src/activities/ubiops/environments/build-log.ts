/** The end of the log of a build, for who must correct it. */
import type { Since } from '../../../platform/ubiops/log-times.js';
import type { BuildPlace } from '../../../steps/ubiops/environments.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { readLogTail } from '../log-tail.js';

/** Small enough for a message. */
const tail = { lines: 15, longest: 200 };
/** Empty lines tell nothing. */
const readAtMost = 4 * tail.lines;

/** The last lines, oldest first, without secrets; none where there is no log. */
export async function readBuildLog(
  deps: UbiOpsDependencies,
  { project, environment, buildId, tag }: BuildPlace,
  { begunAt }: Since,
): Promise<readonly string[]> {
  const which = tag === null ? `environment_build_id=\`${buildId}\`` : `environment_tag=\`${tag}\``;
  const query = `| environment_name=\`${environment}\` and ${which}`;
  const lines = await readLogTail(deps, { project, query, lines: readAtMost, begunAt });
  return lines
    .filter((line) => line.trim() !== '')
    .slice(-tail.lines)
    .map((line) => line.slice(0, tail.longest));
}
