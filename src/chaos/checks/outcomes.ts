/** I5, I12 and I14: every accepted run ends once, as it would have ended undisturbed, in a small history. */
import type { Evidence, RunRecord, Violation } from '../evidence.js';

/** Above these, a history would have to be continued as new. */
const largest = { events: 4_096, bytes: 4 * 1024 * 1024 };

/** Runs that ended otherwise than their inputs do, or not at all. */
export function findWrongOutcomes({ runs }: Evidence): Violation[] {
  const ids = new Set<string>();
  return runs.flatMap((record): Violation[] => {
    const { runId } = record;
    const again = ids.has(runId);
    ids.add(runId);
    if (again) return [{ rule: 'outcome', what: 'two starts with different keys gave one run', runId }];
    return [...endOf(record), ...sizeOf(record)];
  });
}

function endOf(record: RunRecord): Violation[] {
  const { runId, run, planned, cancelAsked } = record;
  if (run === null)
    return [{ rule: 'outcome', what: 'its start was accepted, and there is no such run', runId }];
  const why =
    run.failure === undefined
      ? ''
      : ` (${run.failure.code} at ${run.failure.step ?? '?'}: ${run.failure.message})`;
  switch (run.status) {
    case 'running':
      return [{ rule: 'stuck', what: `it still runs: ${progressOf(record)}`, runId }];
    case 'parked':
      return [{ rule: 'stuck', what: `it is still parked after ${record.retries} retries${why}`, runId }];
    case 'cancelled':
      return cancelAsked ? [] : [{ rule: 'outcome', what: 'it was cancelled, and nobody had asked', runId }];
    case 'succeeded':
    case 'failed':
    case 'terminated':
    case 'timed-out': {
      const end = run.status === 'failed' ? (run.failure?.code ?? 'failed') : run.status;
      if (planned.ends.includes(end)) return [];
      return [
        { rule: 'outcome', what: `it ended as ${end} instead of ${planned.ends.join(' or ')}${why}`, runId },
      ];
    }
  }
}

function progressOf({ run }: RunRecord): string {
  const step = run?.steps.find(({ state }) => ['running', 'waiting'].includes(state.status));
  const { effect = '?', attempt = 0, message = '' } = step?.progress ?? {};
  return `${step?.name ?? 'no step'}, ${effect}, try ${attempt} ${message}`;
}

function sizeOf({ runId, history, historyBytes }: RunRecord): Violation[] {
  if (history.length < largest.events && historyBytes < largest.bytes) return [];
  return [{ rule: 'bounds', what: `its history has ${history.length} events, ${historyBytes} bytes`, runId }];
}
