/** The state machine of a creation, over every order of what may become of its tries. */
import { describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import fc from 'fast-check';
import { creating, ensure } from '../../../src/activities/effect/ensure.js';
import { sendOnce } from '../../../src/activities/effect/once.js';
import type { Doubt, Effect } from '../../../src/run/undoing/effects.js';
import { mayBeMadeDetail } from '../../../src/run/failures/errors.js';
import { PlatformError } from '../../../src/platform/errors.js';
import { inContext } from '../in-context.js';

type Made = Doubt & { readonly id: number };

/** What a step that nobody has begun before starts from. */
const fresh: Omit<Effect, 'connection'> = {
  origin: { runId: 'train-and-deploy.k', firstAttemptId: 'a', step: 'train', generation: 1 },
  begunBefore: false,
};

/** What becomes of a try that sends. `lag`: from which look on what was committed is seen. */
type Sending =
  | { readonly kind: 'refused' | 'throttled' | 'not sent' | 'killed before it sends' }
  /** Refused, for somebody else has made one. */
  | { readonly kind: 'refused'; readonly lag: number }
  | { readonly kind: 'lost' | 'page' | 'killed after it sent'; readonly lag: number | null };
/** What becomes of a try that looks. */
type Looking = 'answered' | 'unavailable' | 'killed';

const killed = (): Promise<never> => Promise.reject(new Error('killed'));

const errors = {
  refused: new PlatformError('REQUEST_REJECTED', 'no', { status: 400 }),
  throttled: new PlatformError('PLATFORM_THROTTLED', 'slow down', { status: 429 }),
  'not sent': new PlatformError('PLATFORM_UNREACHABLE', 'no connection'),
  lost: new PlatformError('ANSWER_LOST', 'no answer'),
  page: new PlatformError('PROXY_PAGE', 'a page', { status: 403, ambiguous: true }),
};

interface Story {
  readonly sendings: readonly Sending[];
  readonly lookings: readonly Looking[];
  readonly isShared?: boolean;
  readonly unlessThere?: boolean;
  /** An earlier attempt of the run was cut off after it sent, so long ago; what it sent is seen from this look on. */
  readonly before?: { readonly agoMs: number; readonly lag: number | null; readonly sentNothing?: true };
}

/** A platform, and a Temporal that tries again until the creation has an end. */
async function play({ sendings, lookings, isShared = false, unlessThere = false, before }: Story) {
  const committed: { readonly id: number; looksLeft: number }[] = [];
  const [nextSendings, nextLookings] = [[...sendings], [...lookings]];
  let [looks, sends, mayHaveSent] = [0, 0, false];
  let details: unknown;
  const commit = (lag: number | null): void => {
    if (lag !== null) committed.push({ id: committed.length + 1, looksLeft: lag - 1 });
  };
  if (before !== undefined) commit(before.lag);
  const begun =
    before === undefined
      ? fresh
      : {
          ...fresh,
          begunBefore: true,
          begunUntil: new Date(Date.now() - before.agoMs).toISOString(),
          sentNothing: before.sentNothing,
        };
  const find = (): Promise<Made | null> => {
    looks += 1;
    const looking = nextLookings.shift() ?? 'answered';
    if (looking === 'killed') return killed();
    if (looking === 'unavailable') return Promise.reject(new PlatformError('PLATFORM_UNAVAILABLE', '503'));
    const seen = committed.find((one) => one.looksLeft <= 0);
    for (const one of committed) one.looksLeft -= 1;
    return Promise.resolve(seen === undefined ? null : { id: seen.id });
  };
  const create = (): Promise<Made> => {
    const sending = nextSendings.shift();
    if (sending?.kind === 'killed before it sends') return killed();
    sends += 1;
    if (sending === undefined) {
      commit(1);
      return Promise.resolve({ id: committed.length });
    }
    if ('lag' in sending) commit(sending.lag);
    if (sending.kind === 'killed after it sent') return killed();
    if (sending.kind === 'lost' || sending.kind === 'page') mayHaveSent = true;
    return Promise.reject(errors[sending.kind]);
  };
  const activity = creating(
    { waits: { settleMs: 1, patienceMs: 600_000 } },
    ({ begunBefore }: typeof fresh, attempt) =>
      ensure<Made>(attempt, { lookFirst: begunBefore, begunBefore, isShared, unlessThere, find, create }),
  );
  for (let number = 1; ; number += 1) {
    let left = details;
    const outcome = await inContext({ number, details, heartbeat: (said) => (left = said) }, () =>
      activity(begun),
    );
    const told = { committed: committed.length, looks, sends, mayHaveSent };
    if ('made' in outcome) return { made: outcome.made, ...told };
    if (outcome.isKilled) mayHaveSent = true;
    else details = left;
    if (outcome.isFinal) return { made: null, ...told, mayHaveSent };
  }
}

const lag = fc.option(fc.integer({ min: 1, max: 4 }), { freq: 3 });
const sending: fc.Arbitrary<Sending> = fc.oneof(
  fc.record({ kind: fc.constantFrom('throttled' as const, 'not sent' as const) }),
  fc.record({ kind: fc.constant('killed before it sends' as const) }),
  fc.record({ kind: fc.constantFrom('lost' as const, 'killed after it sent' as const), lag }),
);
const looking: fc.Arbitrary<Looking> = fc.constantFrom('answered', 'answered', 'unavailable', 'killed');
const story = fc.record({
  sendings: fc.array(sending, { maxLength: 6 }),
  lookings: fc.array(looking, { maxLength: 12 }),
});

describe('a creation', () => {
  it('is sent once and never again when it shows up within the settle window, and is in doubt only when another try may have sent it too', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        const { made, committed, mayHaveSent } = await play(told);
        const inDoubt = made?.inDoubt === true;
        expect({ made: made?.id, committed, inDoubt }).toEqual({
          made: 1,
          committed: 1,
          inDoubt: mayHaveSent,
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('is looked for three times after a try that was cut off, although the one before it was throttled', async () => {
    const { sends, committed } = await play({
      sendings: [{ kind: 'throttled' }, { kind: 'killed after it sent', lag: 4 }],
      lookings: [],
    });
    expect({ sends, committed }).toEqual({ sends: 2, committed: 1 });
  });

  it('takes the first of two where other runs do so too, although that has shown up after all looks', async () => {
    const late = { sendings: [{ kind: 'lost', lag: 5 }], lookings: [] } as const;
    expect((await play({ ...late, isShared: true })).made).toEqual({ id: 1, inDoubt: true });
    expect((await play(late)).made).toEqual({ id: 2, inDoubt: true });
  });

  it('is taken with what it lacks only after as many looks as for a lost answer', async () => {
    const looksFor = async (wholeFrom: number) => {
      let [looks, details]: [number, unknown] = [0, null];
      const find = () => Promise.resolve<Made>({ id: ++looks });
      const create = () => Promise.reject<Made>(errors.lost);
      const isWhole = ({ id }: Made) => id >= wholeFrom;
      const activity = creating(
        { waits: { settleMs: 1, patienceMs: 600_000 } },
        ({ begunBefore }: typeof fresh, attempt) =>
          ensure<Made>(attempt, { lookFirst: false, begunBefore, isWhole, find, create }),
      );
      for (let number = 1; ; number += 1) {
        const made = { number, details, heartbeat: (said: unknown) => (details = said) };
        const outcome = await inContext(made, () => activity(fresh));
        if ('made' in outcome) return looks;
      }
    };
    expect([await looksFor(1), await looksFor(2), await looksFor(9)]).toEqual([1, 2, 4]);
  });

  it('is looked for once more when it is refused after an answer that was lost: there may be one already', async () => {
    const { made, sends } = await play({
      sendings: [{ kind: 'lost', lag: 6 }, { kind: 'refused' }],
      lookings: [],
    });
    expect({ made, sends }).toEqual({ made: { id: 1, inDoubt: true }, sends: 2 });
  });

  it('is refused when it is refused again after that', async () => {
    const { made, sends } = await play({
      sendings: [{ kind: 'lost', lag: null }, { kind: 'refused' }, { kind: 'refused' }],
      lookings: [],
    });
    expect({ made, sends }).toEqual({ made: null, sends: 3 });
  });

  it('is looked for as often when an attempt of before was cut off, unless that is long ago', async () => {
    const sent = async (agoMs: number, lag: number) =>
      (await play({ sendings: [], lookings: [], before: { agoMs, lag } })).committed;
    expect(await sent(0, 4)).toBe(1);
    expect(await sent(0, 6)).toBe(2);
    expect(await sent(60_000, 1)).toBe(1);
    expect(await sent(60_000, 2)).toBe(2);
  });

  it('is looked for once and sent when an attempt of before is known to have sent nothing; what it sends itself is looked for as any', async () => {
    const before = { agoMs: 0, lag: null };
    expect(await play({ sendings: [], lookings: [], before })).toMatchObject({ looks: 4, sends: 1 });
    const sure = { before: { ...before, sentNothing: true }, lookings: [] } as const;
    expect(await play({ ...sure, sendings: [] })).toMatchObject({ looks: 1, sends: 1 });
    expect(await play({ ...sure, sendings: [{ kind: 'lost', lag: 4 }] })).toMatchObject({ sends: 1 });
  });

  it.each([
    [false, true],
    [true, false],
  ])('of which it is %s that it was cancelled may send: %s', async (isCancelled, maySend) => {
    const endsMs: number[] = [];
    const activity = creating({ waits: { settleMs: 1, patienceMs: 600_000 } }, (_: typeof fresh, attempt) => {
      endsMs.push(attempt.deadlineMs());
      return Promise.resolve<Made>({ id: 1 });
    });
    const beat = () => undefined;
    await inContext({ number: 1, details: null, heartbeat: beat, isCancelled }, () => activity(fresh));
    expect(endsMs.map((end) => performance.now() < end)).toEqual([maySend]);
  });

  it('that was made for want of another is looked for once more when it is refused, and not sent again', async () => {
    const refused = { sendings: [{ kind: 'refused' }], lookings: [], unlessThere: true } as const;
    expect(await play(refused)).toMatchObject({ made: null, sends: 1, looks: 1 });
    const there = { ...refused, sendings: [{ kind: 'refused', lag: 1 }] } as const;
    expect(await play(there)).toMatchObject({ made: { id: 1 }, sends: 1, looks: 1 });
    const late = { ...refused, sendings: [{ kind: 'refused', lag: 2 }] } as const;
    expect(await play(late)).toMatchObject({ made: null, sends: 1 });
    const lost = {
      ...refused,
      sendings: [{ kind: 'lost', lag: null }, { kind: 'refused' }, { kind: 'refused' }],
    } as const;
    expect(await play(lost)).toMatchObject({ made: null, sends: 3 });
  });

  it('that fails says whether an attempt of before may have sent it', async () => {
    const activity = creating({ waits: { settleMs: 1, patienceMs: 600_000 } }, () =>
      Promise.reject<Made>(errors.refused),
    );
    const detailsOf = async (begun: Partial<Effect>) => {
      const outcome = await inContext({ number: 1, details: null, heartbeat: () => undefined }, () =>
        activity({ ...fresh, ...begun }),
      );
      return 'failure' in outcome ? (outcome.failure.details ?? []) : 'made';
    };
    expect([
      await detailsOf({}),
      await detailsOf({ begunBefore: true }),
      await detailsOf({ begunBefore: true, sentNothing: true }),
    ]).toEqual([[], [mayBeMadeDetail], []]);
  });

  it('is refused at once when nothing can have been sent before', async () => {
    const { made, sends } = await play({
      sendings: [{ kind: 'throttled' }, { kind: 'refused' }],
      lookings: [],
    });
    expect({ made, sends }).toEqual({ made: null, sends: 2 });
  });
});

describe('after Temporal was restored', () => {
  const restoredAt = '2026-11-30T04:00:00Z';
  /** How often a run that has started then sends what is sent once and cannot be looked for. */
  const sendsOf = async (startedAt: string): Promise<number> => {
    let sends = 0;
    const send = (): Promise<Made> => {
      sends += 1;
      return Promise.resolve({ id: 1 });
    };
    const describe = () => Promise.resolve({ startTime: new Date(startedAt) });
    const client = { workflow: { getHandle: () => ({ describe }) } } as unknown as Client; // of all of it, what is asked
    const activity = creating(
      { waits: { settleMs: 1, patienceMs: 600_000 }, restoredAt },
      (_: typeof fresh, attempt) => sendOnce(attempt, 'the request', send),
    );
    const beat = () => undefined;
    const outcome = await inContext({ number: 1, details: null, heartbeat: beat, client }, () =>
      activity(fresh),
    );
    expect(sends === 0).toBe('isFinal' in outcome && outcome.isFinal);
    return sends;
  };

  it('what is sent once is not sent by a run of before, which may have sent it after the backup', async () => {
    expect(await sendsOf('2026-11-30T03:59:59Z')).toBe(0);
    expect(await sendsOf('2026-11-30T04:00:01Z')).toBe(1);
  });
});
