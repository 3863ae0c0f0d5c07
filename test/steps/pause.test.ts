/** How long a step pauses, and for what it refuses to. */
import { describe, expect, it, jest } from '@jest/globals';
import type { StepContext } from '../../src/steps/context.js';
import { type PauseSpec, pause } from '../../src/steps/pause.js';

const noon = Date.parse('2026-11-29T12:00:00Z');

async function paused(spec: PauseSpec) {
  jest.useFakeTimers({ now: noon });
  const said: { waitingFor: string[]; pauses: number[] } = { waitingFor: [], pauses: [] };
  const step = {
    waiting: (waitingFor: string) => said.waitingFor.push(waitingFor),
    pause: (forMs: number) => {
      said.pauses.push(forMs);
      return Promise.resolve(new Date(Date.now() + forMs).toISOString());
    },
  } as unknown as StepContext; // of all of it, what a pause asks
  try {
    return { output: await pause.perform(step, spec), ...said };
  } finally {
    jest.useRealTimers();
  }
}

/** It throws before it waits. */
const refusal = (spec: PauseSpec): unknown => paused(spec).catch((error: unknown) => error);

describe('a pause', () => {
  it('waits for a while, and says until when', async () => {
    expect(await paused({ for: '1h30m' })).toEqual({
      output: { until: '2026-11-29T13:30:00.000Z' },
      waitingFor: ['1h30m to pass, until 2026-11-29T13:30:00.000Z'],
      pauses: [5_400_000],
    });
  });

  it('waits until a time, whatever its offset', async () => {
    expect(await paused({ until: '2026-11-29T14:00:00+01:00' })).toEqual({
      output: { until: '2026-11-29T13:00:00.000Z' },
      waitingFor: ['2026-11-29T13:00:00.000Z to come'],
      pauses: [3_600_000],
    });
  });

  it('may last a year, and is over at once where it is now', async () => {
    expect((await paused({ for: '366d' })).pauses).toEqual([366 * 86_400_000]);
    expect((await paused({ until: '2026-11-29T12:00:00Z' })).pauses).toEqual([]);
  });

  it('is over at once where the time is past', async () => {
    expect(await paused({ until: '2026-11-29T11:59:59Z' })).toEqual({
      output: { until: '2026-11-29T11:59:59.000Z' },
      waitingFor: [],
      pauses: [],
    });
  });

  it.each<PauseSpec>([{ for: '367d' }, { until: '2027-12-01T00:00:00Z' }, { until: '2026-13-01T00:00:00Z' }])(
    'waits for a person where it is not within a year: %j',
    async (spec) => {
      expect(await refusal(spec)).toMatchObject({
        type: 'EXPRESSION_FAILED',
        message: expect.stringContaining('no time within a year'),
      });
    },
  );
});
