/** How soon a killed worker is noticed. */
import { expect, it } from '@jest/globals';
import { policies } from '../../../src/workflows/kernel/policy.js';

it('nothing that a run waits for goes on without a heartbeat', () => {
  const silent = Object.entries(policies).flatMap(([name, policy]) =>
    'heartbeatTimeout' in policy ? [] : [name],
  );
  expect(silent).toEqual(['look']); // somebody waits for it, who asks again
});

it('a run that is cancelled does not wait for a worker that is not there: its cleanup does', () => {
  expect(policies.undo).toMatchObject({ scheduleToStartTimeout: '30 seconds' });
  expect(policies.cleanUp).not.toHaveProperty('scheduleToStartTimeout');
});
