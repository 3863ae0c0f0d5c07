/** Follows a run to its end and shows it on the way: as a tree, as lines, or only where it needs a person. */
import { setTimeout as delay } from 'node:timers/promises';
import type { LonghaulClient } from '../../../client.js';
import { awaitedApprovals } from '../../../run/approvals/approvals.js';
import { LonghaulError } from '../../../run/failures/errors.js';
import type { Run } from '../../../run/steps.js';
import { approvalLines } from './approval-lines.js';
import { changeLines } from './changes.js';
import { showDuration } from '../../terminal/duration.js';
import { parkedLines } from './ending.js';
import { exitCodes } from '../../exit-codes.js';
import { type Interruption, interruptible } from '../../interruption.js';
import { openLiveView } from './live-view.js';
import { Stop } from '../../stop.js';
import { harmless } from '../../terminal/paint.js';
import { foldLine } from '../../terminal/table.js';
import type { Terminal } from '../../terminal/terminal.js';
import { type TreeOptions, treeLines, unservedLines } from './tree.js';

export interface FollowOptions {
  readonly terminal: Terminal;
  /** `progress`: a live tree on a terminal, a line per change elsewhere. `notices`: only what waits for a person. */
  readonly show: 'progress' | 'notices';
  /** What a terminal shows of the run; left out, its tree. */
  readonly draw?: (run: Run, options: TreeOptions) => string[];
  readonly timeoutMs?: number | undefined;
  /** Of a command that takes the signals itself. */
  readonly interruption?: Interruption;
  /** Told of every change. */
  readonly changed?: ((run: Run) => void) | undefined;
}

/** How long Temporal may be out of reach before following gives up: a restart of it is no reason to. */
const patienceMs = 120_000;
const retryMs = 2_000;
const frameMs = 120;
const longestTimerMs = 2 ** 31 - 1;
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/**
 * Resolves with the run when it has ended.
 *
 * @throws Stop `waitExpired` when the time is over, or by the signal that interrupted it; the run goes on.
 */
export async function followRun(client: LonghaulClient, runId: string, options: FollowOptions): Promise<Run> {
  const { terminal, timeoutMs } = options;
  const goesOn = `the run goes on; follow it with \`longhaul run watch ${runId}\``;
  const own = options.interruption === undefined ? interruptible(goesOn) : undefined;
  const interrupted = (options.interruption ?? own)?.rejected ?? new Promise<never>(() => undefined);
  const view = openView(options);
  const timer = new AbortController();
  const expired = (async (): Promise<never> => {
    await delay(Math.min(timeoutMs ?? longestTimerMs, longestTimerMs), undefined, { signal: timer.signal });
    throw new Stop(
      exitCodes.waitExpired,
      `${runId} has not ended within ${showDuration(timeoutMs ?? 0)}; ${goesOn}`,
    );
  })();
  expired.catch(() => undefined); // also when it is cleared, after the run has ended
  const runs = patiently(client, runId, timer.signal, (text) => terminal.say(text));
  try {
    for (;;) {
      const next = await Promise.race([runs.next(), expired, interrupted]);
      if (next.done === true)
        throw new Stop(exitCodes.error, `${runId} cannot be followed any longer; ${goesOn}`);
      options.changed?.(next.value);
      view.show(next.value);
      if (next.value.endedAt !== undefined) return next.value;
    }
  } finally {
    timer.abort();
    view.done();
    own?.release();
  }
}

async function* patiently(
  client: LonghaulClient,
  runId: string,
  over: AbortSignal,
  say: (text: string) => void,
): AsyncGenerator<Run> {
  let failingSinceMs: number | null = null;
  for (;;) {
    try {
      for await (const run of client.watch(runId)) {
        failingSinceMs = null;
        yield run;
      }
      return;
    } catch (error) {
      if (over.aborted) return;
      const isOutOfReach = error instanceof LonghaulError && error.code === 'TEMPORAL_UNREACHABLE';
      if (!isOutOfReach || Date.now() - (failingSinceMs ?? Date.now()) > patienceMs) throw error;
      if (failingSinceMs === null) say(`${error.message}. Still trying; the run itself is safe.`);
      failingSinceMs ??= Date.now();
      await delay(retryMs);
    }
  }
}

interface View {
  show(run: Run): void;
  done(): void;
}

function openView({ terminal, show, draw = treeLines }: FollowOptions): View {
  if (show === 'notices') return openLines(terminal, () => []);
  return terminal.isLive ? openLive(terminal, draw) : openLines(terminal, changeLines);
}

/** While no worker answers, the steps that were last seen are better than none. */
const withSteps = (run: Run, last: Run | null): Run =>
  run.steps.length === 0 && last !== null ? { ...run, steps: last.steps } : run;

function openLive(terminal: Terminal, linesOf: NonNullable<FollowOptions['draw']>): View {
  const live = openLiveView(terminal);
  const paint = terminal.paintProgress;
  let last: Run | null = null;
  let frame = 0;
  const draw = (): void => {
    if (last === null) return;
    const spinner = frames[(frame += 1) % frames.length] ?? '▸';
    const wanted = [...parkedLines(last), ...approvalLines(last, Date.now())];
    const advice = wanted.flatMap((line) => foldLine(line, terminal.columns() - 1));
    live.show(
      linesOf(last, { paint, nowMs: Date.now(), spinner }),
      advice.map((line) => paint('yellow', line)),
    );
  };
  const timer = setInterval(draw, frameMs);
  return {
    show: (run) => {
      last = withSteps(run, last);
      draw();
    },
    done: () => {
      clearInterval(timer);
      draw();
      live.done();
    },
  };
}

function openLines(
  terminal: Terminal,
  linesOf: (before: Run | null, after: Run, nowMs: number) => readonly string[],
): View {
  let last: Run | null = null;
  return {
    show: (run) => {
      const before = last;
      last = withSteps(run, last);
      const parked = parkedLines(last, before);
      const known = before === null ? 0 : awaitedApprovals(before).length;
      const asked = awaitedApprovals(last).length > known ? approvalLines(last, Date.now()) : [];
      const notice =
        last.notice !== undefined && last.notice !== before?.notice
          ? [`  note: ${harmless(last.notice)}`]
          : [];
      const unserved = unservedLines(last, before);
      for (const line of [...linesOf(before, last, Date.now()), ...notice, ...unserved, ...parked, ...asked])
        terminal.say(line);
    },
    done: () => undefined,
  };
}
