/** Runs whose connection nobody serves any more: it was renamed or removed while they went on. */
import type { LonghaulClient } from '../../client.js';
import type { SetUpFinding } from '../config-check.js';
import { exitCodes } from '../exit-codes.js';
import { counted } from '../terminal/counted.js';
import { cured } from './cured.js';

/** Of more open runs, the newest are looked at. */
const mostRuns = 1_000;

/** One for each connection that is not configured here and has open runs, but no worker; another installation may have it. */
export async function strayRunsFindings(
  { list, workers }: Pick<LonghaulClient, 'list' | 'workers'>,
  configured: readonly string[],
): Promise<SetUpFinding[]> {
  const stray = new Map<string, string[]>();
  for await (const { runId, connection } of list({ status: ['running', 'parked'], limit: mostRuns }))
    if (connection !== '' && !configured.includes(connection))
      stray.set(connection, [...(stray.get(connection) ?? []), runId]);
  const findings = await Promise.all(
    [...stray].map(async ([connection, [first = '', ...others]]) => {
      if ((await workers.of(connection)).length > 0) return [];
      const runs = others.length === 0 ? first : `${first} and ${counted(others.length, 'other run')}`;
      return [
        cured(connection, {
          line: `not configured, and without a worker; ${runs} wait${others.length === 0 ? 's' : ''} for it`,
          cure: `Configure it under this name again and restart its workers, or cancel its runs: \`longhaul run list --connection ${connection}\`.`,
          exitCode: exitCodes.unavailable,
        }),
      ];
    }),
  );
  return findings.flat();
}
