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
  retries: number;
}

const lookEveryMs = 250;
/** An operator does not try for ever. */
const mostRetries = 8;

/** What a trial does with its runs. */
export interface RunsOptions {
  readonly dice: Dice;
  readonly planned: readonly PlannedRun[];
  /** So many at once. */
  readonly width: number;
  readonly cancels: number;
}

/** The runs of one trial. */
export interface Runs {
  readonly accepted: readonly AcceptedRun[];
  /** Starts all, `width` at a time; resolves when all of them have ended or are parked, or after `mostMs`. */
  play(mostMs: number): Promise<void>;
  /** Lets parked steps try again until every run has ended; those that have not after `mostMs` are left. */
  settle(mostMs: number): Promise<void>;
}

export function createRuns(
  stage: Pick<Stage, 'longhaul' | 'connection'>,
  { dice, planned, width, cancels }: RunsOptions,
): Runs {
  const accepted: AcceptedRun[] = [];
  const prefix = planned[0]?.key.slice(0, planned[0].key.lastIndexOf('-')) ?? '';
  const open = (): Promise<RunSummary[]> => openRuns(stage, prefix);
  const begin = async (one: PlannedRun): Promise<void> => {
    const runId = await startRun(stage.longhaul, one, dice.chance(`twice ${one.key}`, 0.1));
    const run: AcceptedRun = { planned: one, runId, acceptedMs: Date.now(), cancelAsked: false, retries: 0 };
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
        const running = (await open()).filter(({ status }) => status === 'running').length;
        const next = left.splice(0, Math.max(0, width - running));
        await Promise.all(next.map(begin));
        if (left.length === 0) endMs = Math.min(endMs, Date.now() + mostMs);
        if ((left.length === 0 && next.length === 0 && running === 0) || Date.now() > endMs) return;
        await delay(lookEveryMs);
      }
    },
    async settle(mostMs) {
      const endMs = Date.now() + mostMs;
      for (;;) {
        const standing = await open();
        if (standing.length === 0 || Date.now() > endMs) return;
        const parked = standing.filter(({ status }) => status === 'parked');
        await Promise.all(parked.map((one) => retry(stage.longhaul, one, accepted)));
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

async function retry(
  longhaul: LonghaulClient,
  { runId, step = '' }: RunSummary,
  accepted: readonly AcceptedRun[],
): Promise<void> {
  const run = accepted.find((one) => one.runId === runId);
  if (run === undefined || run.retries >= mostRetries) return;
  run.retries += 1;
  await longhaul
    .resolve(runId, { step, action: 'retry', actor: 'chaos', reason: 'faults have stopped' })
    .catch(() => undefined); // it may go on by itself meanwhile
}
