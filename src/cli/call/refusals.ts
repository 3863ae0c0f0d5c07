/** What is said of a call that has failed. */
import type { PlatformEndpoint } from '../../contract/contracts.js';
import { readerOf } from '../../contract/endpoint.js';
import { PlatformError } from '../../platform/errors.js';
import { type FailureCode, LonghaulError, failureKinds } from '../../run/failures/errors.js';
import { exitCodeOf } from '../exit-codes.js';
import { Stop } from '../stop.js';

/** What to do, where the table of failures speaks of runs. */
const advices: Partial<Readonly<Record<FailureCode, string>>> = {
  PLATFORM_UNREACHABLE: 'Check the connection’s URL and the network. Nothing was sent.',
  PLATFORM_UNAVAILABLE: 'Call it again: it changes nothing.',
  CREDENTIALS_MISSING: 'Provide the credential that longhaul.yaml names.',
  CREDENTIALS_REJECTED: 'Renew the credential that longhaul.yaml names.',
  PERMISSION_DENIED: 'Grant the permission named in the message.',
  QUOTA_EXCEEDED: 'Free or raise the quota.',
  PROXY_PAGE: 'Check the connection’s URL, proxy and login.',
  CONFLICT: 'Look at what is there: `longhaul call --list` names what reads it.',
  REQUEST_REJECTED: 'Correct what the message names: --help lists the parameters.',
  NOT_FOUND: 'Correct the id or the name.',
};

/** Performs a call. @throws Stop with the code of the table and what to do */
export async function sayFailure<T>(named: PlatformEndpoint, perform: () => Promise<T>): Promise<T> {
  try {
    return await perform();
  } catch (error) {
    if (!(error instanceof PlatformError || error instanceof LonghaulError)) throw error;
    const { code, message } = error;
    const advice = error instanceof PlatformError ? adviceFor(named, error) : advices[code];
    throw new Stop(exitCodeOf(code), message, advice ?? failureKinds[code].operator, code);
  }
}

function adviceFor(
  { platform, group, endpoint }: PlatformEndpoint,
  error: PlatformError,
): string | undefined {
  const { found } = endpoint;
  if (error.ambiguous)
    return typeof found === 'object'
      ? `It may have been carried out: look at \`longhaul call ${platform}.${group}.${readerOf(found)}\` before calling again.`
      : 'It may have been carried out: look on the platform before calling again.';
  if (error.retryAfterMs !== undefined) return `Call again in ${Math.ceil(error.retryAfterMs / 1_000)} s.`;
  return advices[error.code];
}
