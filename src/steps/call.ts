/** Calls an endpoint of the contract that no other kind of step calls: its answer is the step’s output. */
import type { CallOutput, CallSpec } from '../run/documents/requests.js';
import { defineStep } from './define.js';

export const call = defineStep<CallSpec, CallOutput>({
  kind: 'call',
  // Whoever skips it may have nothing to say.
  holds: {},
  renewable: true,
  recorded: { ends: ['callEndpoint'], output: ['callEndpoint'] },
  madeFrom: ({ select: _, given: _given, ...asked }) => asked,
  perform: ({ effect, effects, isFirst }, spec) => {
    const { begunUntil: _, ...at } = effect; // what is sent once is not sent again later either
    return effects.callEndpoint({ ...at, begunBefore: !isFirst, ...spec });
  },
});
