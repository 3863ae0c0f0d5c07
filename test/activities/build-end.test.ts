/** How an await takes a status of a build that nobody has heard of: against the simulator over HTTP. */
import { afterEach, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createEnvironmentActivities } from '../../src/activities/environments.js';
import { type Setting, openSetting, repeatedAttempt } from './retraining-stage.js';

let setting: Setting;
afterEach(() => setting.close());

/** Looks at the build of a new environment, which is told to be in quarantine. */
async function quarantined({ times }: { readonly times: number }) {
  setting = await openSetting();
  const { id: environmentId, revisionId } = await setting.newEnvironment();
  const body = { id: revisionId, number: 1, status: 'Quarantined' };
  await setting.inject({ endpoint: 'environments.getRevision', kind: 'status', status: 200, body, times });
  const { awaitBuild } = createEnvironmentActivities(
    { ...setting.deps, foreseeing: repeatedAttempt() },
    { createAlone: (_, _of, create) => create(), check: () => Promise.resolve() },
  );
  const revision = { connection: 'domino-test', environmentId, revisionId };
  return () =>
    awaitBuild(revision).catch((error: unknown) => {
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

it('a build of an unknown status parks when nothing is being built for long', async () => {
  const look = await quarantined({ times: 100 });
  await setting.pass(600);
  for (let looks = 1; looks < 30; looks += 1)
    expect(await look()).toBe('revision 1 is Quarantined, and nothing is being built');
  expect(await look()).toMatch(/^OUTCOME_UNKNOWN: revision 1 is Quarantined/);
});
