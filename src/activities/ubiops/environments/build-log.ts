/** The end of the log of a build, for who must correct it. */
import type { BuildPlace } from '../../../steps/ubiops/environments.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { readLogTail } from '../log-tail.js';

/** Small enough for a message. */
const tail = { lines: 15, longest: 200 };
/** Empty lines tell nothing. */
const readAtMost = 4 * tail.lines;
/** Clocks of builders and of the API differ. */
const earlierMs = 60_000;

interface Written {
  /** When the build began. */
  readonly begunAt: string | null | undefined;
  /** About when it has ended, in milliseconds since the epoch. */
  readonly endedMs: number;
}

/** The last lines, oldest first, without secrets; none where there is no log. */
export async function readBuildLog(
  deps: UbiOpsDependencies,
  { project, environment, buildId, tag }: BuildPlace,
  { begunAt, endedMs }: Written,
): Promise<readonly string[]> {
  const beganMs = Date.parse(begunAt ?? '');
  const which = tag === null ? `environment_build_id=\`${buildId}\`` : `environment_tag=\`${tag}\``;
  const { lines } = await readLogTail(deps, {
    project,
    query: `| environment_name=\`${environment}\` and ${which}`,
    lines: readAtMost,
    from: Number.isNaN(beganMs) ? undefined : new Date(beganMs - earlierMs).toISOString(),
    endedMs,
  });
  return lines
    .filter((line) => line.trim() !== '')
    .slice(-tail.lines)
    .map((line) => line.slice(0, tail.longest));
}
