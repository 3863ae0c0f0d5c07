/** The steps that send requests, as plans look at them. */
import type { VersionPlace } from '../../steps/ubiops/deployments.js';
import type { RequestSpec } from '../../steps/ubiops/requests.js';
import type { RequestWaiting, request as kind } from '../../steps/ubiops/request.js';
import { runOf, type trainingRun as trainingKind } from '../../steps/ubiops/training-run.js';
import type { Effect } from '../../run/undoing/effect.js';
import type { PlannedCall } from '../../run/replays/replays.js';
import { readStanding } from '../../platform/ubiops/read-requests.js';
import { requestPathOf } from '../../platform/ubiops/request-ids.js';
import { ifThere } from '../effect/known-objects.js';
import { startOfRun } from '../effect/run-start.js';
import { type StepForesight, calling, look, runs, taken } from '../steps/step-effects.js';
import { defaultOf } from './deployments/serving.js';
import { pathOf } from './deployments/version-path.js';
import type { UbiOpsEffectsOf, UbiOpsForesight } from './effects-of.js';
import { createMarkedRequests } from './requests/marked-requests.js';
import { isStopping, mayGoOn } from './requests/statuses.js';

const stopsBy = 'versionRequests.update';

export const request: UbiOpsEffectsOf<typeof kind> = {
  unforeseen: {
    why: 'sends a request to what the steps above make',
    endpoints: ['versionRequests.createBatch'],
  },
  foresee: async (foresight, effect, { project, deployment, version: stated, ...spec }) => {
    const version = stated ?? (await defaultOf(foresight.deps, { project, deployment }));
    if (version === null) return runs(`deployment ${deployment} has no version yet`);
    const request = { ...spec, version: { project, deployment, version }, isDefault: stated === undefined };
    return foreseeRequest(foresight, effect, request, spec);
  },
  stopsBy,
  leftRunning: (foresight, effect, { project, deployment, version }) =>
    leftIn(foresight, effect, { project, deployment, version }),
};

export const trainingRun: UbiOpsEffectsOf<typeof trainingKind> = {
  unforeseen: { why: 'trains on what the steps above make', endpoints: ['versionRequests.createBatch'] },
  foresee: async (foresight, effect, spec) => {
    const run = runOf(spec, effect.origin);
    const { versions } = foresight.deps.ubiops;
    // Where there is no experiment yet, there is no run of it.
    if ((await ifThere(versions.get({ path: pathOf(run.version) }))) !== null)
      return foreseeRequest(foresight, effect, run, spec);
    const calls = calling(['versions.create', 'deploymentRevisions.upload'], spec.experiment);
    return runs(`there is no experiment ${spec.experiment}`, [
      ...calls,
      ...calling(['versionRequests.createBatch'], spec.experiment),
    ]);
  },
  stopsBy,
  leftRunning: async (foresight, effect, spec) =>
    leftIn(foresight, effect, runOf(spec, effect.origin).version),
};

async function foreseeRequest(
  foresight: UbiOpsForesight,
  effect: Effect,
  { version, isDefault, data, marked, timeoutSeconds }: RequestSpec,
  { logLines, metrics, resultBytes }: RequestWaiting,
): Promise<StepForesight> {
  const found = await foresight.foresee((effects) =>
    effects.ensureRequest({ ...effect, spec: { version, isDefault, data, marked, timeoutSeconds } }),
  );
  const begun = found.answer;
  const on = `version ${version.version} of ${version.deployment}`;
  if (begun === null) return runs('no request carries its marker', calling(found.endpoints, on));
  const adopts = { kind: 'job', id: begun.jobId } as const;
  const path = requestPathOf(begun.jobId);
  const { status } = await readStanding(foresight.deps.ubiops, path);
  if (isStopping(status)) {
    const said = `request ${begun.requestId} was cancelled`;
    return { why: said, calls: [], adopts, dead: said };
  }
  const { connection } = effect;
  const seen = await look(foresight, (effects) =>
    effects.awaitRequest({ connection, request: begun, logLines, metrics, resultBytes }),
  );
  return taken(seen, adopts, `request ${begun.requestId} has an answer`);
}

/** Those that go on and carry the marker. */
async function leftIn(
  { deps }: UbiOpsForesight,
  { origin }: Effect,
  place: Omit<VersionPlace, 'version'> & { readonly version?: string | undefined },
): Promise<PlannedCall[]> {
  const sought = { ...place, origin, sinceMs: await startOfRun(origin) };
  const found = (await ifThere(createMarkedRequests(deps)(sought))) ?? [];
  return found
    .filter(({ request: one }) => mayGoOn(one))
    .map(({ requestId }) => ({ endpoint: stopsBy, on: `request ${requestId}` }));
}
