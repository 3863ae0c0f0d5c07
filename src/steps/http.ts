/** A request to a service that the configuration names: an answer of an expected status is the step's output. */
import type { HttpOutput, HttpSpec } from '../run/documents/requests.js';
import { defineStep } from './define.js';

export const http = defineStep<HttpSpec, HttpOutput>({
  kind: 'http',
  holds: { status: 'a number' },
  renewable: true,
  repeats: ['SERVICE_REFUSED'],
  recorded: { ends: ['sendRequest'], output: ['sendRequest'] },
  // How often it may be sent, and what is kept of its answer, are no part of what it asks for.
  madeFrom: ({ replay: _, select: _select, expect: _expect, ...request }) => request,
  perform: ({ effect, effects, isFirst }, spec) => {
    const { begunUntil: _, ...at } = effect; // one that is sent once is not sent again later either
    return effects.sendRequest({ ...at, begunBefore: !isFirst, ...spec });
  },
});
