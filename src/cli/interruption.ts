/** Signals that ask a command to end, as an AbortSignal, so that it can tidy up first. */
import { type ExitCode, exitCodes } from './exit-codes.js';
import { Stop } from './stop.js';

const asked = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Which signal ended the command. */
export class Interrupted extends Stop {
  constructor(signal: (typeof asked)[number], message: string) {
    const exitCode: ExitCode = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated;
    super(exitCode, message);
    this.name = 'Interrupted';
  }
}

export interface Interruption {
  readonly signal: AbortSignal;
  /** Which signal came; `null` while none did. */
  which(): (typeof asked)[number] | null;
  /** Rejects at the signal; never resolves. */
  readonly rejected: Promise<never>;
  /** Gives the signals back their usual effect. */
  release(): void;
}

/** npm passes on a Ctrl-C that its child also gets from the terminal: the second of the two is no second wish. */
const echoMs = 1_000;

/**
 * Takes the signals until released. `message` is what a person is told; a second signal, a second later or
 * more, ends the process at once.
 */
export function interruptible(message: string): Interruption {
  const controller = new AbortController();
  let firstAtMs = 0;
  let which: (typeof asked)[number] | null = null;
  const listener = (signal: NodeJS.Signals): void => {
    const known = asked.find((one) => one === signal) ?? 'SIGTERM';
    if (which !== null) {
      if (Date.now() - firstAtMs >= echoMs) process.exit(new Interrupted(known, message).exitCode);
      return;
    }
    which = known;
    firstAtMs = Date.now();
    controller.abort(new Interrupted(known, message));
  };
  for (const signal of asked) process.on(signal, listener);
  const rejected = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(new Interrupted(which ?? 'SIGTERM', message)), {
      once: true,
    });
  });
  rejected.catch(() => undefined); // who races against it takes the rejection; nobody else must
  return {
    signal: controller.signal,
    which: () => which,
    rejected,
    release: () => {
      for (const signal of asked) process.off(signal, listener);
    },
  };
}
