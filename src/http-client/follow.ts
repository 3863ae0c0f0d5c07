/** Follows a run or a log through broken connections, restarts of the server and from one server to another. */
import type { Run, Step } from '../run/steps.js';
import { openLines } from './lines.js';
import { pause, pauseMs, repeated } from './retry.js';
import type { Sender, Sending } from './sender.js';

/** A change of a run as a whole, or of one of its steps, and when it was. */
export type HttpRunEvent = {
  /** For `after`. The few events that lack one are told again when following resumes. */
  readonly id?: string;
  readonly at: string;
} & (
  | { readonly event: 'run'; readonly run: Pick<Run, 'status' | 'failure' | 'cleanup' | 'endedAt'> }
  | { readonly event: 'step'; readonly step: Step }
);

/** One line of a job's log. */
export interface HttpLogLine {
  readonly at?: string;
  readonly line: string;
}

/** Every change after `after`, until the run has ended. */
export async function* eventsOf(
  sender: Sender,
  sending: Sending,
  after: string | undefined,
): AsyncGenerator<HttpRunEvent> {
  let last = after;
  const resumed = (): Sending =>
    last === undefined ? sending : { ...sending, headers: { 'last-event-id': last } };
  for await (const line of unbroken(sender, resumed, sending.signal)) {
    if (line === endOfStream) continue; // of this stream: the run goes on
    const event = line as HttpRunEvent; // as the OpenAPI document says
    last = event.id ?? last;
    yield event;
    if (event.event === 'run' && event.run.endedAt !== undefined) return;
  }
}

/** Every line; begun again after a break, it passes over those that it has told. */
export async function* logOf(sender: Sender, sending: Sending): AsyncGenerator<HttpLogLine> {
  let told = 0;
  let passed = 0;
  const again = (): Sending => {
    passed = 0;
    return sending;
  };
  for await (const line of unbroken(sender, again, sending.signal)) {
    if (line === endOfStream) return;
    passed += 1;
    if (passed <= told) continue;
    told = passed;
    yield line as HttpLogLine; // as the OpenAPI document says
  }
}

/** Told where a stream ended as streams should, and not by a break. */
const endOfStream = Symbol('end of stream');

/**
 * The lines of one stream after another, until there is nothing left to tell. The first must open within the time
 * for retries; once there was one, the server is waited for.
 */
async function* unbroken(
  sender: Sender,
  next: () => Sending,
  signal: AbortSignal | undefined,
): AsyncGenerator {
  let forMs = sender.retryForMs;
  for (let breaks = 1; ; breaks += 1) {
    const stream = await repeated(() => openLines(sender, next()), { forMs, signal });
    forMs = Number.POSITIVE_INFINITY;
    if (stream.nothingLeft) return;
    try {
      for await (const line of stream.lines) {
        breaks = 1;
        yield line;
      }
      yield endOfStream;
    } catch {
      signal?.throwIfAborted(); // else it broke off, and is resumed
    } finally {
      stream.close();
    }
    await pause(pauseMs(breaks), signal);
  }
}
