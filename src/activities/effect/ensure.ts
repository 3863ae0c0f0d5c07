/**
 * Exactly one effect, on platforms that know no idempotency key.
 *
 * Look by the marker, send once, and after an answer that was lost look again for a while before sending again.
 */
import type { FailureCode } from '../../run/failures/errors.js';
import type { Doubt, Effect as EffectArgument } from '../../run/undoing/effects.js';
import { PlatformError } from '../../platform/errors.js';
import { type Attempt, type Attempting, type Unsettled, attempted } from './attempt.js';
import { startOfRun } from './run-start.js';

/** How often an effect is looked for after a lost answer, each `settleMs` apart, before it is sent again. */
const settleLooks = 3;

/** So long an activity may go on sending whose run has been ended: its heartbeat tells it. */
const noticedMs = 10_000;

/** Refusals that an effect of before may be the reason of: there is one already. */
const contradicted: readonly FailureCode[] = ['REQUEST_REJECTED', 'CONFLICT'];

export interface Effect<T extends Doubt> {
  /** Whether the look-up is worth its cost before anything was sent. */
  readonly lookFirst: boolean;
  /** Whether an earlier attempt of the run may have sent. */
  readonly begunBefore: boolean;
  /**
   * Whether it is made only because a look has not shown it. One look proves nothing: a refusal may say that it is there.
   * It is looked for once more then, and nothing is sent again where that does not show it either.
   */
  readonly unlessThere?: boolean;
  /**
   * Whether other runs take it by its name: of several, each of them takes the first. So does this one, where an earlier
   * request may have made another before what was made now; what nobody takes is swept.
   */
  readonly isShared?: boolean;
  /**
   * How often it is looked for at least after a lost answer, each `settleMs` apart, before it is sent again: of what nobody
   * sweeps, for as long as a late one is swept otherwise.
   */
  readonly looks?: number;
  /** Finds what carries the marker and equals what is asked; throws `CONFLICT` when it differs. */
  find(): Promise<T | null>;
  /**
   * Whether what is found has all of it that is asked for; left out, it has. Where it has not after as many looks as for
   * a lost answer, it is taken as it is.
   */
  isWhole?(found: T): boolean;
  /** Sends once. */
  create(): Promise<T>;
}

/** What is known of an effect when an attempt begins. */
type Known = Pick<Unsettled, 'looks' | 'sent' | 'page' | 'refused' | 'refusal'>;

/** Whether, and until when, an effect was begun before the activity that makes it, and whether it may have been sent then. */
type Begun = Pick<EffectArgument, 'origin' | 'begunBefore' | 'begunUntil' | 'sentNothing'>;

/**
 * Each attempt of a creation that ends by itself leaves word: whether anything may have been sent, and how often that
 * must still be looked for. Where the attempt before this one has left none, it was cut off together with its worker,
 * and may have sent, whatever the ones before it have said. So may whoever has begun the effect before this activity,
 * unless that is known to have sent nothing, or is longer ago than it would be looked for.
 */
function knownTo(
  { number, unsettled, nowMs }: Attempt,
  { begunBefore, begunUntil, sentNothing }: Omit<Begun, 'origin'>,
  settleMs: number,
): Known {
  if (unsettled?.by === number - 1) {
    const { by: _by, failed: _failed, ...known } = unsettled;
    return known;
  }
  const settledMs = settleLooks * settleMs + noticedMs;
  const isLongAgo = begunUntil !== undefined && nowMs() - Date.parse(begunUntil) >= settledMs;
  const mayBeSent = begunBefore && sentNothing !== true && !isLongAgo;
  return number > 1 || mayBeSent ? { looks: 0, sent: true } : { looks: settleLooks };
}

/** Whether an attempt before this one may have sent. Within `creating`. */
export const maySent = ({ unsettled }: Attempt): boolean => unsettled?.sent === true;

/** What a backup does not know may have been sent: by a run that is older than its restore, whatever it sends next. */
async function asRestored<I extends Begun>({ restoredAt, foreseeing }: Attempting, input: I): Promise<I> {
  if (restoredAt === undefined || foreseeing !== undefined) return input;
  if ((await startOfRun(input.origin)) >= Date.parse(restoredAt)) return input;
  return { ...input, begunBefore: true, begunUntil: undefined, sentNothing: undefined };
}

