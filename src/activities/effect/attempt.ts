/**
 * One attempt of an activity: its heartbeat, its deadline, and what it leaves to the next attempt.
 *
 * Every effect runs within `attempted`, which also turns whatever is thrown into a failure of the table.
 */
import { Context, type Info } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { describedIfKnown } from '../../client/attempts.js';
import { type FailureCode, isFailureCode } from '../../run/failures/errors.js';
import type { RemoteReference } from '../../run/steps.js';
import type { KnownRefusal } from '../../platform/gate.js';
import type { Elsewhere } from './elsewhere.js';
import { isOfWhom, toFailure } from './failures.js';
import { type Stopwatch, startStopwatch } from './stopwatch.js';
import { type Trouble, doubtedSince, troubleAfter, troubleOf } from './trouble.js';

export { isOwnOf, markerOf, shortHash } from '../../client/markers.js';

/** What an attempt leaves to the next by heartbeat. */
export interface Unsettled {
  /** How often a write that was sent has been looked for since, or a version that is watched was looked at. */
  readonly looks: number;
  /** How many of those looks failed, the last ones in a row. */
  readonly failed?: number;
  /** How often what is said to have ended had no status of an end. */
  readonly ending?: number;
  /** The attempt whose word this is. Left out by code of before. */
  readonly by?: number;
  /** Whether any attempt so far may have sent. */
  readonly sent?: boolean;
  /** Whether something in between has answered for what was sent last. */
  readonly page?: boolean;
  /** Whether the platform has refused to do it once more, after it may have been sent. */
  readonly refused?: boolean;
  /** With which words it has refused what it may have already. */
  readonly refusal?: Refusal;
  /** What was undone so far: it may be in no list any more. */
  readonly undone?: readonly RemoteReference[];
  /** What an undoing has seen and not confirmed yet: a list may leave it out next time. */
  readonly open?: readonly RemoteReference[];
  /** What the platform has taken the request to stop. */
  readonly asked?: readonly RemoteReference[];
  /** Since when, in milliseconds after the activity was scheduled, something of that is not found any more. */
  readonly missingSinceMs?: number;
}

/** A failure that is thrown again by a later attempt. */
interface Refusal {
  readonly code: FailureCode;
  readonly message: string;
}

export interface Attempt {
  /** From 1. */
  readonly number: number;
  /** Time since the activity was scheduled, over all attempts, by Temporal’s clock. */
  readonly elapsedMs: number;
  /** What Temporal’s clock shows, in milliseconds since the epoch: the clock of a worker may be off. */
  nowMs(): number;
  /** For how long the answer to the try before has asked to be sent nothing, from now on; 0 for not at all. */
  readonly heldMs: number;
  /** Whether this answer, after those of the tries before, has stayed for as long as patience lasts. */
  hasStayed(code: FailureCode): boolean;
  readonly unsettled: Unsettled | null;
  /** Leaves word to the next attempt. What an attempt says last arrives with its failure. */
  remember(unsettled: Omit<Unsettled, 'by'>): void;
  /**
   * Until when this attempt may send, by the monotonic clock (`performance.now`): while its heartbeat counts. A worker
   * that was frozen and comes back later must not send what another attempt has sent meanwhile, and nobody waits for what
   * is sent once it was cancelled.
   */
  deadlineMs(): number;
  /** When Temporal gives this attempt up, by the same clock. */
  endsMs(): number;
}

const beatEveryMs = 2_000;

/** No wait lasts longer unless it says so: longer than any job that is still well. */
export const withinUsuallyMs = 2 * 86_400_000;

/** The connection, as tries need it. */
export interface AttemptedOn {
  /** In messages. */
  readonly name: string;
  /** Is told that its credential stays refused. */
  readonly refused: (refusal: KnownRefusal) => void;
  /** Says what its platform answers elsewhere. */
  readonly elsewhere: () => Promise<Elsewhere>;
}

/** How effects are attempted. */
export interface Attempting {
  readonly waits: { readonly settleMs: number; readonly patienceMs: number };
  readonly connection?: AttemptedOn;
  /** When Temporal was last started from a backup, ISO 8601. */
  readonly restoredAt?: string | undefined;
  /** Of effects that are only foreseen: each runs as this attempt, and what it throws is thrown. */
  readonly foreseeing?: Attempt;
}

