/** What a run waits for that no worker takes. */
import { expect, it } from '@jest/globals';
import { sayUnserved } from '../../src/run/unserved.js';

it('is said with the command that starts such a worker', () => {
  expect(sayUnserved({ connections: [] })).toEqual([]);
  expect(sayUnserved({ pipelines: true, connections: ['dev', 'prod'] })).toEqual([
    { what: 'no worker takes work for this run', next: 'longhaul worker' },
    { what: 'no worker takes work for the connection dev', next: 'longhaul worker --connections dev' },
    { what: 'no worker takes work for the connection prod', next: 'longhaul worker --connections prod' },
  ]);
});
