/**
 * Undoing that counts when the platform has confirmed it.
 *
 * Each try asks for what is left and looks how it stands; what is not confirmed is tried again, whatever the platform
 * answered. Within a run that ends after a while, with what is left as its answer; afterwards it does not.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { Undoing, Undone } from '../../run/undoing/effect.js';
import { LonghaulError } from '../../run/failures/errors.js';
import type { LeftBehind, RemoteReference } from '../../run/steps.js';
import { endingIn } from '../../run/undoing/undoing.js';
import { PlatformError } from '../../platform/errors.js';
import { type Attempt, attempted, markerOf } from './attempt.js';
import type { ActivityDependencies } from '../dependencies.js';
import { nextLookMs } from './looks.js';

/** Looks for what an unanswered request may have made, before a run ends: as many as a creation makes before it sends again. */
const settleLooks = 3;
/** Between two tries, after the run's end: an outage of days is not asked about every minute. */
const slowest = 10;

/** A platform may ask for a day; who opens the connection before its time is noticed all the same. */
const longestPauseMs = 600_000;

/** How one object stands. */
export type Standing =
  /** The platform says that it is undone. */
  | { readonly state: 'undone'; readonly object: RemoteReference }
  /** It has ended by itself, or is gone: there is nothing to undo. */
  | {
      readonly state: 'ended';
      readonly id?: string;
      /** In words, what serves instead of what was undone. */
      readonly serves?: string;
    }
  /** Not undone yet, or not known to be. */
  | {
      readonly state: 'left';
      readonly left: LeftBehind;
      readonly retryAfterMs?: number | undefined;
      /** The platform says that there is no such thing. */
      readonly isMissing?: boolean;
    };

/** What undoings and tries before have come to, by id. */
export interface Before {
  /** Seen, and not confirmed. */
  readonly seen: readonly string[];
  /** Undone: what goes on there by now, somebody else has begun. */
  readonly done: readonly string[];
  /** Asked to stop, which the platform has taken. */
  readonly asked: readonly string[];
}

/** One try: asks for what is left to undo, also of what tries before have seen, and says how each object stands. */
export type Undo = (before: Before) => Promise<readonly Standing[]>;

type Waits = Pick<
  ActivityDependencies['waits'],
  'firstLookMs' | 'lastLookMs' | 'settleMs' | 'undoMs' | 'sweepMs'
>;
type UndoAttempt = Pick<Attempt, 'elapsedMs' | 'unsettled' | 'remember'>;

/** An activity that undoes. It says itself when it is over: as a wait, it is never given up. */
export const createUndo = <U extends Undoing>(
  deps: ActivityDependencies,
  kind: RemoteReference['kind'],
  perform: (undoing: U, before: Before) => Promise<readonly Standing[]>,
): ((undoing: U) => Promise<Undone>) =>
  attempted(
    deps,
    (undoing: U, attempt) =>
      undo(deps.waits, undoing, attempt, { kind, perform: (before) => perform(undoing, before) }),
    { withinMs: () => Number.POSITIVE_INFINITY },
  );

/**
 * Makes one try of an undoing.
 * @throws ApplicationFailure, benign and retryable, while it is to be tried again; its details are what is left
 */
