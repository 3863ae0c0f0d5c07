import { describe, expect, it, jest } from '@jest/globals';
import { type LogPage, type LogPlace, createLogPages } from '../../../src/server/following/log-pages.js';

const start: LogPlace = { open: 0 };
const page = (change: Partial<LogPage> = {}): LogPage => ({
  lines: [{ line: 'epoch 1' }],
  next: { after: '7', open: 0 },
  isFull: false,
  isLast: false,
  ...change,
});

/** Counts what is read of whom. */
function counting(answer: (place: LogPlace) => LogPage) {
  const read: string[] = [];
  const pages = createLogPages((jobId, place) => {
    read.push(`${jobId} ${place.after ?? 'start'}`);
    return Promise.resolve(answer(place));
  });
  return { read, pages };
}

describe('pages of logs', () => {
  it('are read once for all who ask at the same time, and for each job apart', async () => {
    const { read, pages } = counting(() => page());
    await Promise.all([...Array<string>(20).fill('a'), 'b'].map((job) => pages.page(job, start)));
    expect(read).toEqual(['a start', 'b start']);
  });

  it('are read again when the end of a log is two seconds old, and never when they are full', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    const { read, pages } = counting(({ after }) => page({ isFull: after === undefined }));
    const look = async () => {
      await pages.page('a', start);
      await pages.page('a', { after: '7', open: 0 });
    };
    await look();
    jest.advanceTimersByTime(1_900);
    await look();
    expect(read).toEqual(['a start', 'a 7']);
    jest.advanceTimersByTime(200);
    await look();
    expect(read).toEqual(['a start', 'a 7', 'a 7']);
    jest.useRealTimers();
  });

  it('are forgotten, the one that was asked for longest ago first, when they hold much', async () => {
    const line = 'x'.repeat(6 * 1_024 * 1_024);
    const { read, pages } = counting(() => page({ isFull: true, lines: [{ line }] }));
    for (const job of ['a', 'b', 'a', 'c', 'a', 'b']) await pages.page(job, start);
    expect(read).toEqual(['a start', 'b start', 'c start', 'b start']);
  });

  it('share a failure too, so that who tries again at once asks nobody', async () => {
    let asked = 0;
    const pages = createLogPages(() => {
      asked += 1;
      return Promise.reject(new Error('away'));
    });
    await expect(pages.page('a', start)).rejects.toThrow('away');
    await expect(pages.page('a', start)).rejects.toThrow('away');
    expect(asked).toBe(1);
  });
});
