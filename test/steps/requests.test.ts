/** Steps that send one request: to an endpoint of the contract, or to a service of the configuration. */
import { describe, expect, it } from '@jest/globals';
import { call } from '../../src/steps/call.js';
import { end } from '../../src/steps/end.js';
import { http } from '../../src/steps/http.js';
import { effect, recordedStep } from './recorded-step.js';

describe.each([
  ['callEndpoint', call, { endpoint: 'domino.x.y' }, { select: { id: '/id' } }],
  [
    'sendRequest',
    http,
    { service: 's', method: 'GET', path: '/', query: {} },
    { replay: 'safe', select: { id: '/id' }, expect: [404] },
  ],
] as const)('a request by %s', (name, kind, asked, more) => {
  const { perform, madeFrom } = kind as unknown as typeof call; // both alike, as far as this test goes
  const spec = { ...asked, ...more } as never;

  it.each([true, false])('says whether it is the first, and is not sent again later: %s', async (isFirst) => {
    const { did, step } = recordedStep({
      effect: { ...effect, begunUntil: '2026-11-30T00:00:00.000Z' },
      isFirst,
      answers: { [name]: ['answer'] },
    });
    expect(await perform(step, spec)).toBe('answer');
    expect(did).toEqual([[name, { ...effect, begunBefore: !isFirst, ...asked, ...more }]]);
  });

  it('is made from what it sends', () => {
    expect(madeFrom?.(spec)).toEqual(asked);
  });
});

it('an end says its outcome, and is known ahead', async () => {
  const ending = { outcome: 'done', conclusion: 'It is.' };
  expect(await end.perform(recordedStep().step, ending)).toEqual(ending);
  expect(end.foretold?.(ending)).toEqual(ending);
  expect(end.ends?.(ending)).toEqual(ending);
});
