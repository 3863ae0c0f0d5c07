/**
 * One attempt of an activity: its heartbeat, its deadline, and what it leaves to the next attempt.
 *
 * Every effect runs within `attempted`, which also turns whatever is thrown into a failure of the table.
 */
import { hash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Origin } from '../pipeline/ids.js';
import { toApplicationFailure } from './failures.js';

/** What an attempt leaves to the next by heartbeat. */
export interface Unsettled {
  /** How often a write that was sent has been looked for since, or a version that is watched was looked at. */
  readonly looks: number;
  /** How many of those looks failed, the last ones in a row. */
  readonly failed?: number;
  /** The attempt whose word this is. Left out by code of before. */
  readonly by?: number;
  /** Whether any attempt so far may have sent. */
  readonly sent?: boolean;
  /** Whether something in between has answered for what was sent last. */
  readonly page?: boolean;
  /** Whether the platform has refused to do it once more, after it may have been sent. */
  readonly refused?: boolean;
}

export interface Attempt {
  /** From 1. */
  readonly number: number;
  /** Time since the activity was scheduled, over all attempts. */
  readonly elapsedMs: number;
  readonly unsettled: Unsettled | null;
  /** Leaves word to the next attempt. What an attempt says last arrives with its failure. */
  remember(unsettled: Omit<Unsettled, 'by'>): void;
  /**
   * Until when this attempt may send: while its heartbeat counts. A worker that was frozen and comes back later
   * must not send what another attempt has sent meanwhile.
   */
  deadlineMs(): number;
}

const beatEveryMs = 2_000;

/** How effects are attempted. */
export interface Attempting {
  readonly waits: { readonly settleMs: number };
  /** Of effects that are only foreseen: each runs as this attempt, and what it throws is thrown. */
  readonly foreseeing?: Attempt;
}

/** Wraps an effect: heartbeat while it works, and a failure with a code when it throws. */
export function attempted<I, O>(
  { waits, foreseeing }: Attempting,
  perform: (input: I, attempt: Attempt) => Promise<O>,
): (input: I) => Promise<O> {
  if (foreseeing !== undefined) return (input) => perform(input, foreseeing);
  return async (input) => {
    const context = Context.current();
    const { attempt: number, scheduledTimestampMs, heartbeatTimeoutMs, startToCloseTimeoutMs } = context.info;
    let details = unsettledOf(context.info.heartbeatDetails);
    const beginMs = Date.now();
    let beatAtMs = beginMs;
    // Temporal tells an activity that needs no heartbeat a timeout of 0.
    const heartbeatMs = heartbeatTimeoutMs ? heartbeatTimeoutMs : startToCloseTimeoutMs;
    const deadlineMs = (): number => Math.min(beginMs + startToCloseTimeoutMs, beatAtMs + heartbeatMs);
    const beat = (): void => {
      if (Date.now() >= deadlineMs()) return; // too late: this attempt has been replaced and stays so
      beatAtMs = Date.now();
      context.heartbeat(details);
    };
    const timer = setInterval(beat, beatEveryMs);
    try {
      return await perform(input, {
        number,
        elapsedMs: Date.now() - scheduledTimestampMs,
        unsettled: details,
        remember: (unsettled) => {
          details = { ...unsettled, by: number };
          beat();
        },
        deadlineMs,
      });
    } catch (error) {
      throw toApplicationFailure(error, number, waits);
    } finally {
      clearInterval(timer);
    }
  };
}

function unsettledOf(details: unknown): Unsettled | null {
  if (typeof details !== 'object' || details === null) return null;
  const { looks, failed, by, sent, page, refused }: Readonly<Record<string, unknown>> = { ...details };
  if (typeof looks !== 'number') return null;
  return {
    looks,
    ...(typeof failed === 'number' && { failed }),
    ...(typeof by === 'number' && { by }),
    ...(sent === true && { sent }),
    ...(page === true && { page }),
    ...(refused === true && { refused }),
  };
}

/** The short stamp of an effect, such as `[lh:k3f9x2m7qa4t]`: sixty bits of its origin’s hash. */
export function markerOf({ runId, firstAttemptId, step, generation }: Origin): string {
  return `[lh:${shortHash([runId, firstAttemptId, step, String(generation)])}]`;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Twelve characters of base32 that stand for a list of strings. */
export function shortHash(parts: readonly string[]): string {
  const digest = hash('sha256', JSON.stringify(parts), 'buffer');
  return Array.from(digest.subarray(0, 12), (byte) => alphabet[byte % 32]).join('');
}
