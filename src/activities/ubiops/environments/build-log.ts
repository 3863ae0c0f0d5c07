/** The end of the log of a build, for who must correct it. */
import type { BuildPlace } from '../../../steps/ubiops/environments.js';
import type { UbiOpsDependencies } from '../dependencies.js';

/** Small enough for a message. */
const tail = { lines: 15, longest: 200 };
/** As many as a page may have. */
const pageSize = 5_000;
/** Clocks of builders and of the API differ. */
const earlierMs = 60_000;

/** The last lines, oldest first, without secrets; none where there is no log. */
export async function readBuildLog(
  { ubiops, redactLines }: UbiOpsDependencies,
  { project, environment, buildId, tag }: BuildPlace,
  begunAt: string | null | undefined,
): Promise<readonly string[]> {
  const beganMs = Date.parse(begunAt ?? '');
  const which = tag === null ? `environment_build_id=\`${buildId}\`` : `environment_tag=\`${tag}\``;
  const lines = await ubiops.logs.list({
    path: { projectName: project },
    query: {
      query: `| environment_name=\`${environment}\` and ${which}`,
      ...(!Number.isNaN(beganMs) && { start: new Date(beganMs - earlierMs).toISOString() }),
      limit: pageSize,
    },
  });
  const inOrder = lines.toSorted((a, b) => a.timestamp - b.timestamp);
  const redacted = redactLines(
    inOrder.flatMap(({ log }) => log.slice(0, 10_000).split('\n')),
    0,
  );
  return redacted.lines
    .filter((line) => line.trim() !== '')
    .slice(-tail.lines)
    .map((line) => line.slice(0, tail.longest));
}
