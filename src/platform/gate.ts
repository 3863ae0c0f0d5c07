/**
 * What stands before every request to one platform host. It is memory of this process alone; what holds for all workers
 * it is told by those who follow the connection.
 */
import { type FailureCode, LonghaulError } from '../run/failures/errors.js';
import { PlatformError } from './errors.js';

/** Thrown for a request that is not sent, for all know already that it would be refused. */
export class ConnectionRefused extends LonghaulError {}

/** Why a platform takes no request with this credential. */
export interface KnownRefusal {
  readonly code: FailureCode;
  readonly message: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface Gate {
  /**
   * Lets a request pass, or throws instead. One that finds out whether the credential is accepted again passes a refusal.
   * @throws PlatformError `PLATFORM_THROTTLED` while the platform has asked to be sent nothing
   * @throws ConnectionRefused while it refuses the credential
   */
  check(of?: { readonly probing: boolean }): void;
  /** For how long nothing is sent because the platform has asked for it, 0 for not at all; and whether it refuses the credential. */
  standing(): { readonly heldMs: number; readonly isRefused: boolean };
  /** The platform has asked this process to send nothing for so long. */
  hold(forMs: number): void;
  /** It has asked another worker. */
  hear(forMs: number): void;
  /** All workers have been told so; ends earlier when they are told that it is over. */
  holdAll(forMs: number): void;
  /** All workers have been told that the credential is refused. */
  refuse(refusal: KnownRefusal): void;
  /** All workers have been told that nothing stands in the way. */
  open(): void;
  /** An operator has opened the connection: what this process was asked is forgotten too. */
  reset(): void;
}

/** A refusal in words, with the time that it has lasted since. */
export const describeRefusal = (name: string, { code, since, message }: KnownRefusal): string =>
  code === 'CREDENTIALS_MISSING'
    ? `the credential of ${name} has been missing since ${since}: ${message}`
    : `${name} has refused its credential since ${since}: ${message}`;

/** Ends of holds are rounded up to this: those that were under way together are told as one, and none is cut short. */
const grainMs = 500;

interface GateOptions {
  /** Called with the whole of a hold when it begins or grows longer, to tell the other workers. */
  readonly held?: (forMs: number) => void;
  /** Milliseconds of a clock that nobody sets. */
  readonly now?: () => number;
}

/** An open gate before the host of a connection. */
export function createGate(
  name: string,
  { held = () => undefined, now = () => performance.now() }: GateOptions = {},
): Gate {
  let [ownUntilMs, allUntilMs] = [0, 0];
  let refusal: KnownRefusal | null = null;
  const heldMs = (): number => Math.max(0, Math.max(ownUntilMs, allUntilMs) - now());
  return {
    standing: () => ({ heldMs: heldMs(), isRefused: refusal !== null }),
    check: (of) => {
      const restMs = heldMs();
      if (restMs > 0)
        throw new PlatformError('PLATFORM_THROTTLED', `${name} asked to be sent nothing for a while`, {
          retryAfterMs: Math.ceil(restMs),
        });
      if (refusal !== null && of?.probing !== true)
        throw new ConnectionRefused(refusal.code, describeRefusal(name, refusal));
    },
    hold: (forMs) => {
      const untilMs = Math.ceil((now() + forMs) / grainMs) * grainMs;
      const isNews = untilMs > Math.max(ownUntilMs, allUntilMs);
      ownUntilMs = Math.max(ownUntilMs, untilMs);
      if (isNews) held(untilMs - now());
    },
    hear: (forMs) => {
      ownUntilMs = Math.max(ownUntilMs, now() + forMs);
    },
    holdAll: (forMs) => {
      allUntilMs = Math.max(allUntilMs, now() + forMs);
    },
    refuse: (known) => {
      refusal = known;
    },
    open: () => {
      allUntilMs = 0;
      refusal = null;
    },
    reset: () => {
      [ownUntilMs, allUntilMs, refusal] = [0, 0, null];
    },
  };
}
