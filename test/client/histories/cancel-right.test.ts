/** Who may reset a run that may replace others. */
import { expect, it } from '@jest/globals';
import { hasRightOf } from '../../../src/client/histories/cancel-right.js';

it.each([
  [['*'], ['*'], true],
  [['*'], ['train-and-deploy', 'churn'], true],
  [['train-and-deploy', 'churn'], ['churn'], true],
  [['train-and-deploy'], [], true],
  [['train-and-deploy'], ['churn'], false],
  // A run that may replace all may replace runs of documents, too.
  [['train-and-deploy', 'retrain'], ['*'], false],
])('who has %j has %j: %s', (own, other, has) => {
  expect(hasRightOf(own, other)).toBe(has);
});
