/** Parts of the log of a job, as a worker reads them for somebody who has no credential. */
import { describe, expect, it } from '@jest/globals';
import { createConnectionReadings } from '../../src/activities/connection-readings.js';
import { markerOf } from '../../src/client/markers.js';
import { createMask } from '../../src/foreign-text/mask.js';
import type { JobLogAsked, JobLogPart } from '../../src/run/connection-readings.js';
import { inContext } from './in-context.js';

const origin = { runId: 'mine.a', firstAttemptId: 'x' };
const madeBy = { origins: [origin], step: 'train', generation: 1 };
const title = `train ${markerOf({ ...origin, step: 'train', generation: 1 })}`;
const asked = { connection: 'domino-dev', jobId: 'j1', madeBy, place: { open: 0 } };

/** Reads of a log of so many lines, whose cursor is the number of lines before it. */
async function read(lines: readonly string[], of: Partial<JobLogAsked> = {}, text: string = title) {
  const mask = createMask(() => ['hunter2-hunter2']);
  const limits: number[] = [];
  const { getJobLog } = createConnectionReadings({
    waits: { settleMs: 0, patienceMs: 0 },
    ...{ redactLines: mask.lines, url: 'https://domino.example.com' },
    reading: {
      markedText: () => Promise.resolve(text),
      logPage: ({ after = '0', limit }) => {
        limits.push(limit);
        const end = Math.min(lines.length, Number(after) + limit);
        return Promise.resolve({
          lines: lines.slice(Number(after), end).map((line) => ({ at: 'now', text: line })),
          ...{ after: String(end), isComplete: true },
        });
      },
    },
    probe: () => Promise.reject(new Error('is not asked')),
    version: '0',
  });
  const how = { number: 1, details: undefined, heartbeat: () => undefined };
  const answer = await inContext(how, () => getJobLog({ ...asked, ...of }));
  return { answer, limits };
}

const partIn = ({ answer }: Awaited<ReturnType<typeof read>>): JobLogPart => {
  if (!('made' in answer)) throw new Error('it has failed');
  return answer.made;
};
const numbered = (count: number): string[] => Array.from({ length: count }, (_, at) => `line ${at}`);

describe('a part of a log', () => {
  it('ends where no more may pass, and says where the next one begins', async () => {
    const part = partIn(await read(numbered(1_500)));
    expect(part.lines).toHaveLength(1_000);
    expect(part).toMatchObject({ next: { after: '1000' }, isMore: true, isLast: false });
    const last = partIn(await read(numbered(1_500), { place: part.next }));
    expect(last.lines.at(-1)).toEqual({ at: 'now', line: 'line 1499' });
    expect(last).toMatchObject({ isMore: false, isLast: true });
  });

  it('has fewer lines where they are long, and the beginning of one that is too long for any', async () => {
    const wide = partIn(await read(Array.from({ length: 100 }, () => 'x'.repeat(20_000))));
    expect(wide.lines).toHaveLength(3);
    expect(wide.isMore).toBe(true);
    const widest = partIn(await read(['y'.repeat(90_000)]));
    expect(widest.lines[0]?.line).toHaveLength(50_001);
  });

  it('has the last lines where those are asked for', async () => {
    const { lines, isLast } = partIn(await read(numbered(2_345), { tail: 2 }));
    expect([lines.map(({ line }) => line), isLast]).toEqual([['line 2343', 'line 2344'], true]);
  });

  it('holds no secret', async () => {
    expect(partIn(await read(['password hunter2-hunter2'])).lines[0]?.line).not.toContain('hunter2');
  });

  it('is refused of a job that the run has not made', async () => {
    const { answer } = await read(['line'], {}, 'somebody else’s');
    expect(answer).toMatchObject({ isFinal: true });
  });
});
