/** Whether a connection has workers, whether its credential is accepted where they are, and whether clocks agree. */
import type { LonghaulClient, Probed } from '../../client.js';
import { failureKinds, isFailureCode } from '../../run/failures/errors.js';
import { showDuration } from '../terminal/duration.js';
import { type SetUpFinding, found } from '../config-check.js';
import { exitCodeOf, exitCodes } from '../exit-codes.js';
import { packageVersion } from '../version.js';
import { cured } from './cured.js';
import { workersFinding } from './workers.js';

type Examined = SetUpFinding & { readonly cure?: string };

/** Signed events and tokens are refused by clocks that differ by minutes; what differs by seconds is on its way there. */
const mostSkewMs = 5_000;

/** A connection by its name; it is asked where workers take workflow tasks. */
export async function connectionFindings(
  client: LonghaulClient,
  name: string,
  { canAsk }: { readonly canAsk: boolean },
): Promise<{ readonly findings: Examined[]; readonly temporalAheadMs: number | null }> {
  const pollers = await client.workers.of(name);
  const workers = workersFinding(name, pollers, `longhaul worker --connections ${name}`);
  if (pollers.length === 0 || !canAsk) return { findings: [workers], temporalAheadMs: null };
  const { temporalAheadMs, ...probed } = await client.workers.probe(name);
  const clock = clockFinding(`${name} clock`, probed.workerAheadMs);
  return { findings: [workers, probeFinding(name, probed), ...clock], temporalAheadMs };
}

function probeFinding(name: string, { probe }: Pick<Probed, 'probe'>): Examined {
  const subject = `${name} credential`;
  if ('missing' in probe)
    return cured(subject, {
      line: probe.missing,
      cure: `See the log of its worker; where none runs, start one: \`longhaul worker --connections ${name}\`.`,
      exitCode: exitCodes.unavailable,
    });
  const { ok, line, code, version, host } = probe.value;
  const own = packageVersion();
  const other = version === own ? '' : `, this command is ${own}`;
  if (ok) return found(subject, `${line} (worker ${version} on ${host}${other})`);
  const known = isFailureCode(code) ? code : 'INTERNAL';
  return cured(subject, { line, cure: failureKinds[known].operator, exitCode: exitCodeOf(known) });
}

/** Whether another clock agrees with the one of this machine; nothing where it is not known. */
export function clockFinding(subject: string, aheadMs: number | null): Examined[] {
  if (aheadMs === null) return [];
  const off = `${showDuration(Math.abs(aheadMs))} ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine`;
  if (Math.abs(aheadMs) <= mostSkewMs) return [found(subject, 'agrees with this machine')];
  return [
    cured(subject, {
      line: off,
      cure: 'Set the clocks of both machines by NTP: `timedatectl set-ntp true`.',
      exitCode: exitCodes.error,
    }),
  ];
}
