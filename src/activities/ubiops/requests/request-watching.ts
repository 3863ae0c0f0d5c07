/** How a request is awaited, and what it comes to when it has ended. */
import type { VersionPlace } from '../../../steps/ubiops/deployments.js';
import type { RequestEffects, RequestOutput } from '../../../steps/ubiops/requests.js';
import { PlatformError } from '../../../platform/errors.js';
import { readStanding } from '../../../platform/ubiops/read-requests.js';
import type { Attempt } from '../../effect/attempt.js';
import { atWork, ended } from '../../effect/failures.js';
import { ofKnown } from '../../effect/known-objects.js';
import type { Watching } from '../../effect/lookout/watching.js';
import { nextLookMs } from '../../effect/looks.js';
import { mayRun, sayStatus, stillEnding } from '../../effect/phases.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { pathOf } from '../deployments/version-path.js';
import { listOpen } from './listed-requests.js';
import { readRequestRecord } from './request-record.js';
import { mayGoOn, requestPhase } from './statuses.js';

type Waiting = Parameters<RequestEffects['awaitRequest']>[0];

const placeOf = ({ request: { project, deployment, version } }: Waiting): VersionPlace => ({
  ...{ project, deployment, version },
});
/** No name has a slash. */
const listOf = ({ project, deployment, version }: VersionPlace): string =>
  [project, deployment, version].join('/');

/** Builds it. */
export const createRequestWatching = (deps: UbiOpsDependencies): Watching<Waiting, RequestOutput> => ({
  effect: 'awaitRequest',
  look: ofKnown((of: Waiting, attempt: Attempt) => lookAtRequest(deps, of, attempt)),
  idOf: ({ request }) => request.requestId,
  scopeOf: (of) => listOf(placeOf(of)),
  list: {
    of: (of) => listOf(placeOf(of)),
    read: async function* (list, goesOn) {
      const [project = '', deployment = '', version = ''] = list.split('/');
      const place = { project, deployment, version };
      for await (const request of listOpen(deps, place, goesOn))
        yield { id: request.id, status: sayStatus(request.status), isAtWork: mayGoOn(request) };
    },
  },
  withinMs: ({ withinMs }) => withinMs,
});

async function lookAtRequest(
  deps: UbiOpsDependencies,
  of: Waiting,
  attempt: Attempt,
): Promise<RequestOutput> {
  const { request } = of;
  const { requestId } = request;
  const pauseMs = nextLookMs(attempt.elapsedMs, deps.waits);
  const path = { ...pathOf(placeOf(of)), requestId };
  const now = await readStanding(deps.ubiops, path);
  if (now.id !== requestId)
    throw new PlatformError('ANSWER_UNEXPECTED', `asked for request ${requestId}, got request ${now.id}`);
  const phase = requestPhase(now);
  const work = { what: `request ${requestId}`, status: sayStatus(now.status) };
  if (mayGoOn(now)) throw atWork(work, pauseMs);
  if (mayRun(phase))
    throw stillEnding(attempt, { said: `${work.what} is ${work.status}, and completed`, pauseMs });
  const { reason, ...record } = await readRequestRecord(deps, of, {
    ...{ attempt, path, hasSucceeded: phase === 'succeeded', begunAt: now.time_created },
    pauseMs: Math.min(pauseMs, deps.waits.settleMs),
  });
  if (phase === 'succeeded') return { ...request, ...record };
  const tail = record.logTail.slice(-3).join(' | ');
  const said = [reason, tail === '' ? '' : `log: ${tail}`, record.logNotice ?? ''].filter(
    (one) => one !== '',
  );
  const why = said.length === 0 ? '' : `: ${said.join('; ')}`;
  const which = `request ${requestId} to version ${request.version} of ${request.deployment}`;
  throw phase === 'failed'
    ? ended('JOB_FAILED', `${which} failed${why}`)
    : ended('JOB_STOPPED', `${which} was cancelled on the platform${why}`);
}
