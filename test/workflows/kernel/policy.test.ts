/** How soon a killed worker is noticed. */
import { expect, it } from '@jest/globals';
import { policies } from '../../../src/workflows/kernel/policy.js';

it('nothing that a run waits for goes on without a heartbeat', () => {
  const silent = Object.entries(policies).flatMap(([name, policy]) =>
    'heartbeatTimeout' in policy ? [] : [name],
  );
  expect(silent).toEqual(['look']); // somebody waits for it, who asks again
});
