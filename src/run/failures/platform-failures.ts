/** What can go wrong between Longhaul and a platform; a part of the table of `failure-kinds.ts`. */
import type { FailureKind } from './failure-kind.js';

/** Rows by code: requests to a platform, its answers, and waits for it. */
export const platformFailures = {
  PLATFORM_UNREACHABLE: {
    meaning:
      'The request could not be sent: the host name did not resolve, or the connection or the TLS handshake failed.',
    retry: 'backoff',
    operator: 'Check the connection’s URL and the network. Runs wait, and continue by themselves.',
    exit: 'unavailable',
    status: 502,
  },
  PLATFORM_UNAVAILABLE: {
    meaning: 'A read failed: the platform answered 5xx, closed the connection, or timed out.',
    retry: 'backoff',
    operator: 'Nothing: runs wait, and continue by themselves. If it lasts, check the platform’s health.',
    exit: 'unavailable',
    status: 502,
  },
  ANSWER_LOST: {
    meaning: 'A write was sent, but its answer is missing or unreadable; the write may have taken effect.',
    retry: 'backoff',
    operator: 'Nothing: the next attempt looks for the effect by its marker before sending again.',
    exit: 'error',
    status: 502,
  },
  PLATFORM_THROTTLED: {
    meaning: 'The platform answered 429, or 503 with Retry-After.',
    retry: 'after',
    operator: 'If this happens often, lower `requestsPerSecond`. `longhaul connection resume` ends a wait.',
    exit: 'unavailable',
    status: 503,
  },
  CREDENTIALS_MISSING: {
    meaning:
      'A credential is not set, its file cannot be read, or it holds characters that no credential has.',
    retry: 'patience',
    operator: 'Provide the credential to the worker: runs continue by themselves. See `longhaul connection`.',
    exit: 'credentials',
    status: 503,
  },
  CREDENTIALS_REJECTED: {
    meaning: 'The platform refused the credential (401, or 409 “log in again”), also after it was read anew.',
    retry: 'patience',
    operator: 'Renew the credential: runs then continue by themselves. See `longhaul connection`.',
    exit: 'credentials',
    status: 502,
  },
  PERMISSION_DENIED: {
    meaning: 'The credential is valid but lacks the permission (403).',
    retry: 'patience',
    operator: 'Grant the permission named in the message, then retry the step.',
    exit: 'credentials',
    status: 502,
  },
  QUOTA_EXCEEDED: {
    meaning: 'The platform refused because of a quota or budget (403).',
    retry: 'operator',
    operator: 'Free or raise the quota, then retry the step.',
    exit: 'error',
    status: 502,
  },
  PROXY_PAGE: {
    meaning:
      'Something in between answered instead of the platform: a web page, a redirect, or a refusal that is not in the platform’s JSON.',
    retry: 'patience',
    operator: 'Check the connection’s URL, proxy and login, then retry the step.',
    exit: 'unavailable',
    status: 502,
  },
  ANSWER_UNEXPECTED: {
    meaning: 'A read was answered with JSON that lacks a field which the contract requires.',
    retry: 'patience',
    operator: 'Compare the platform’s version with the supported ones; report it with the request id.',
    exit: 'error',
    status: 502,
  },
  CONFLICT: {
    meaning: 'An object of this name already exists and differs from what this run asks for.',
    retry: 'operator',
    operator: 'Rename or remove the other object, then retry; or skip the step with its output.',
    exit: 'conflict',
    status: 409,
  },
  REQUEST_REJECTED: {
    meaning: 'The platform refused the request as invalid (4xx).',
    retry: 'never',
    operator: 'Correct the input that the message names, then replay the run.',
    exit: 'error',
    status: 502,
  },
  NOT_FOUND: {
    meaning: 'The platform does not know an object that the input or an earlier step names (404, 410).',
    retry: 'never',
    operator: 'Correct the input, or replay from the step that makes the object.',
    exit: 'notFound',
    status: 404,
  },
  OBJECT_MISSING: {
    meaning:
      'The platform does not find an object that this run has made or seen, and has not for some minutes.',
    retry: 'patience',
    operator: 'Look for it on the platform; retry when it is there again, skip with its output, or abort.',
    exit: 'runFailed',
    status: 409,
  },
  WAIT_EXPIRED: {
    meaning: 'The object did not finish within the time limit of the wait.',
    retry: 'operator',
    operator: 'Look at it on the platform; retry to wait on, skip with its output, or abort.',
    exit: 'runFailed',
    status: 409,
  },
  OUTCOME_UNKNOWN: {
    meaning:
      'Something has ended on the platform, but not how: its status is not known, or what proves it cannot be read.',
    retry: 'operator',
    operator: 'Look at it on the platform; retry to look again, skip with its output, or abort.',
    exit: 'runFailed',
    status: 409,
  },
} as const satisfies Record<string, FailureKind>;
