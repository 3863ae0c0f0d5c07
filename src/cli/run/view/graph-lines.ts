/** A run as the graph of its pipeline: its steps in their layers, and the items of a step beneath it. Pure. */
import type { Graph } from '../../../pipelines/document/graph.js';
import type { Run, Step } from '../../../run/steps.js';
import { itemOf } from '../../../steps/ends.js';
import { harmless } from '../../terminal/paint.js';
import { type LaneRow, laneRows } from './lanes.js';
import { isMoving, itemText, remarkOf, standingOf } from './step-line.js';
import { type TreeOptions, framed } from './tree.js';

export interface GraphOptions extends TreeOptions {
  /** Of the pipeline. */
  readonly graph: Graph;
}

interface Drawing extends GraphOptions {
  readonly isOver: boolean;
  readonly steps: readonly Step[];
  readonly nameWidth: number;
}

/** The run in a line, and its graph from top to bottom; a step that the run does not tell of has no state. */
export function graphLines(run: Run, { graph, ...options }: GraphOptions): string[] {
  const { steps } = run;
  const names = [
    ...graph.nodes.map(({ name }) => name),
    ...steps.flatMap((step) => (step.item === undefined ? [] : [`  ${itemText(step)}`])),
  ];
  const nameWidth = Math.max(0, ...names.map(({ length }) => length));
  return framed(run, options, (moment) => {
    const drawing: Drawing = { ...moment, graph, steps, nameWidth };
    return ['', ...laneRows(graph).flatMap((row) => rowLines(row, drawing))];
  });
}

function rowLines(row: LaneRow, drawing: Drawing): string[] {
  const { paint, steps, nameWidth } = drawing;
  if (row.kind === 'between') return [`  ${paint('dim', row.lanes)}`];
  const { name, before, after, below } = row;
  const step = steps.find((one) => one.name === name);
  if (step === undefined) return [`  ${paint('dim', `${before}·${after}`)} ${name}`];
  const items = itemsOf(name, steps);
  const { mark, standing } = standingOf(step, drawing);
  const remark = remarkIn(step, items, drawing);
  const lanes = `${paint('dim', before)}${mark}${paint('dim', after)}`;
  return [
    `  ${lanes} ${name.padEnd(nameWidth)}  ${standing}  ${remark}`.trimEnd(),
    ...items.map((item) => `  ${paint('dim', below)} ${itemLine(item, drawing)}`),
  ];
}

const itemsOf = (name: string, steps: readonly Step[]): Step[] =>
  steps.filter((step) => itemOf(step.name)?.step === name);

function itemLine(item: Step, drawing: Drawing): string {
  const { mark, standing } = standingOf(item, drawing);
  const name = itemText(item).padEnd(drawing.nameWidth - 2);
  const again = item.tries > 1 ? [`try ${item.tries}`] : [];
  const remark = [...again, briefOf(item, drawing.nowMs)].filter((part) => part !== '');
  return `${mark} ${name}  ${standing}  ${remark.join(drawing.paint('dim', ' · '))}`.trimEnd();
}

/** What there is to say of the step itself: how many of its items have ended, what it holds back, or its outcome. */
function remarkIn(step: Step, items: readonly Step[], { graph, paint, nowMs }: Drawing): string {
  const { name, state } = step;
  if (isMoving(step) && items.length > 0) {
    const ended = items.filter((item) => 'endedAt' in item.state);
    return `${ended.length} of ${items.length} have ended`;
  }
  const heldBack = graph.edges.flatMap(({ from, to, why }) => (from === name && why === 'holds' ? [to] : []));
  if (heldBack.length > 0 && (state.status === 'pending' || isMoving(step)))
    return paint('yellow', `holds back ${heldBack.join(' and ')}`);
  return briefOf(step, nowMs);
}

/** What the last look saw, where that is all there is to say: a line of the graph is short. */
function briefOf(step: Step, nowMs: number): string {
  const { progress, state } = step;
  const isTroubled = progress?.untakenSince !== undefined || progress?.failingSince !== undefined;
  if (!isMoving(step) || isTroubled) return remarkOf(step, nowMs);
  return harmless(progress?.message ?? ('waitingFor' in state ? `for ${state.waitingFor}` : ''));
}