export async function undo(
  waits: Waits,
  undoing: Undoing,
  { elapsedMs, unsettled, remember }: UndoAttempt,
  { kind, perform }: { readonly kind: RemoteReference['kind']; readonly perform: Undo },
): Promise<Undone> {
  const open = unsettled?.open ?? [];
  const asked = [...(undoing.asked ?? []), ...(unsettled?.asked ?? [])];
  const before = {
    seen: open.map(({ id }) => id),
    done: [...(undoing.told ?? []), ...(unsettled?.undone ?? [])].map(({ id }) => id),
    asked: asked.map(({ id }) => id),
  };
  const found = await standingOf({ kind, id: undoing.made?.id }, () => perform(before));
  const seen = [...found, ...lostOf(open, found)];
  const isMissing = seen.some((one) => one.state === 'left' && one.isMissing === true);
  const missingSinceMs = isMissing
    ? (unsettled?.missingSinceMs ?? (unsettled === null ? 0 : elapsedMs))
    : null;
  const isLong = missingSinceMs !== null && elapsedMs - missingSinceMs >= waits.sweepMs;
  // One read that does not find it proves nothing; after all that time, it is gone.
  const isGone = undoing.untilConfirmed === true && isLong;
  const standings = seen.filter((one) => one.state !== 'left' || one.isMissing !== true || !isGone);
  const undone = unique([
    ...(unsettled?.undone ?? []),
    ...standings.flatMap((one) => (one.state === 'undone' ? [one.object] : [])),
  ]);
  const left = standings.flatMap((one) => (one.state === 'left' ? [one.left] : []));
  const isAsked = undoing.untilAsked === true;
  const waiting = left.filter(({ lasting, ending }) => lasting !== true && !(isAsked && ending === true));
  const soughtMs = soughtFor(waits, undoing, standings.length);
  const isSought = elapsedMs < soughtMs;
  const mayAppear = undoing.doubt === 'unanswered' && standings.length === 0 ? [unseen(undoing, kind)] : [];
  const isOver = undoing.untilConfirmed !== true && elapsedMs >= waits.undoMs;
  if (waiting.length === 0 && !isSought) {
    const isSettled = undoing.untilConfirmed === true;
    const serves = standings.flatMap((one) => (one.state === 'ended' ? (one.serves ?? []) : [])).at(-1);
    const leftBehind = isSettled ? left : [...left, ...mayAppear];
    return { undone, leftBehind, ...(serves !== undefined && { serves }) };
  }
  if (isOver) return { undone, leftBehind: [...left, ...mayAppear] };
  const { told } = undoing;
  const isNews = told !== undefined && unique([...told, ...undone]).length > unique(told).length;
  // Another call would not know what this one has seen and not confirmed yet.
  if (isNews && waiting.length === 0) return { undone, leftBehind: left, goesOn: true };
  const own = waiting.length > 0 ? pauseMs(waits, undoing, elapsedMs) : sightMs(waits, elapsedMs, soughtMs);
  const held = standings.map((one) =>
    one.state === 'left' ? Math.min(one.retryAfterMs ?? 0, longestPauseMs) : 0,
  );
  const unconfirmed = left.flatMap((one) =>
    one.kind === kind && one.id !== undefined && one.lasting !== true ? [{ kind, id: one.id }] : [],
  );
  const taken = unique([...asked, ...endingIn(left)]);
  remember({
    ...{ looks: 0, undone, open: unconfirmed },
    ...(taken.length > 0 && { asked: taken }),
    ...(missingSinceMs !== null && { missingSinceMs }),
  });
  throw again([...waiting, ...mayAppear], Math.max(own, ...held), undoing);
}

/** What tries before have seen, and this one has not: lists leave things out. What cannot be looked at is not missing. */
function lostOf(open: readonly RemoteReference[], found: readonly Standing[]): readonly Standing[] {
  const ids = found.map((one) =>
    one.state === 'undone' ? one.object.id : one.state === 'left' ? one.left.id : one.id,
  );
  const isMissing = found.every((one) => one.state !== 'left' || one.isMissing === true);
  return open
    .filter(({ id }) => !ids.includes(id))
    .map((one) => ({ ...left(one, 'it was there, and is not found any more'), isMissing }));
}

const unique = (objects: readonly RemoteReference[]): RemoteReference[] => [
  ...new Map(objects.map((object) => [`${object.kind} ${object.id}`, object] as const)).values(),
];

/** What goes wrong with one object does not keep the others running. */
export async function standingOf(
  object: { readonly kind: RemoteReference['kind']; readonly id?: string | undefined },
  look: () => Promise<readonly Standing[]>,
): Promise<readonly Standing[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof PlatformError || error instanceof LonghaulError)) throw error;
    const retryAfterMs = error instanceof PlatformError ? error.retryAfterMs : undefined;
    return [{ ...left(object, error.message), retryAfterMs, isMissing: error.code === 'NOT_FOUND' }];
  }
}

