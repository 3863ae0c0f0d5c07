/** A pause: for a while, or until a time. A timer of the workflow waits, so that it outlasts every worker. */
import { longestDurationMs, parseDuration } from '../run/schedules/durations.js';
import { parseInstant } from '../run/schedules/instants.js';
import { defineStep } from './define.js';
import { fail } from './failures.js';

/** How long, such as `2h`, from the moment at which the step begins; or until when, in ISO 8601 with its offset. */
export type PauseSpec = { readonly for: string } | { readonly until: string };

/** When it was over, or should have been: ISO 8601, UTC. */
export type PauseOutput = { readonly until: string };

export const pause = defineStep<PauseSpec, PauseOutput>({
  kind: 'pause',
  // Whoever skips it has nothing to say.
  holds: {},
  mayHold: { until: 'a text' },
  perform: (step, spec) => {
    const leftMs = 'for' in spec ? parseDuration(spec.for) : leftUntil(spec.until);
    if (leftMs === null || leftMs > longestDurationMs)
      throw fail({
        code: 'EXPRESSION_FAILED',
        message: `it would pause ${sayPause(spec)}, which is no time within a year from now`,
      });
    const until = new Date(Date.now() + leftMs).toISOString();
    if (leftMs <= 0) return Promise.resolve({ until });
    step.waiting('for' in spec ? `${spec.for} to pass, until ${until}` : `${until} to come`);
    return step.pause(leftMs).then((over) => ({ until: over }));
  },
});

function leftUntil(text: string): number | null {
  const untilMs = parseInstant(text);
  return untilMs === null ? null : untilMs - Date.now();
}

const sayPause = (spec: PauseSpec): string => ('for' in spec ? `for ${spec.for}` : `until ${spec.until}`);
