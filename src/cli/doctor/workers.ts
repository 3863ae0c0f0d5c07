/** Whether workers are there, and of which builds. */
import type { Poller } from '../../client.js';
import { type SetUpFinding, found } from '../config-check.js';
import { exitCodes } from '../exit-codes.js';
import { cured } from './cured.js';

/** Those that take from one queue; `start` is the command that starts one. */
export function workersFinding(subject: string, pollers: readonly Poller[], start: string): SetUpFinding {
  if (pollers.length === 0)
    return cured(subject, {
      line: 'no worker is there',
      cure: `Start one: \`${start}\`.`,
      exitCode: exitCodes.unavailable,
    });
  const builds = [...new Set(pollers.flatMap(({ build }) => build ?? []))];
  const of = builds.length === 0 ? '' : `, ${builds.length === 1 ? 'build' : 'builds'} ${builds.join(', ')}`;
  const who = pollers.map(({ identity }) => identity).join(', ');
  return found(subject, `${pollers.length} ${pollers.length === 1 ? 'worker' : 'workers'} (${who})${of}`);
}
