import { expect, it } from '@jest/globals';
import { lastResetIn, resetReason } from '../../../src/client/histories/history.js';

const reset = (message: string) => ({
  workflowTaskFailedEventAttributes: { failure: { message, resetWorkflowFailureInfo: {} } },
});

it('names who asked for the last reset of an attempt, and why', () => {
  const first = reset(resetReason('ada (k1): again', ['ada']));
  const second = reset(resetReason('bob (k2): once more\nby hand', ['ada', 'bob']));
  const other = { workflowTaskFailedEventAttributes: { failure: { message: 'a bug' } } };
  expect(lastResetIn({ events: [first, second, other] })).toBe('bob (k2): once more\nby hand');
  expect(lastResetIn({ events: [other] })).toBeUndefined();
});
