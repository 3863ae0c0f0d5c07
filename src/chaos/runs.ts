/** Starts, cancels and retries the runs of a trial, as callers and operators do. */
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { LonghaulClient, RunSummary } from '../client.js';
import type { Dice } from './dice.js';
import type { Stage } from './stage.js';
import type { WorkloadRun } from './workload.js';

/** A run that a start was accepted for. */
export interface AcceptedRun {
  readonly planned: WorkloadRun;
  readonly runId: string;
  readonly acceptedMs: number;
  cancelAsked: boolean;
  /** What its steps were parked for, each time that one was let try again. */
  readonly retried: string[];
  abortedFor: string | null;
}

const lookEveryMs = 250;
/** What may pass by itself is left to pass for this long after it was seen parked; then an operator looks after it. */
const passesWithinMs = 15_000;

/** What a trial does with its runs. */
export interface RunsOptions {
  readonly dice: Dice;
  readonly planned: readonly WorkloadRun[];
  /** So many at once. */
  readonly width: number;
  readonly cancels: number;
  readonly cancelledWithinMs: number;
  /** An operator does not try more often. */
  readonly retries: number;
  /** Makes sick what a run has deployed that has ended. */
  readonly sicken: (runId: string) => Promise<void>;
}

/** The runs of one trial. */
export interface Runs {
  readonly accepted: readonly AcceptedRun[];
  /** Runs that were not begun so far: they follow others, which have not ended. */
  readonly unbegun: readonly WorkloadRun[];
  /**
   * Starts all, `width` at a time; resolves when all of them have ended or are parked, or `mostMs` after the last could
   * be started. Those that wait for the end of another one are left to `settle`.
   */
  play(mostMs: number): Promise<void>;
  /**
   * Begins what was left, and lets parked steps try again, until every run has ended. A slow machine has all the time
   * that it needs as long as runs come on; what is open when none did for `standstillMs` is left.
   */
  settle(standstillMs: number): Promise<void>;
}

export function createRuns(
  stage: Pick<Stage, 'longhaul' | 'client'>,
  { dice, planned, width, cancels, cancelledWithinMs, retries, sicken }: RunsOptions,
): Runs {
  const accepted: AcceptedRun[] = [];
  const open = createLooks(stage, accepted);
  const begin = async (one: WorkloadRun): Promise<void> => {
    const before = accepted.find(({ planned: { key } }) => key === one.after?.key);
    if (before !== undefined) await sicken(before.runId);
    const runId = await startRun(stage.longhaul, one, dice.chance(`twice ${one.key}`, 0.1));
    const run: AcceptedRun = {
      ...{ planned: one, runId, acceptedMs: Date.now(), cancelAsked: false, retried: [], abortedFor: null },
    };
    accepted.push(run);
    if (dice.chance(`cancel ${one.key}`, cancels))
      void delay(dice.between(`cancel ${one.key} after`, 0, cancelledWithinMs)).then(() =>
        cancel(stage.longhaul, run),
      );
  };
  const left = [...planned];
  /** Begins as many as may begin; the number of those, and of those that could not for want of room. */
  const beginNext = async (standing: readonly Standing[]): Promise<{ begun: number; waiting: number }> => {
    const running = standing.filter(({ status }) => status === 'running').length;
    const free = left.filter((one) => mayBegin(one, standing, accepted));
    const next = free.slice(0, Math.max(0, width - running));
    for (const one of next) left.splice(left.indexOf(one), 1);
    await Promise.all(next.map(begin));
    return { begun: next.length, waiting: free.length - next.length };
  };
  return {
    accepted,
    unbegun: left,
    async play(mostMs) {
      let endMs = Number.POSITIVE_INFINITY;
      for (;;) {
        const standing = await open();
        const { begun, waiting } = await beginNext(standing);
        if (waiting === 0) endMs = Math.min(endMs, Date.now() + mostMs);
        const isQuiet = begun === 0 && standing.every(({ status }) => status === 'parked');
        if (isQuiet || Date.now() > endMs) return;
        await delay(lookEveryMs);
      }
    },
    async settle(standstillMs) {
      const operator = createOperator(stage.longhaul, { accepted, retries });
      let last = { state: '', atMs: Date.now() };
      for (;;) {
        const standing = await open();
        const { begun } = await beginNext(standing);
        if (standing.length === 0 && begun === 0) return;
        const state = stateOf(standing, accepted);
        if (state !== last.state) last = { state, atMs: Date.now() };
        if (Date.now() - last.atMs > standstillMs) return;
        if (retries === 0 && begun === 0 && standing.every(({ status }) => status === 'parked')) return;
        await operator.attend(standing);
        await delay(lookEveryMs);
      }
    },
  };
}

