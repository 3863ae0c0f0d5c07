/** One step of a run in one line: glyph, name, state, time, remote ids, and what it waits for. */
import type { Json, Progress, RemoteReference, Step } from '../../../run/steps.js';
import { showDuration, toSecond } from '../../terminal/duration.js';
import { chosenItem, outcomeText } from './outcome.js';
import { type Paint, type Style, cut, harmless } from '../../terminal/paint.js';
import type { Stretch } from './stretches.js';

type Status = Step['state']['status'];

const looks: Readonly<Record<Status, { readonly glyph: string; readonly style: Style }>> = {
  pending: { glyph: '·', style: 'dim' },
  running: { glyph: '▸', style: 'cyan' },
  waiting: { glyph: '▸', style: 'cyan' },
  reused: { glyph: '↺', style: 'green' },
  succeeded: { glyph: '✔', style: 'green' },
  skipped: { glyph: '–', style: 'dim' },
  parked: { glyph: '!', style: 'yellow' },
  failed: { glyph: '✖', style: 'red' },
  cancelled: { glyph: '⊘', style: 'yellow' },
};

/** Of a step that had begun when Temporal ended the run: nobody has told it of an end. */
const cutOff = { glyph: '✖', style: 'red', label: 'cut off' } as const;

/** Whether something of the step is under way. */
export const isMoving = ({ state }: Step): boolean =>
  state.status === 'running' || state.status === 'waiting';

export interface LineOptions {
  readonly paint: Paint;
  readonly nowMs: number;
  /** Shown instead of the glyph of a step under way: a frame of the spinner. */
  readonly spinner?: string;
  readonly nameWidth: number;
  /** Whether the run has ended. */
  readonly isOver?: boolean;
}

/** The line of one step. */
export function stepLine(step: Step, options: LineOptions): string {
  const { paint, nowMs, nameWidth } = options;
  const { mark, standing } = standingOf(step, options);
  const remark = remarkOf(step, nowMs);
  const references = step.references.filter(({ id }) => !remark.includes(id));
  const columns = [
    `${mark} ${step.name.padEnd(nameWidth)}`,
    standing,
    [itemText(step), ...references.map((reference) => paint('dim', showReference(reference))), remark]
      .filter((part) => part !== '')
      .join(paint('dim', ' · ')),
  ];
  return columns.join('  ').trimEnd();
}

/** The line of steps that stand alike: of the first, up to the last. */
export function stretchLine({ first, last, count }: Stretch, options: LineOptions): string {
  if (count === 1) return stepLine(first, options);
  const { paint, nameWidth } = options;
  const { glyph, style } = looks[first.state.status];
  const standing = paint(style, first.state.status.padEnd(9));
  return `${paint(style, glyph)} ${first.name.padEnd(nameWidth)}  ${standing}          to ${last.name}: ${count} items`;
}

/** How a step stands: its mark; and its state and how long it took, in columns. */
export function standingOf(
  step: Step,
  { paint, nowMs, spinner, isOver = false }: Omit<LineOptions, 'nameWidth'>,
): { readonly mark: string; readonly standing: string } {
  const { status } = step.state;
  const isCutOff = isOver && ['running', 'waiting', 'parked'].includes(status);
  const { glyph, style, label } = isCutOff ? cutOff : { ...looks[status], label: status };
  const shown = isMoving(step) && !isCutOff ? (spinner ?? glyph) : glyph;
  const elapsed = elapsedMs(step, nowMs);
  const took = (elapsed === null ? '' : showDuration(elapsed)).padStart(6);
  return { mark: paint(style, shown), standing: `${paint(style, label.padEnd(9))}  ${took}` };
}

/** What an item of a step is for, or the one that a step has chosen: `depth 4, rate 0.1`; empty for other steps. */
export function itemText(step: Pick<Step, 'item' | 'state'>): string {
  const item = step.item ?? chosenItem(step);
  if (item === undefined) return '';
  const fields =
    typeof item === 'object' && item !== null && !Array.isArray(item) ? Object.entries(item) : [];
  const text = fields.map(([name, value]) => `${name} ${asText(value)}`).join(', ');
  return cut(harmless(text === '' ? asText(item) : text), 60);
}

const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** `job 6561…`, as a person would look for it. */
export const showReference = ({ kind, id }: RemoteReference): string =>
  `${kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace('api', 'API')} ${harmless(id)}`;

/** How long the step took, or has been under way; `null` when it never began. */
export function elapsedMs({ state }: Step, nowMs: number): number | null {
  if (!('startedAt' in state)) return null;
  const endedMs = 'endedAt' in state ? Date.parse(state.endedAt) : nowMs;
  return endedMs - Date.parse(state.startedAt);
}

/** What there is to say of the state, in one line; empty where the state says all. */
export function remarkOf(step: Step, nowMs: number): string {
  const { state } = step;
  switch (state.status) {
    case 'waiting':
      return [progressOf(step, nowMs), `for ${harmless(state.waitingFor)}`].filter(Boolean).join(' · ');
    case 'running':
      return progressOf(step, nowMs);
    case 'parked':
    case 'failed':
      return `${state.failure.code}: ${firstLine(state.failure.message)}`;
    case 'skipped':
      return firstLine(state.reason);
    case 'succeeded':
    case 'reused':
      return [outcomeText(step), reuseText(step)].filter(Boolean).join(' · ');
    default:
      return '';
  }
}

const reuseText = ({ reuses }: Step): string => (reuses === undefined ? '' : `reused ${firstLine(reuses)}`);

const firstLine = (text: string): string => harmless(text.trim().split('\n', 1)[0] ?? '');

/** Temporal’s view of the effect under way: what the last look saw, or why the last try failed. */
function progressOf({ progress, state }: Step, nowMs: number): string {
  if (progress === undefined) return '';
  const nextMs = progress.nextAttemptAt === undefined ? 0 : Date.parse(progress.nextAttemptAt) - nowMs;
  const noun = state.status === 'waiting' ? 'look' : 'try';
  return [
    untakenLine(progress, noun),
    progress.message === undefined ? '' : firstLine(progress.message),
    progress.failingSince === undefined
      ? ''
      : `failing for ${showDuration(nowMs - Date.parse(progress.failingSince))}`,
    timesOf(progress, noun, nowMs),
    nextMs > 1_000 ? `next in ${showDuration(nextMs)}` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/** How often it was looked, or how long ago by a lookout. */
function timesOf(
  { attempt, lastAttemptAt, untakenSince }: Progress,
  noun: 'look' | 'try',
  nowMs: number,
): string {
  if (lastAttemptAt !== undefined && untakenSince === undefined)
    return `looked ${showDuration(Math.max(0, nowMs - Date.parse(lastAttemptAt)))} ago`;
  return attempt > 1 || noun === 'look' ? `${noun} ${attempt}` : '';
}

/** What follows is what the last one saw. */
function untakenLine({ untakenSince, lastAttemptAt }: Progress, noun: 'look' | 'try'): string {
  if (untakenSince === undefined) return '';
  const last = lastAttemptAt === undefined ? `no ${noun} yet` : `last ${noun} at ${toSecond(lastAttemptAt)}`;
  return `no worker of the connection has taken it since ${toSecond(untakenSince)}, ${last}`;
}