/** Wraps a creation, as `attempted` does, so that an attempt which fails before it sends says so. */
export function creating<I extends Begun, O>(
  attempting: Attempting,
  perform: (input: I, attempt: Attempt) => Promise<O>,
): (input: I) => Promise<O> {
  const create = async (asked: I, attempt: Attempt): Promise<O> => {
    const word = { isLeft: false };
    const input = await asRestored(attempting, asked);
    const { foreseeing, waits } = attempting;
    // What is foreseen is what comes after all looks.
    const known = foreseeing === undefined ? knownTo(attempt, input, waits.settleMs) : { looks: settleLooks };
    const remember: Attempt['remember'] = (unsettled) => {
      word.isLeft = true;
      attempt.remember(unsettled);
    };
    try {
      return await perform(input, { ...attempt, remember, unsettled: known });
    } catch (error) {
      if (!word.isLeft) attempt.remember(known);
      throw error;
    }
  };
  const sentBefore = ({ begunBefore, sentNothing }: I): boolean => begunBefore && sentNothing !== true;
  return attempted(attempting, create, { sentBefore });
}

/** Finds or creates. Within `creating`. */
export async function ensure<T extends Doubt>(attempt: Attempt, effect: Effect<T>): Promise<T> {
  const known: Known = attempt.unsettled ?? { looks: settleLooks };
  const isInDoubt = known.sent === true || effect.begunBefore;
  const enough = known.sent === true ? Math.max(settleLooks, effect.looks ?? 0) : settleLooks;
  const told = (made: T): T => (isInDoubt ? { ...made, inDoubt: true as const } : made);
  if (attempt.number > 1 || effect.lookFirst) {
    const found = await effect.find();
    const isTaken = found !== null && (known.looks >= enough || effect.isWhole?.(found) !== false);
    if (isTaken) return told(found);
  }
  if (known.looks < enough) {
    attempt.remember({ ...known, looks: known.looks + 1 });
    throw notShownYet(known);
  }
  const isStillMissing = effect.unlessThere === true && known.sent !== true;
  if (known.refusal !== undefined && isStillMissing)
    throw new PlatformError(known.refusal.code, known.refusal.message);
  let made: T;
  try {
    made = await effect.create();
  } catch (error) {
    throw outcomeOf(error, { known, attempt, enough, unlessThere: effect.unlessThere === true });
  }
  // Where that cannot be looked for, what was made is there all the same.
  const first = effect.isShared === true && isInDoubt ? await effect.find().catch(() => null) : null;
  return told(first ?? made);
}

/** A proxy that lets no write through needs a person, and looks that are answered do not show it. */
const notShownYet = ({ page }: Known): PlatformError =>
  page === true
    ? new PlatformError(
        'PROXY_PAGE',
        'something in between answered for the platform, and the effect has not shown up yet; looking again before sending again',
      )
    : new PlatformError(
        'ANSWER_LOST',
        'the effect of a lost answer has not shown up yet; looking again before sending again',
      );

/** Leaves word of a creation that failed; answers what is to be thrown. */
function outcomeOf(
  error: unknown,
  {
    known,
    attempt,
    enough,
    unlessThere,
  }: {
    readonly known: Known;
    readonly attempt: Attempt;
    /** Looks, before it is sent again. */
    readonly enough: number;
    readonly unlessThere: boolean;
  },
): unknown {
  if (error instanceof PlatformError && error.ambiguous) {
    attempt.remember({ ...known, looks: 0, sent: true, page: error.code === 'PROXY_PAGE' });
    return error;
  }
  const isContradicted = error instanceof PlatformError && contradicted.includes(error.code);
  if (isContradicted && known.sent === true && known.refused !== true) {
    attempt.remember({ ...known, looks: 0, refused: true });
    return new PlatformError('ANSWER_LOST', `${error.message}; looking whether it was made before`);
  }
  if (isContradicted && unlessThere && known.refused !== true && known.refusal === undefined) {
    const { code, message } = error;
    attempt.remember({ ...known, looks: enough, refusal: { code, message } });
    return new PlatformError('ANSWER_LOST', `${error.message}; looking whether it is there`);
  }
  attempt.remember({ ...known, looks: enough });
  return error;
}
