import { describe, expect, it } from '@jest/globals';
import { LonghaulError } from '../../src/run/failures/errors.js';
import { refuseOld } from '../../src/webhooks/event-age.js';

const dayMs = 86_400_000;
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();
const github = { scheme: 'github', time: undefined, maxAgeMs: dayMs } as const;
const refuse =
  (event: unknown, more: { scheme?: 'standard' | 'github'; time?: string } = {}) =>
  (): void =>
    refuseOld('ci', { ...github, ...more }, event);

describe('an event of GitHub that is delivered long after it happened', () => {
  it.each([
    [
      'a push',
      {
        repository: { pushed_at: Math.floor((Date.now() - 2 * dayMs) / 1_000) },
        head_commit: { timestamp: ago(0) },
      },
    ],
    ['a workflow run', { workflow_run: { updated_at: ago(2 * dayMs) }, repository: { pushed_at: ago(0) } }],
    ['a release', { release: { published_at: ago(2 * dayMs) } }],
    ['a commit, where nothing else is there', { head_commit: { timestamp: ago(2 * dayMs) } }],
  ])('is refused, with its time: %s', (_, event) => {
    expect(refuse(event)).toThrow(
      /^the event is of \d{4}-\S+Z, which is longer ago than webhooks\.incoming\.ci\.maxAgeMs allows; nothing was started$/,
    );
    expect(refuse(event)).toThrow(LonghaulError);
  });

  it.each([
    ['one of today', { workflow_run: { updated_at: ago(dayMs / 2) } }],
    [
      'a push of today, of an old commit',
      { repository: { pushed_at: Date.now() / 1_000 }, head_commit: { timestamp: ago(90 * dayMs) } },
    ],
    ['a time of another thing', { repository: { pushed_at: ago(90 * dayMs) } }],
    ['no time at all', { ref: 'refs/heads/main' }],
    ['a time that is none', { workflow_run: { updated_at: 'yesterday' } }],
    ['a time beyond all time', { workflow_run: { updated_at: -1e300 } }],
    ['a time after all time', { workflow_run: { updated_at: 1e300 } }],
    ['one of a sender whose clock is ahead', { workflow_run: { updated_at: ago(-4 * 60_000) } }],
  ])('is taken: %s', (_, event) => {
    expect(refuse(event)).not.toThrow();
  });
});

describe('an event whose time is where the configuration says', () => {
  it('is judged by it, in seconds, milliseconds or as text, whatever its scheme', () => {
    const time = '/data/at';
    for (const at of [ago(2 * dayMs), Date.now() - 2 * dayMs, (Date.now() - 2 * dayMs) / 1_000])
      expect(refuse({ data: { at } }, { scheme: 'standard', time })).toThrow('longer ago');
    expect(refuse({ data: { at: Date.now() } }, { scheme: 'standard', time })).not.toThrow();
    expect(refuse({ timestamp: ago(2 * dayMs) }, { scheme: 'standard' })).not.toThrow();
  });

  it('is refused where that is still to come, by more than a clock is ahead', () => {
    const time = '/data/at';
    const inAnHour = Date.now() + 3_600_000;
    for (const at of [inAnHour, inAnHour / 1_000, new Date(inAnHour).toISOString(), 8.64e15])
      expect(refuse({ data: { at } }, { scheme: 'standard', time })).toThrow(
        /^the event is of \S+Z, which is more than five minutes from now: .*; nothing was started$/,
      );
    expect(refuse({ data: { at: 1e300 } }, { time })).toThrow('no time at /data/at');
    expect(refuse({ workflow_run: { updated_at: ago(-3_600_000) } })).toThrow(LonghaulError);
  });

  it('is refused when it has none there', () => {
    expect(refuse({ data: {} }, { time: '/data/at' })).toThrow(
      'the event has no time at /data/at; nothing was started',
    );
  });
});
