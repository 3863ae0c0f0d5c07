/** Why a workflow does not answer. */
import { expect, it } from '@jest/globals';
import { QueryNotRegisteredError } from '@temporalio/client';
import { failureOfQuery } from '../../src/client/unanswered.js';

it('is what workers fail at, where one has answered a query by that, though the workflow only waits', () => {
  const lacking =
    'a payload is encrypted with the key "old", which is not among encryption.keys: add it there';
  const answered: unknown = Reflect.construct(QueryNotRegisteredError, [`${lacking}\n    at decrypt`, 3]);
  expect(failureOfQuery(answered)).toBe(lacking);
  expect(failureOfQuery(new Error('deadline exceeded'))).toBeNull();
});
