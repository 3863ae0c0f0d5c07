/** How an await takes a status of a build that nobody has heard of: against the simulator over HTTP. */
import { afterEach, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createEnvironmentActivities } from '../../../../src/activities/domino/environments/environments.js';
import { inContext } from '../../in-context.js';
import { type Setting, openSetting, repeatedAttempt } from '../../retraining-stage.js';
import { alone } from '../../ubiops/setting.js';

let setting: Setting;
afterEach(() => setting.close());

/** Looks at the build of a new environment, which is told to be in quarantine, or whatever else. */
async function quarantined({
  times,
  status = 'Quarantined',
}: {
  readonly times: number;
  readonly status?: string;
}) {
  setting = await openSetting();
  const { id: environmentId, revisionId } = await setting.newEnvironment();
  const body = { id: revisionId, number: 1, status };
  await setting.inject({ endpoint: 'environments.getRevision', kind: 'status', status: 200, body, times });
  const attempt = repeatedAttempt();
  const revision = { connection: 'domino-test', environmentId, revisionId };
  return (more: { readonly rebuilt?: true } = {}, elapsedMs = 0) =>
    createEnvironmentActivities(
      { ...setting.deps, foreseeing: { ...attempt, elapsedMs, unsettled: attempt.unsettled } },
      { ...alone, check: () => Promise.resolve(false) },
    )
      .awaitBuild({ ...revision, ...more })
      .catch((error: unknown) => {
        if (error instanceof ApplicationFailure) return error.message;
        if (error instanceof Error && 'code' in error) return `${String(error.code)}: ${error.message}`;
        throw error;
      });
}

it('a build of an unknown status is waited for while something is being built', async () => {
  const look = await quarantined({ times: 40 });
  for (let looks = 0; looks < 40; looks += 1) expect(await look()).toBe('revision 1 is Quarantined');
  await setting.pass(600);
  expect(await look()).toMatchObject({ image: expect.any(String) });
});

it.each([
  ['failed', /^BUILD_FAILED/],
  ['killed', /^BUILD_CANCELLED/],
])('a build that was begun again has not %s while reads may show how it was before', async (status, end) => {
  const look = await quarantined({ times: 4, status });
  expect(await look()).toMatch(end);
  expect(await look({ rebuilt: true })).toBe('revision 1 is begun again');
  expect(await look({ rebuilt: true }, 299)).toBe('revision 1 is begun again');
  expect(await look({ rebuilt: true }, 300)).toMatch(end);
  await setting.pass(600);
  expect(await look({ rebuilt: true }, 300)).toMatchObject({ image: expect.any(String) });
});

it('a build of an unknown status parks when nothing is being built for long', async () => {
  const look = await quarantined({ times: 100 });
  await setting.pass(600);
  for (let looks = 1; looks < 30; looks += 1)
    expect(await look()).toBe('revision 1 is Quarantined, and nothing is being built');
  expect(await look()).toMatch(/^OUTCOME_UNKNOWN: revision 1 is Quarantined/);
});

it.each([
  ['by hand', 1, { code: 'BUILD_CANCELLED' }],
  ['by hand', 2, { rebuilt: true }],
  ['train-and-deploy.x [lh:aaaaaaaaaaaa]', 1, { rebuilt: true }],
])('a cancelled build of a revision made %s, in generation %i', async (summary, generation, outcome) => {
  setting = await openSetting();
  const { id: environmentId, revisionId } = await setting.newEnvironment({ summary });
  await setting.post(`/v4/environments/${environmentId}/environmentRevision/${revisionId}/cancel`, {});
  const origin = { runId: 'train-and-deploy.y', firstAttemptId: 'a', step: 'build', generation };
  const { ensureBuilding } = createEnvironmentActivities(
    { ...setting.deps, foreseeing: repeatedAttempt() },
    { ...alone, check: () => Promise.resolve(false) },
  );
  const effect = { connection: 'domino-test', origin, begunBefore: false };
  const begun = await ensureBuilding({ ...effect, environmentId, revisionId }).catch(
    (error: unknown) => error,
  );
  expect(begun).toMatchObject(outcome);
});

it.each<[string, unknown, boolean]>([
  ['was cut off, and may have sent', null, true],
  ['has sent nothing', { looks: 3, by: 1 }, false],
])('a build that goes on is one of a run whose try before %s: %s', async (_, details, rebuilt) => {
  setting = await openSetting();
  const { id: environmentId, revisionId } = await setting.newEnvironment();
  const origin = { runId: 'train-and-deploy.y', firstAttemptId: 'a', step: 'build', generation: 1 };
  const { ensureBuilding } = createEnvironmentActivities(setting.deps, {
    ...alone,
    check: () => Promise.resolve(false),
  });
  const again = { number: 2, details, heartbeat: () => undefined };
  const effect = { connection: 'domino-test', origin, begunBefore: true };
  expect(await inContext(again, () => ensureBuilding({ ...effect, environmentId, revisionId }))).toEqual({
    made: { rebuilt },
  });
});
