import { expect, it } from '@jest/globals';
import { urgencyOf } from '../../src/worker/rate.js';

it('takes the requests of looks, whose activities have no priority, for less urgent than those of effects', () => {
  const [awaited, effect] = [urgencyOf(1), urgencyOf(2)];
  expect([awaited, effect, urgencyOf(undefined), urgencyOf(0)]).toEqual([1, 2, 3, 3]);
});