/** Of an await or a creation. */
export interface Limits<I> {
  /** When it gives up as `WAIT_EXPIRED`; only a look that was answered ends it. Left out, after two days. */
  readonly withinMs?: (input: I) => number | undefined;
  /** Of a creation: whether it may have been sent before this activity; what its own attempts have sent, they say. */
  readonly sentBefore?: (input: I) => boolean;
  /** Of an await: what it fails with instead, once somebody else looks for it. */
  readonly resting?: (
    input: I,
    failure: ApplicationFailure,
    now: { readonly nowMs: number; readonly elapsedMs: number },
  ) => Promise<ApplicationFailure>;
}

/** Of a wait that ends by itself, or lasts as long as what it waits for. */
export const asLongAsItTakes = { withinMs: () => Number.POSITIVE_INFINITY };

/** Wraps an effect: heartbeat while it works, and a failure with a code when it throws. */
export function attempted<I, O>(
  attempting: Attempting,
  perform: (input: I, attempt: Attempt) => Promise<O>,
  limits: Limits<I> = {},
): (input: I) => Promise<O> {
  const { waits, foreseeing, connection } = attempting;
  if (foreseeing !== undefined) return (input) => perform(input, foreseeing);
  return async (input) => {
    const context = Context.current();
    const { info } = context;
    const watch = startStopwatch();
    const waitedMs = waitedBefore(input);
    const beganMs = limits.resting === undefined ? undefined : await startOfTry(context);
    const elapsedMs = (): number => waitedMs + elapsedMsOf(info, watch, beganMs);
    const scheduledMs = info.scheduledTimestampMs - waitedMs;
    const nowMs = (): number => scheduledMs + elapsedMs();
    const left = leftOf(info.heartbeatDetails);
    const heart = startHeart(context, left, watch);
    try {
      return await perform(input, {
        number: info.attempt,
        elapsedMs: elapsedMs(),
        nowMs,
        heldMs: Math.max(0, (left.heldUntilMs ?? 0) - nowMs()),
        hasStayed: (code) => {
          const now = { nowMs: nowMs(), patienceMs: waits.patienceMs };
          return doubtedSince(troubleAfter(left.trouble, code, now.nowMs), now) !== null;
        },
        unsettled: left.unsettled,
        remember: (unsettled) => heart.leave({ unsettled: { ...unsettled, by: info.attempt } }),
        deadlineMs: heart.deadlineMs,
        endsMs: heart.endsMs,
      });
    } catch (error) {
      const circumstances = {
        ...{ trouble: left.trouble, waits, connection, elapsedMs: elapsedMs() },
        scheduledMs,
        withinMs: limits.withinMs?.(input) ?? withinUsuallyMs,
        mayBeMade: limits.sentBefore?.(input) === true || heart.unsettled()?.sent === true,
      };
      const elsewhere = isOfWhom(error, circumstances) ? await connection?.elsewhere() : undefined;
      const { failure, ...after } = toFailure(error, { ...circumstances, elsewhere });
      if (after.trouble !== left.trouble || after.heldUntilMs !== left.heldUntilMs) heart.leave(after);
      const { resting } = limits;
      if (resting === undefined || !(failure instanceof ApplicationFailure)) throw failure;
      throw await resting(input, failure, { nowMs: nowMs(), elapsedMs: elapsedMs() });
    } finally {
      heart.stop();
    }
  };
}

/**
 * Time since the activity was scheduled: what Temporal counted until this attempt was, and from there on what has passed
 * here. The clock of this machine may be hours off.
 */
const elapsedMsOf = (
  { scheduledTimestampMs, currentAttemptScheduledTimestampMs }: Info,
  watch: Pick<Stopwatch, 'passedMs'>,
  beganMs = currentAttemptScheduledTimestampMs,
): number => Math.max(0, beganMs - scheduledTimestampMs) + watch.passedMs();

/** A try that was told such a time was not woken: as much later or earlier than now is nothing beside any patience. */
const nearMs = 5_000;

/**
 * When a try of an await began, by Temporal’s clock. One that was woken from its rest is told the time at which it came to
 * rest, or at which it would have been tried without that, a day later; when it began, the description of its run says.
 */
