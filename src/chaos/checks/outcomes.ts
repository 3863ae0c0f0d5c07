/** I5, I12 and I14: every accepted run ends once, as it would have ended undisturbed, in a small history. */
import type { TrialEvidence, RunRecord, Violation } from '../evidence.js';

/** Above these, a history would have to be continued as new. */
const largest = { events: 4_096, bytes: 4 * 1024 * 1024 };

/** What is over when it is over: nobody has to do anything about it. */
const passing = new Set([
  'CREDENTIALS_REJECTED',
  'PLATFORM_UNREACHABLE',
  'PLATFORM_UNAVAILABLE',
  'PLATFORM_THROTTLED',
  'ANSWER_LOST',
]);

/** Runs that ended otherwise than their inputs do, or not at all, or with help that they should not need. */
export function findWrongOutcomes({ runs }: TrialEvidence): Violation[] {
  const endsOf = endsAmong(runs);
  const ids = new Set<string>();
  return runs.flatMap((record): Violation[] => {
    const { runId, retried } = record;
    const again = ids.has(runId);
    ids.add(runId);
    if (again) return [{ rule: 'outcome', what: 'two starts with different keys gave one run', runId }];
    const helped = retried.find((code) => passing.has(code));
    return [
      ...endOf(record, endsOf(record)),
      ...sizeOf(record),
      ...(helped === undefined
        ? []
        : [{ rule: 'helped' as const, what: `it stayed parked for ${helped}, which had passed`, runId }]),
    ];
  });
}

/** How a run may end, once it is known how the run ended that it followed. */
export function endsAmong(runs: readonly RunRecord[]): (record: RunRecord) => readonly string[] {
  const byKey = new Map(runs.map((record) => [record.planned.key, record]));
  return ({ planned: { after, ends } }) =>
    after !== undefined && byKey.get(after.key)?.run?.status === 'succeeded' ? after.ends : ends;
}

function endOf(record: RunRecord, ends: readonly string[]): Violation[] {
  const { runId, run, cancelAsked, retried, abortedFor } = record;
  if (run === null)
    return [{ rule: 'outcome', what: 'its start was accepted, and there is no such run', runId }];
  const { failure } = run;
  const why = failure === undefined ? '' : ` (${failure.code} at ${failure.step ?? '?'}: ${failure.message})`;
  switch (run.status) {
    case 'running':
      return [{ rule: 'stuck', what: `it still runs: ${progressOf(record)}`, runId }];
    case 'parked':
      return [
        {
          rule: 'stuck',
          what: `it is still parked${retried.length === 0 ? '' : ` after ${retried.length} retries`}${why}`,
          runId,
        },
      ];
    case 'cancelled':
      return cancelAsked ? [] : [{ rule: 'outcome', what: 'it was cancelled, and nobody had asked', runId }];
    case 'succeeded':
    case 'failed':
    case 'terminated':
    case 'timed-out': {
      const code = failure?.code === 'ABORTED' ? `parked ${abortedFor ?? ''}` : (failure?.code ?? 'failed');
      const end = run.status === 'failed' ? code : run.status;
      if (ends.includes(end)) return [];
      return [{ rule: 'outcome', what: `it ended as ${end} instead of ${ends.join(' or ')}${why}`, runId }];
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
