/** The file of an attempt that has gone on in other legs. */
import { expect, it } from '@jest/globals';
import { readLegs } from '../../../src/client/histories/histories.js';

const leg = (workflowId: string) => ({
  events: [
    {
      eventId: '1',
      eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
      workflowExecutionStartedEventAttributes: { workflowId },
    },
  ],
});

it('holds the history of each, in order; a file of one history is that of one', () => {
  const idsIn = (file: object): unknown[] =>
    readLegs(JSON.stringify(file)).map(
      ({ events }) => events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId,
    );
  expect(idsIn(leg('a'))).toEqual(['a']);
  expect(idsIn({ ...leg('c'), earlierLegs: [leg('a'), leg('b')] })).toEqual(['a', 'b', 'c']);
  expect(() => idsIn({ events: [] })).toThrow('does not begin with the start of a workflow');
});
