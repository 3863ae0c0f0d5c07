/** Whether a connection has workers, whether its credential is accepted where they are, and whether clocks agree. */
import type { LonghaulClient, Probed } from '../../client.js';
import type { ConnectionProbe } from '../../run/connection-readings.js';
import { failureKinds, isFailureCode } from '../../run/failures/errors.js';
import { showDuration } from '../terminal/duration.js';
import { type SetUpFinding, found } from '../config-check.js';
import { exitCodeOf, exitCodes } from '../exit-codes.js';
import { packageVersion } from '../version.js';
import { cured } from './cured.js';
import { workersFinding } from './workers.js';

/** Signed events and tokens are refused by clocks that differ by minutes; what differs by seconds is on its way there. */
const mostSkewMs = 5_000;

interface ConnectionFindings {
  readonly findings: SetUpFinding[];
  readonly temporalAheadMs: number | null;
  /** Its name, where a worker of it has answered. */
  readonly answering: string | null;
}

/** A connection by its name; it is asked where workers take workflow tasks. */
export async function connectionFindings(
  client: LonghaulClient,
  name: string,
  { canAsk, url }: { readonly canAsk: boolean; readonly url: string },
): Promise<ConnectionFindings> {
  const pollers = await client.workers.of(name);
  const workers = workersFinding(name, pollers, `longhaul worker --connections ${name}`);
  if (pollers.length === 0 || !canAsk) return { findings: [workers], temporalAheadMs: null, answering: null };
  const { temporalAheadMs, ...probed } = await client.workers.probe(name);
  const clock = clockFinding(`${name} clock`, probed.workerAheadMs);
  const answer = 'value' in probed.probe ? probed.probe.value : null;
  const other = answer === null ? [] : urlFinding(name, url, answer);
  const findings = [workers, probeFinding(name, probed), ...other, ...clock];
  return { findings, temporalAheadMs, answering: answer === null ? null : name };
}

/** Whether the worker asks another host than is configured here: what one worker has made, the other looks for in vain. */
export function urlFinding(
  name: string,
  configured: string,
  { url, host }: Pick<ConnectionProbe, 'url' | 'host'>,
): SetUpFinding[] {
  if (url === undefined || url === configured.replace(/\/+$/, '')) return [];
  return [
    cured(`${name} url`, {
      line: `a worker on ${host} asks ${url}, and ${configured} is configured here`,
      cure: 'If that is another installation, give it a Temporal namespace of its own (TEMPORAL_NAMESPACE); else state the same url everywhere, and restart what has the old one.',
      exitCode: exitCodes.usage,
    }),
  ];
}

function probeFinding(name: string, { probe }: Pick<Probed, 'probe'>): SetUpFinding {
  const subject = `${name} credential`;
  if ('missing' in probe)
    return cured(subject, {
      line: probe.missing,
      cure: `See that one is running (\`longhaul worker --connections ${name}\`) and look at its log. A worker that has been killed is listed for two minutes.`,
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
export function clockFinding(subject: string, aheadMs: number | null): SetUpFinding[] {
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
