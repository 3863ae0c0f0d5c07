/** Starts, cancels and retries the runs of a trial, as callers and operators do. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LonghaulClient, PipelineInput, RunSummary } from '../client.js';
import type { PipelineName } from '../pipeline/inputs.js';
import type { Dice } from './dice.js';
import type { Stage } from './stage.js';
import type { PlannedRun } from './workload.js';

/** A run that a start was accepted for. */
export interface AcceptedRun {
  readonly planned: PlannedRun;
  readonly runId: string;
  readonly acceptedMs: number;
  cancelAsked: boolean;
  /** What its steps were parked for, each time that one was let try again. */
  readonly retried: string[];
  abortedFor: string | null;
}

const lookEveryMs = 250;
/** An operator does not try for ever. */
const mostRetries = 8;
/** An operator looks after what may pass by itself later than after the rest. */
const passesWithinMs = 15_000;

/** What a trial does with its runs. */
export interface RunsOptions {
  readonly dice: Dice;
  readonly planned: readonly PlannedRun[];
  /** So many at once. */
  readonly width: number;
  readonly cancels: number;
  /** Makes sick what a run has deployed that has ended. */
  readonly sicken: (runId: string) => Promise<void>;
}

/** The runs of one trial. */
export interface Runs {
  readonly accepted: readonly AcceptedRun[];
  /**
   * Starts all, `width` at a time; resolves when all of them have ended or are parked, or `mostMs` after the last could
   * be started, with the number of those that wait for the end of another one.
   */
  play(mostMs: number): Promise<number>;
  /** Lets parked steps try again until every run has ended; those that have not after `mostMs` are left. */
  settle(mostMs: number): Promise<void>;
}

export function createRuns(
  stage: Pick<Stage, 'longhaul' | 'connection'>,
  { dice, planned, width, cancels, sicken }: RunsOptions,
): Runs {
  const accepted: AcceptedRun[] = [];
  const prefix = planned[0]?.key.slice(0, planned[0].key.lastIndexOf('-')) ?? '';
  const open = (): Promise<RunSummary[]> => openRuns(stage, prefix);
  const begin = async (one: PlannedRun): Promise<void> => {
    const before = accepted.find(({ planned: { key } }) => key === one.after?.key);
    if (before !== undefined) await sicken(before.runId);
    const runId = await startRun(stage.longhaul, one, dice.chance(`twice ${one.key}`, 0.1));
    const run: AcceptedRun = {
      ...{ planned: one, runId, acceptedMs: Date.now(), cancelAsked: false, retried: [], abortedFor: null },
    };
    accepted.push(run);
    if (dice.chance(`cancel ${one.key}`, cancels))
      void delay(dice.between(`cancel ${one.key} after`, 0, 14_000)).then(() => cancel(stage.longhaul, run));
  };
  return {
    accepted,
    async play(mostMs) {
      const left = [...planned];
      let endMs = Number.POSITIVE_INFINITY;
      for (;;) {
        const standing = await open();
        const running = standing.filter(({ status }) => status === 'running').length;
        const free = left.filter((one) => mayBegin(one, standing, accepted));
        const next = free.slice(0, Math.max(0, width - running));
        for (const one of next) left.splice(left.indexOf(one), 1);
        await Promise.all(next.map(begin));
        if (free.length <= next.length) endMs = Math.min(endMs, Date.now() + mostMs);
        if ((next.length === 0 && running === 0) || Date.now() > endMs) return left.length;
        await delay(lookEveryMs);
      }
    },
    async settle(mostMs) {
      const beganMs = Date.now();
      for (;;) {
        const standing = await open();
        const sinceMs = Date.now() - beganMs;
        if (standing.length === 0 || sinceMs > mostMs) return;
        const parked = standing.filter(({ status }) => status === 'parked');
        await Promise.all(parked.map((one) => resolve(stage.longhaul, one, { accepted, sinceMs })));
        await delay(lookEveryMs);
      }
    },
  };
}

/** Runs of this trial that have not ended. A Temporal that is away just now is asked again. */
async function openRuns({ longhaul, connection }: Pick<Stage, 'longhaul' | 'connection'>, prefix: string) {
  for (;;)
    try {
      const open: RunSummary[] = [];
      for await (const run of longhaul.list({ connection, status: ['running', 'parked'] }))
        if (run.runId.includes(prefix)) open.push(run);
      return open;
    } catch {
      await delay(lookEveryMs);
    }
}

/** A start is repeated until it is answered; some callers repeat one that was answered, too. */
async function startRun(longhaul: LonghaulClient, one: PlannedRun, twice: boolean): Promise<string> {
  const input = one.input as PipelineInput<PipelineName>; // the door checks it
  const start = async (): Promise<string> => {
    for (;;)
      try {
        return (await longhaul.start(one.pipeline, input, { key: one.key })).runId;
      } catch (error) {
        if (!isPassing(error)) throw error;
        await delay(lookEveryMs);
      }
  };
  const [runId] = await Promise.all([start(), ...(twice ? [start()] : [])]);
  return runId;
}

/** Only Temporal being away passes; whatever else a start is answered is told. */
const isPassing = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'TEMPORAL_UNREACHABLE';

async function cancel(longhaul: LonghaulClient, run: AcceptedRun): Promise<void> {
  for (;;)
    try {
      await longhaul.cancel(run.runId, { reason: 'chaos', by: 'chaos' });
      run.cancelAsked = true;
      return;
    } catch (error) {
      if (!isPassing(error)) return; // it has ended
      await delay(lookEveryMs);
    }
}

/** Whether the run that it follows has been started and has ended, or will never be. */
function mayBegin(
  { after }: PlannedRun,
  standing: readonly RunSummary[],
  accepted: readonly AcceptedRun[],
): boolean {
  if (after === undefined) return true;
  const before = accepted.find(({ planned }) => planned.key === after.key);
  return before !== undefined && !standing.some(({ runId }) => runId === before.runId);
}

/** What an operator does about a parked step. */
async function resolve(
  longhaul: LonghaulClient,
  { runId, step = '', failure = '' }: RunSummary,
  { accepted, sinceMs }: { readonly accepted: readonly AcceptedRun[]; readonly sinceMs: number },
): Promise<void> {
  const run = accepted.find((one) => one.runId === runId);
  if (run === undefined || run.retried.length >= mostRetries) return;
  const isMeant = run.planned.ends.includes(`parked ${failure}`);
  // What asks for a person is done at once; whatever may pass is given the time to.
  if (!isMeant && sinceMs < passesWithinMs) return;
  if (isMeant) run.abortedFor = failure;
  else run.retried.push(failure);
  const action = isMeant ? ('abort' as const) : ('retry' as const);
  await longhaul
    .resolve(runId, { step, action, actor: 'chaos', reason: 'faults have stopped' })
    .catch(() => undefined); // it may go on by itself meanwhile
}