async function startOfTry(context: Context): Promise<number> {
  const { attempt, activityId, workflowExecution, currentAttemptScheduledTimestampMs: toldMs } = context.info;
  const isNear = Math.abs(toldMs - Date.now()) <= nearMs;
  if (attempt === 1 || workflowExecution === undefined || isNear) return toldMs;
  const { workflowId, runId } = workflowExecution;
  try {
    const described = await describedIfKnown(context.client, workflowId, runId);
    const own = described?.raw.pendingActivities?.find((one) => one.activityId === activityId);
    if (own?.lastStartedTime) return tsToMs(own.lastStartedTime);
  } catch {
    // Without an answer, the clock of this machine says at least that a day has not passed.
  }
  return Math.min(toldMs, Date.now());
}

/** How long a wait was on that was cut off when its run went on in another leg. */
const waitedBefore = (input: unknown): number =>
  typeof input === 'object' && input !== null && 'waitedMs' in input && typeof input.waitedMs === 'number'
    ? input.waitedMs
    : 0;

/** All that attempts leave to the next one. The client reads it too, to say since when there has been trouble. */
interface Left {
  readonly unsettled: Unsettled | null;
  readonly trouble: Trouble | null;
  /** Until when the platform asked to be sent nothing, by Temporal’s clock. */
  readonly heldUntilMs: number | undefined;
}

/** Beats while the attempt works. */
function startHeart(context: Context, before: Left, watch: Stopwatch) {
  const { heartbeatTimeoutMs, startToCloseTimeoutMs } = context.info;
  // Temporal tells an activity that needs no heartbeat a timeout of 0.
  const heartbeatMs = heartbeatTimeoutMs ? heartbeatTimeoutMs : startToCloseTimeoutMs;
  let left = before;
  let sinceBeat = watch;
  const restMs = (): number => startToCloseTimeoutMs - watch.mostPassedMs();
  const remainingMs = (): number => Math.min(restMs(), heartbeatMs - sinceBeat.mostPassedMs());
  const beat = (): void => {
    if (remainingMs() <= 0) return; // too late: this attempt has been replaced and stays so
    sinceBeat = startStopwatch();
    context.heartbeat(writtenOf(left));
  };
  const timer = setInterval(beat, beatEveryMs);
  return {
    deadlineMs: (): number =>
      context.cancellationSignal.aborted ? Number.NEGATIVE_INFINITY : performance.now() + remainingMs(),
    endsMs: (): number => performance.now() + restMs(),
    leave: (change: Partial<Left>): void => {
      left = { ...left, ...change };
      beat();
    },
    unsettled: () => left.unsettled,
    stop: () => clearInterval(timer),
  };
}

const writtenOf = ({ unsettled, trouble, heldUntilMs }: Left) => ({
  ...unsettled,
  ...(trouble !== null && { trouble }),
  ...(heldUntilMs !== undefined && { heldUntilMs }),
});

function leftOf(details: unknown): Left {
  const known = typeof details === 'object' && details !== null ? details : {};
  const heldUntilMs = 'heldUntilMs' in known ? known.heldUntilMs : undefined;
  return {
    unsettled: unsettledOf(known),
    trouble: 'trouble' in known ? troubleOf(known.trouble) : null,
    heldUntilMs: typeof heldUntilMs === 'number' ? heldUntilMs : undefined,
  };
}

const isRefusal = (value: unknown): value is Refusal =>
  typeof value === 'object' &&
  value !== null &&
  'code' in value &&
  isFailureCode(value.code) &&
  'message' in value &&
  typeof value.message === 'string';

function unsettledOf(details: object): Unsettled | null {
  const known: Readonly<Record<string, unknown>> = { ...details };
  const { looks, failed, ending, by, sent, page, refused, refusal, undone, open, asked, missingSinceMs } =
    known;
  if (typeof looks !== 'number') return null;
  return {
    looks,
    ...(typeof failed === 'number' && { failed }),
    ...(typeof ending === 'number' && { ending }),
    ...(typeof by === 'number' && { by }),
    ...(sent === true && { sent }),
    ...(page === true && { page }),
    ...(refused === true && { refused }),
    ...(isRefusal(refusal) && { refusal }),
    ...(Array.isArray(undone) && { undone: undone as readonly RemoteReference[] }), // as `undo` has left it
    ...(Array.isArray(open) && { open: open as readonly RemoteReference[] }), // the same
    ...(Array.isArray(asked) && { asked: asked as readonly RemoteReference[] }), // the same
    ...(typeof missingSinceMs === 'number' && { missingSinceMs }),
  };
}