/**
 * Asks for something to be stopped that was read before. That the request is answered with 404 does not say that the
 * object is gone: the request may be one that this platform does not have, or does not allow.
 */
export async function asking<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'NOT_FOUND') throw error;
    throw new PlatformError('REQUEST_REJECTED', error.message, { status: error.status });
  }
}

/** Looks how it stands after a request was sent: where that fails, the request may have been carried out all the same. */
export async function afterSending<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    const { code, message, status, retryAfterMs } = error;
    throw new PlatformError(code, message, { status, retryAfterMs, ambiguous: true });
  }
}

/**
 * Asks for something to be deleted that was read before, and looks. After an answer that was lost, what is not there any
 * more has been deleted: a later try would not find it, and could not say so.
 */
export async function deleting(
  object: RemoteReference,
  { send, isThere }: { readonly send: () => Promise<unknown>; readonly isThere: () => Promise<boolean> },
): Promise<Standing> {
  let refusal: PlatformError | null = null;
  try {
    await asking(send);
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    const isRefused = ['REQUEST_REJECTED', 'CONFLICT'].includes(error.code);
    if (!isRefused && !error.ambiguous) throw error;
    refusal = error;
  }
  if (!(await afterSending(isThere))) return { state: 'undone', object };
  // That it is there, and is not found by the request that deletes it, passes.
  if (refusal !== null && (refusal.ambiguous || refusal.status === 404)) throw refusal;
  // Something uses it that was not there before.
  if (refusal !== null) return { state: 'left', left: { ...object, reason: refusal.message, lasting: true } };
  return left(object, 'it is not deleted yet');
}

/** Something that is not undone, and why. */
export const left = (
  { kind, id }: { readonly kind: RemoteReference['kind']; readonly id?: string | undefined },
  reason: string,
  isEnding = false,
): Standing & { readonly state: 'left' } => ({
  state: 'left',
  left: { kind, ...(id !== undefined && { id }), reason, ...(isEnding && { ending: true }) },
});

/** Something that goes on, and carries no marker, or no more: nobody can say whose it is, so a person must look. */
export const unmarked = (object: RemoteReference, marker: string): Standing => ({
  state: 'left',
  left: { ...object, reason: `it does not carry ${marker}, so it was not stopped`, lasting: true },
});

/** How long what may still appear is looked for, from the beginning. */
function soughtFor({ settleMs, sweepMs }: Waits, undoing: Undoing, found: number): number {
  if (undoing.doubt === undefined) return 0;
  if (undoing.untilConfirmed === true) return sweepMs;
  return undoing.doubt === 'unanswered' && found === 0 ? settleLooks * settleMs : 0;
}

const unseen = ({ origin }: Undoing, kind: LeftBehind['kind']): LeftBehind => ({
  kind,
  reason: `a request for it may have been sent and may still be carried out; nothing carries ${markerOf(origin)} yet`,
});

function pauseMs({ firstLookMs, lastLookMs }: Waits, { untilConfirmed }: Undoing, elapsedMs: number): number {
  return nextLookMs(elapsedMs, {
    firstLookMs,
    lastLookMs: untilConfirmed === true ? slowest * lastLookMs : lastLookMs,
  });
}

/** A late commit is found when it is at most twice as late as it came; the last look is at the end of the time. */
const sightMs = ({ settleMs }: Waits, elapsedMs: number, soughtMs: number): number =>
  Math.max(1, Math.min(Math.max(settleMs, elapsedMs), soughtMs - elapsedMs));

function again(leftBehind: readonly LeftBehind[], nextRetryDelay: number, undoing: Undoing) {
  const reasons = leftBehind.map(
    ({ kind, id, reason }) => `${kind}${id === undefined ? '' : ` ${id}`}: ${reason}`,
  );
  return ApplicationFailure.create({
    type: 'STILL_WAITING',
    message:
      reasons.length === 0
        ? `looking for what else carries ${markerOf(undoing.origin)}`
        : reasons.join('; ').slice(0, 1_000),
    details: [leftBehind],
    nextRetryDelay: Math.round(nextRetryDelay),
    category: 'BENIGN',
  });
}
