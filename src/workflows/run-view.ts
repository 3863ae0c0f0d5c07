/** How a run looks from outside while it goes on and when it has ended: by queries, in lists and in Temporal’s own Web UI. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Failure } from '../pipeline/errors.js';
import { fingerprintOf } from '../pipeline/fingerprint.js';
import { type Trouble, partlyParked, standingOf } from '../pipeline/standing.js';
import type { Change, Cleanup, Json, Run, RunEvent, RunStart, Step } from '../pipeline/steps.js';
import { wholeOf } from '../steps/ends.js';
import { eventsQuery, runQuery } from './messages.js';

const statusKey = defineSearchAttributeKey('LonghaulStatus', 'KEYWORD');
const stepKey = defineSearchAttributeKey('LonghaulStep', 'KEYWORD');
const failureKey = defineSearchAttributeKey('LonghaulFailure', 'KEYWORD');
const fingerprintKey = defineSearchAttributeKey('LonghaulFingerprint', 'KEYWORD');

interface RunChange {
  readonly step?: string | undefined;
  readonly failure?: Failure;
  readonly cleanup?: Cleanup;
  readonly result?: Json;
}

export interface RunView {
  /** Announces a change of the whole run, by search attributes too. */
  enter(status: Run['status'], change: RunChange): Run;
  /** Announces how the run stands by its steps now, where that is news; a step that was just resolved goes on. */
  stand(resolved?: string): Run;
  /** The run will fail by this when what goes on has ended: shown from the next `stand` on. */
  fail(trouble: Trouble): void;
  readonly show: (steps: readonly Step[], changed?: Step) => void;
  readonly run: () => Run;
}

/** What the run says about itself. */
export interface Viewed extends Pick<RunStart<unknown>, 'trigger' | 'lineage'> {
  readonly connection: string;
  readonly connections?: readonly string[];
  /** What it names that no other run does, for telling causes apart. */
  readonly names: readonly string[];
}

/** Answers queries from now on. */
export function createRunView(
  pipeline: string,
  { connection, connections = [], names, trigger, lineage }: Viewed,
): RunView {
  const { workflowId: runId, runId: attemptId, startTime } = workflowInfo();
  let run: Run = {
    runId,
    attemptId,
    pipeline,
    connection,
    ...(connections.length > 1 && { connections }),
    trigger,
    ...(lineage && { lineage }),
    status: 'running',
    startedAt: startTime.toISOString(),
    steps: [],
  };
  const note = createEvents();
  note({ type: 'run', run: { status: 'running' } });
  setHandler(runQuery, () => run, { description: 'The run and its steps, now.' });
  const resolved = new Set<string>();
  let failing: Trouble | null = null;
  let shown: Trouble | null = null;

  const enter: RunView['enter'] = (status, { step = lastStep(run.steps), failure, cleanup, result }) => {
    const ended = status === 'running' || status === 'parked' ? {} : { endedAt: new Date().toISOString() };
    const { failure: _, ...rest } = run;
    run = {
      ...rest,
      ...ended,
      status,
      ...(failure && { failure: step === undefined ? failure : { ...failure, step } }),
      ...(cleanup && { cleanup }),
      ...(result !== undefined && { result }),
    };
    const isPartlyParked = status === 'running' && failure !== undefined && failing === null;
    upsertSearchAttributes([
      { key: statusKey, value: isPartlyParked ? partlyParked : status },
      { key: stepKey, value: step ?? null },
      { key: failureKey, value: failure?.code ?? null },
      {
        key: fingerprintKey,
        value: failure ? fingerprintOf({ pipeline, step: step && wholeOf(step), failure, names }) : null,
      },
    ]);
    const known = run.failure && { failure: run.failure };
    note({ type: 'run', run: { status, ...ended, ...known, ...(cleanup && { cleanup }) } });
    return run;
  };

  return {
    enter,
    run: () => run,
    show: (steps, changed) => {
      if (changed !== undefined) {
        note({ type: 'step', step: changed });
        resolved.delete(changed.name);
      }
      run = { ...run, steps };
      setCurrentDetails(detailsOf(steps));
    },
    stand: (step) => {
      if (step !== undefined) resolved.add(step);
      const { status, parked } = standingOf(run.steps, resolved);
      const trouble = failing ?? parked;
      if (status === run.status && trouble?.failure === shown?.failure) return run;
      shown = trouble;
      return enter(status, trouble ?? {});
    },
    fail: (trouble) => {
      failing = trouble;
    },
  };
}

/** Keeps every change with its time, and answers the query for them. */
function createEvents(): (change: Change) => void {
  const changes: { readonly change: Change; readonly atMs: number }[] = [];
  const eventsAfter = (after: number): RunEvent[] =>
    changes.slice(after).map(({ change, atMs }, index) => ({
      ...change,
      number: after + index + 1,
      at: new Date(atMs).toISOString(),
    }));
  setHandler(eventsQuery, eventsAfter, { description: 'Its changes after a number.' });
  return (change) => void changes.push({ change, atMs: Date.now() });
}

/** The last step that has begun or brought along an output: the others were left out, or not reached. */
const lastStep = (steps: readonly Step[]): string | undefined =>
  steps.findLast(({ tries, state }) => tries > 0 || 'output' in state)?.name;

/** The steps in words, for Temporal's own Web UI; of items, those that have not succeeded and have begun. */
const detailsOf = (steps: readonly Step[]): string =>
  steps
    .filter(({ item, state }) => item === undefined || !quiet.includes(state.status))
    .map(({ name, state }, index) => {
      const more =
        state.status === 'waiting'
          ? `: ${state.waitingFor}`
          : 'failure' in state
            ? `: ${state.failure.message}`
            : '';
      return `${index + 1}. ${name} **${state.status}**${more}`;
    })
    .join('\n');

const quiet: readonly string[] = ['pending', 'succeeded', 'reused'];
