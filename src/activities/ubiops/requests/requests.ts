/** Requests as effects: sent once, found again by the marker in what they were given. */
import { isDeepStrictEqual } from 'node:util';
import { PlatformError } from '../../../platform/errors.js';
import { readStanding } from '../../../platform/ubiops/read-requests.js';
import { requestPathOf } from '../../../platform/ubiops/request-ids.js';
import type { Json } from '../../../run/json.js';
import type { VersionPlace } from '../../../steps/ubiops/deployments.js';
import type { RequestEffects, RequestSpec, RequestStart } from '../../../steps/ubiops/requests.js';
import { adoptedOf } from '../../effect/adopting.js';
import { type Attempt, markerOf } from '../../effect/attempt.js';
import { creating, ensure, maySent } from '../../effect/ensure.js';
import { notYet } from '../../effect/failures.js';
import { fromKnown, readKnown } from '../../effect/known-objects.js';
import { awaiting } from '../../effect/lookout/handing-over.js';
import { nextLookMs } from '../../effect/looks.js';
import type { Phase } from '../../effect/phases.js';
import { startOfCreation } from '../../effect/run-start.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import type { Preflights } from '../../effect/preflights.js';
import { type Needed, needed, needing, projectNeeded } from '../missing.js';
import { defaultOf } from '../deployments/serving.js';
import { pathOf } from '../deployments/version-path.js';
import { type FindMarked, type ReadRequest, createMarkedRequests } from './marked-requests.js';
import { createRequestWatching } from './request-watching.js';
import { isStopping, requestPhase } from './statuses.js';

type Asked = Parameters<RequestEffects['ensureRequest']>[0];

/** Builds them. */
export const createRequestActivities = (
  deps: UbiOpsDependencies,
  { check }: Pick<Preflights, 'check'>,
): Pick<RequestEffects, 'ensureRequest' | 'awaitRequest'> => {
  const sending = { deps, findMarked: createMarkedRequests(deps) };
  return {
    ensureRequest: creating(
      deps,
      fromKnown(async (asked: Asked, attempt: Attempt) => {
        await check(asked, { tries: attempt.number, sent: maySent(attempt) });
        return needing(deps, neededBy(asked), () => ensureRequest(sending, asked, attempt));
      }),
    ),
    awaitRequest: awaiting(deps, createRequestWatching(deps)),
  };
};

function neededBy({ spec: { version: of }, given }: Asked): Needed[] {
  const { project, deployment, version } = of;
  const naming = { project, given };
  return [
    projectNeeded(naming),
    ...needed(naming, 'deployment', 'deployment', { value: deployment }),
    ...needed(naming, 'version', 'version', { value: version, within: deployment }),
  ];
}

/** A version may take a while until it takes requests, although its package is built: as long as one that is to serve. */
const availableWithinMs = 30 * 60_000;

/** UbiOps tells it by words alone; its own client sends no run of an experiment that is not `available`. */
const isUnavailable = (error: unknown): error is PlatformError =>
  error instanceof PlatformError &&
  error.code === 'REQUEST_REJECTED' &&
  /\b(?:unavailable|not available)\b/i.test(error.said ?? '');

interface Sending {
  readonly deps: UbiOpsDependencies;
  readonly findMarked: FindMarked;
}

function ensureRequest({ deps, findMarked }: Sending, asked: Asked, attempt: Attempt): Promise<RequestStart> {
  const { spec, origin, begunBefore, adopted, made } = asked;
  const { versionRequests } = deps.ubiops;
  const marker = markerOf(origin);
  const data = markedData(spec, marker);
  return ensure<RequestStart>(attempt, {
    ...{ lookFirst: begunBefore, begunBefore },
    find: async () => {
      // One that is known is adopted whatever else there is.
      if (made !== undefined) {
        const { requestId, ...path } = requestPathOf(made.id);
        await readKnown(readStanding(deps.ubiops, { ...path, requestId }));
        return startedIn({ ...spec.version, version: path.version }, requestId);
      }
      const { project, deployment, version } = spec.version;
      const isSure = spec.isDefault !== true || !begunBefore;
      const place = { project, deployment, version: isSure ? version : undefined };
      const marked = await findMarked({ ...place, origin, sinceMs: await startOfCreation(asked) });
      const found = adoptedOf(
        marked.map((one) => ({ ...one, id: startedIn(one, one.requestId).jobId })),
        {
          adopted,
          phaseOf: ({ request }): Phase => (isStopping(request.status) ? 'stopped' : requestPhase(request)),
        },
      );
      if (found === undefined) return null;
      refuseOther(data, found.request, marker);
      return startedIn(found, found.requestId); // the others are swept: what is found is in doubt
    },
    create: async () => {
      const version = begunBefore && spec.isDefault === true ? await defaultNow(deps, spec) : spec.version;
      await refuseForgetful(deps, version);
      const path = pathOf(version);
      const query = { ...(spec.timeoutSeconds !== undefined && { timeout: spec.timeoutSeconds }) };
      const options = { deadlineMs: attempt.deadlineMs };
      const sending = versionRequests.createBatch({ path, query, body: [data] }, options);
      const [sent] = await sending.catch((error: unknown) => {
        throw isUnavailable(error) && attempt.elapsedMs < availableWithinMs
          ? notYet(`${error.message}; it is waited for`, nextLookMs(attempt.elapsedMs, deps.waits))
          : error;
      });
      if (sent !== undefined) return startedIn(version, sent.id);
      throw new PlatformError('ANSWER_LOST', 'the answer to the request names none; looking for it', {
        ambiguous: true,
      });
    },
  });
}

const startedIn = ({ project, deployment, version }: VersionPlace, requestId: string): RequestStart => ({
  ...{ project, deployment, version, requestId },
  jobId: [project, deployment, version, requestId].join('/'),
});

/** What is sent: with the marker, after the text of its field where it has one. */
function markedData({ data, marked }: RequestSpec, marker: string): { readonly [field: string]: Json } {
  const text = data[marked];
  return { ...data, [marked]: typeof text === 'string' ? `${text} ${marker}` : marker };
}

/** @throws PlatformError `CONFLICT` */
function refuseOther(
  asked: { readonly [field: string]: Json },
  { id, request_data: given }: Pick<ReadRequest, 'id' | 'request_data'>,
  marker: string,
): void {
  const fields: Readonly<Record<string, unknown>> = typeof given === 'object' ? { ...given } : {};
  const other = Object.keys(asked).find((field) => !isDeepStrictEqual(fields[field], asked[field]));
  if (other !== undefined)
    throw new PlatformError(
      'CONFLICT',
      `request ${id} carries ${marker}, but was given another ${JSON.stringify(other)}`,
      { marker },
    );
}

/** What was the default when an attempt before asked may be gone; what is the default now is what the step names. */
async function defaultNow(deps: UbiOpsDependencies, { version: before }: RequestSpec): Promise<VersionPlace> {
  return { ...before, version: (await defaultOf(deps, before)) ?? before.version };
}

/** A version that keeps less would lose the result, or what finds the request again. */
async function refuseForgetful({ ubiops }: UbiOpsDependencies, place: VersionPlace): Promise<void> {
  const { request_retention_mode: mode } = await ubiops.versions.get({ path: pathOf(place) });
  if (mode == null || mode === 'full') return;
  throw new PlatformError(
    'REQUEST_REJECTED',
    `version ${place.version} of ${place.deployment} keeps of its requests ${mode === 'none' ? 'nothing' : 'no data'}: set request_retention_mode of the version to full; nothing was sent`,
  );
}