/** How runs stand: another text whenever one began, parked, went on or ended. */
const stateOf = (standing: readonly Standing[], accepted: readonly AcceptedRun[]): string =>
  JSON.stringify([
    accepted.map(({ retried }) => retried.length),
    standing.map(({ runId, status, step }) => `${runId} ${status} ${step ?? ''}`).sort(),
  ]);

/** How a run stands, as far as it decides what happens next. */
type Standing = Pick<RunSummary, 'runId' | 'status' | 'step' | 'failure'>;

/**
 * Looks at which runs of a trial have not ended. A list may lag behind, so one that it does not have is asked for
 * itself, until it has ended. A Temporal that is away just now is asked again.
 */
function createLooks(
  { longhaul, client }: Pick<Stage, 'longhaul' | 'client'>,
  accepted: readonly AcceptedRun[],
): () => Promise<Standing[]> {
  const ended = new Set<string>();
  const look = async (): Promise<Standing[]> => {
    const listed = new Map<string, Standing>();
    for await (const run of longhaul.list({ status: ['running', 'parked'] })) listed.set(run.runId, run);
    const open: Standing[] = [];
    for (const { runId } of accepted) {
      if (ended.has(runId)) continue;
      const run = listed.get(runId);
      if (run !== undefined) open.push(run);
      else if (await isRunning(client, runId)) open.push({ runId, status: 'running' });
      else ended.add(runId);
    }
    return open;
  };
  return async () => {
    for (;;)
      try {
        return await look();
      } catch {
        await delay(lookEveryMs);
      }
  };
}

async function isRunning(client: Stage['client'], runId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(runId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** A start is repeated until it is answered; some callers repeat one that was answered, too. */
async function startRun(longhaul: LonghaulClient, one: WorkloadRun, twice: boolean): Promise<string> {
  const start = async (): Promise<string> => {
    for (;;)
      try {
        return (await longhaul.startPipeline(one.pipeline, one.input, { key: one.key })).runId;
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
  { after }: WorkloadRun,
  standing: readonly Standing[],
  accepted: readonly AcceptedRun[],
): boolean {
  if (after === undefined) return true;
  const before = accepted.find(({ planned }) => planned.key === after.key);
  return before !== undefined && !standing.some(({ runId }) => runId === before.runId);
}

/** An operator ends what is meant to park, and lets everything else that stays parked try again. */
function createOperator(
  longhaul: LonghaulClient,
  { accepted, retries }: { readonly accepted: readonly AcceptedRun[]; readonly retries: number },
) {
  const parkedAtMs = new Map<string, number>();
  const attendTo = async ({ runId, step = '', failure = '' }: Standing): Promise<void> => {
    const run = accepted.find((one) => one.runId === runId);
    if (run === undefined || run.retried.length >= retries) return;
    const isMeant = run.planned.ends.includes(`parked ${failure}`);
    const atMs = parkedAtMs.get(runId) ?? Date.now();
    parkedAtMs.set(runId, atMs);
    // What asks for a person is done at once; whatever may pass is given the time to, anew after each retry.
    if (!isMeant && Date.now() - atMs < passesWithinMs) return;
    parkedAtMs.delete(runId);
    if (isMeant) run.abortedFor = failure;
    else run.retried.push(failure);
    const action = isMeant ? ('abort' as const) : ('retry' as const);
    await longhaul
      .resolve(runId, { step, action, actor: 'chaos', reason: 'faults have stopped' })
      .catch(() => undefined); // it may go on by itself meanwhile
  };
  return {
    attend: async (standing: readonly Standing[]): Promise<void> => {
      const parked = standing.filter(({ status }) => status === 'parked');
      for (const runId of parkedAtMs.keys())
        if (!parked.some((one) => one.runId === runId)) parkedAtMs.delete(runId);
      await Promise.all(parked.map(attendTo));
    },
  };
}
