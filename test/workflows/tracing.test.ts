import { describe, expect, it } from '@jest/globals';
import type { Headers } from '@temporalio/workflow';
import { interceptors } from '../../src/workflows/tracing.js';

const trace: Headers = { '_tracer-data': { data: new TextEncoder().encode('{"traceparent":"00-…"}') } };

/** The headers with which a workflow that was started with these schedules an activity that has one of its own. */
async function handedOn(started: Headers): Promise<unknown> {
  const { inbound = [], outbound = [] } = interceptors();
  await inbound[0]?.execute?.({ args: [], headers: started }, () => Promise.resolve(undefined));
  const seen: unknown[] = [];
  const activity = { headers: { own: {} }, activityType: 'ensureJob', args: [], options: {}, seq: 1 };
  const next = (input: { readonly headers: Headers }): Promise<void> => {
    seen.push(input.headers);
    return Promise.resolve();
  };
  void outbound[0]?.scheduleActivity?.(activity, next);
  return seen[0]; // at once: a history that was recorded without it is replayed in the same order
}

describe('the trace of a run', () => {
  it('is handed on to its activities at once, beside what they are given', async () => {
    expect(await handedOn({ ...trace, another: {} })).toEqual({ ...trace, own: {} });
  });

  it('is not made up where there is none', async () => {
    expect(await handedOn({})).toEqual({ own: {} });
  });

  it('is that of this run alone', async () => {
    await handedOn(trace);
    expect(await handedOn({})).toEqual({ own: {} });
  });
});
