/** A run as a tree of its steps. Pure: the same run at the same moment gives the same lines. */
import { usedBy } from '../../../run/documents/documents.js';
import type { Lineage, Run, RunStatus } from '../../../run/steps.js';
import { sayUnserved } from '../../../run/unserved.js';
import { showDuration } from '../../terminal/duration.js';
import { type Paint, type Style, harmless } from '../../terminal/paint.js';
import { notesOf } from './outcome.js';
import { stretchLine } from './step-line.js';
import { stretchesOf } from './stretches.js';

const styles: Readonly<Record<RunStatus, Style>> = {
  running: 'cyan',
  parked: 'yellow',
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  terminated: 'red',
  'timed-out': 'red',
};

/** A status in its colour. */
export const showStatus = (paint: Paint, status: RunStatus, width = 0): string =>
  paint(styles[status], status.padEnd(width));

const sayStopping = 'it was asked to stop, and is stopping what it has running';

/** How long the run took, or has been going on. */
export const runElapsedMs = ({ startedAt, endedAt }: Pick<Run, 'startedAt' | 'endedAt'>, nowMs: number) =>
  (endedAt === undefined ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt);

export interface TreeOptions {
  readonly paint: Paint;
  readonly nowMs: number;
  /** A frame of the spinner, for steps under way. */
  readonly spinner?: string;
}

/** The run in a line, and each of its steps in one; of very many items, those in one that stand alike. */
export function treeLines(run: Run, options: TreeOptions): string[] {
  const nameWidth = Math.max(0, ...run.steps.map(({ name }) => name.length));
  return framed(run, options, (moment) =>
    stretchesOf(run.steps).map((stretch) => `  ${stretchLine(stretch, { ...moment, nameWidth })}`),
  );
}

/** What is drawn of a run, below the run in a line and above what there is to note. */
export function framed(
  run: Run,
  options: TreeOptions,
  draw: (options: TreeOptions & { readonly isOver: boolean }) => readonly string[],
): string[] {
  const { paint } = options;
  const isOver = run.endedAt !== undefined;
  const nowMs = run.endedAt === undefined ? options.nowMs : Date.parse(run.endedAt);
  const heading = [
    paint('bold', run.runId),
    showStatus(paint, run.status),
    showDuration(runElapsedMs(run, nowMs)),
    `on ${usedBy(run).join(', ')}`,
    `by ${run.trigger.kind}${run.trigger.by === undefined ? '' : ` ${harmless(run.trigger.by)}`}`,
  ];
  return [
    heading.join('  '),
    ...(run.lineage === undefined
      ? []
      : [`  attempt ${run.lineage.number}, ${sayLineage(run.lineage, run.runId)}`]),
    ...draw({ ...options, nowMs, isOver }),
    ...run.steps.flatMap(notesOf).map((note) => `  ${paint('yellow', `note: ${note}`)}`),
    ...(run.stopping === undefined ? [] : [`  ${paint('yellow', `note: ${sayStopping}`)}`]),
    ...(run.notice === undefined ? [] : [`  ${paint('yellow', `note: ${harmless(run.notice)}`)}`]),
    ...unservedLines(run).map((line) => paint('yellow', line)),
  ];
}

/** What no worker does, and the command that starts one. Left out: what was so `before`. */
export function unservedLines({ unserved }: Pick<Run, 'unserved'>, before: Run | null = null): string[] {
  if (unserved === undefined) return [];
  const known = new Set((before?.unserved ? sayUnserved(before.unserved) : []).map(({ what }) => what));
  return sayUnserved(unserved)
    .filter(({ what }) => !known.has(what))
    .flatMap(({ what, next }) => [`  note: ${what}`, `  next: ${next}`]);
}

/** Who has replayed a run, or another one of which it is a fork, and why. */
export const sayLineage = ({ of, by, reason, plan, campaign }: Lineage, runId: string): string =>
  `${of.runId === runId ? 'replayed' : `forked from ${harmless(of.runId)}`} by ${harmless(by)}: ${harmless(reason)} (plan ${plan}${campaign === undefined ? '' : `, campaign ${harmless(campaign)}`})`;
