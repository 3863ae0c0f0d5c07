/** How a run looks from outside while it goes on and when it has ended: by queries, in lists and in Temporal’s own Web UI. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Failure } from '../../run/failures/errors.js';
import { fingerprintOf } from '../../run/failures/fingerprint.js';
import type { ViewLeg } from '../../run/legs.js';
import { tagIn, tagOf } from '../../run/search-attributes.js';
import { type Trouble, partlyParked, standingOf } from '../../run/standing.js';
import type { Change, Cleanup, Json, Run, RunEvent, RunStart, Step } from '../../run/steps.js';
import { wholeOf } from '../../steps/ends.js';
import type { Attempt } from '../legs/attempt.js';
import { eventsQuery, runQuery } from './messages.js';
import { meterRun, meterStep, meterTick } from './metering.js';

const statusKey = defineSearchAttributeKey('LonghaulStatus', 'KEYWORD');
const stepKey = defineSearchAttributeKey('LonghaulStep', 'KEYWORD');
const failureKey = defineSearchAttributeKey('LonghaulFailure', 'KEYWORD');
const tagsKey = defineSearchAttributeKey('LonghaulTags', 'KEYWORD_LIST');

/** The tags of the run, with the cause of its failure and no other. */
function tagsWith(fingerprint: string | undefined): string[] {
  const others = (workflowInfo().typedSearchAttributes.get(tagsKey) ?? []).filter(
    (tag) => tagIn([tag], 'fingerprint') === undefined,
  );
  return fingerprint === undefined ? others : [...others, tagOf('fingerprint', fingerprint)];
}

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
  /** What watchers have been told, for the next leg. */
  readonly told: () => ViewLeg;
}

/** What the run says about itself. */
export interface Viewed extends Pick<RunStart<unknown>, 'trigger' | 'lineage'> {
  readonly connection: string;
  readonly connections?: readonly string[];
  /** What it names that no other run does, for telling causes apart. */
  readonly names: readonly string[];
  readonly attempt: Attempt;
  /** As the leg before has told it. */
  readonly before?: { readonly view: ViewLeg; readonly steps: readonly Step[] } | undefined;
}

/** Answers queries from now on. */
export function createRunView(pipeline: string, viewed: Viewed): RunView {
  const { connection, connections = [], names, trigger, lineage, before } = viewed;
  const { runId, attemptId, startedAt } = viewed.attempt;
  const { status: stood = 'running', failure: failed } = before?.view.run ?? {};
  let run: Run = {
    runId,
    attemptId,
    pipeline,
    connection,
    ...(connections.length > 1 && { connections }),
    trigger,
    ...(lineage && { lineage }),
    status: stood,
    ...(failed && { failure: failed }),
    startedAt,
    steps: before?.steps ?? [],
  };
  const { note, told } = createEvents(before);
  if (before === undefined) {
    note({ type: 'run', run: { status: 'running' } });
    if (trigger.kind === 'schedule' && lineage === undefined) meterTick(pipeline, 'started');
  }
  setHandler(runQuery, () => run, { description: 'The run and its steps, now.' });
  const resolved = new Set<string>();
  let failing: Trouble | null = null;
  let shown = standingOf(run.steps, resolved).parked;

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
        key: tagsKey,
        value: tagsWith(failure && fingerprintOf({ pipeline, step: step && wholeOf(step), failure, names })),
      },
    ]);
    meterRun(run);
    const known = run.failure && { failure: run.failure };
    note({ type: 'run', run: { status, ...ended, ...known, ...(cleanup && { cleanup }) } });
    return run;
  };

  return {
    enter,
    run: () => run,
    told: () => told(run),
    show: (steps, changed) => {
      if (changed !== undefined) {
        note({ type: 'step', step: changed });
        resolved.delete(changed.name);
        meterStep(pipeline, changed, run.steps);
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

interface Noted {
  readonly change: Change;
  readonly number: number;
  readonly atMs: number;
}

/** Keeps every change with its time, of the legs before the last one of each step, and answers the query for them. */
function createEvents(before: Viewed['before']): {
  readonly note: (change: Change) => void;
  readonly told: (run: Run) => ViewLeg;
} {
  const changes: Noted[] = before === undefined ? [] : changesOf(before.view, before.steps);
  let count = before?.view.count ?? 0;
  const eventsAfter = (after: number): RunEvent[] =>
    changes.flatMap(({ change, number, atMs }) =>
      number > after ? [{ ...change, number, at: new Date(atMs).toISOString() }] : [],
    );
  setHandler(eventsQuery, eventsAfter, { description: 'Its changes after a number.' });
  return {
    note: (change) => {
      count += 1;
      changes.push({ change, number: count, atMs: Date.now() });
    },
    told: ({ status, failure }) => {
      const last = new Map(
        changes.flatMap(({ change, number, atMs }) =>
          change.type === 'step' ? [[change.step.name, [number, atMs] as const] as const] : [],
        ),
      );
      const { number = 1, atMs = 0 } = changes.findLast(({ change }) => change.type === 'run') ?? {};
      const standing = status === 'parked' ? ('parked' as const) : ('running' as const);
      const run = { status: standing, ...(failure && { failure }), number, atMs };
      return { count, run, steps: Object.fromEntries(last) };
    },
  };
}

/** What was told last of the run and of each step; whoever has not heard of it yet hears how they stand. */
function changesOf({ run: { number, atMs, ...run }, steps: told }: ViewLeg, steps: readonly Step[]): Noted[] {
  const ofSteps = steps.flatMap((step): Noted[] => {
    const at = told[step.name];
    return at === undefined ? [] : [{ change: { type: 'step', step }, number: at[0], atMs: at[1] }];
  });
  const all: Noted[] = [{ change: { type: 'run', run }, number, atMs }, ...ofSteps];
  return all.sort((one, other) => one.number - other.number);
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
