/** The plan of a replay as operators read it. */
import type {
  PlannedAction,
  PlannedCall,
  PlannedStep,
  ReplayPlan,
  ReplayRequest,
} from '../../run/replays/replays.js';
import { shellWords } from '../../run/documents/shell-words.js';
import { showDuration } from '../terminal/duration.js';
import { type Paint, type Style, cut, harmless } from '../terminal/paint.js';
import { showReference } from '../run/view/step-line.js';

const looks: Readonly<Record<PlannedAction, { readonly word: string; readonly style: Style }>> = {
  reused: { word: 'reused', style: 'dim' },
  supplied: { word: 'supplied', style: 'yellow' },
  skipped: { word: 'skipped', style: 'dim' },
  adopted: { word: 'adopted', style: 'green' },
  run: { word: 'run again', style: 'cyan' },
  clean: { word: 'clean, run again', style: 'yellow' },
  dropped: { word: 'dropped', style: 'yellow' },
};

/** What each step will do, what will be sent, what differs, and how to apply it. */
export function planLines(plan: ReplayPlan, paint: Paint): string[] {
  const { of, runId, steps, differences, warnings } = plan;
  const whose = of.runId === runId ? 'another attempt' : `the new run ${runId}`;
  const last = plan.finally ?? [];
  const nameWidth = Math.max(...[...steps.map(({ name }) => name), ...last].map(({ length }) => length));
  const sent = [...steps.flatMap(({ cleans }) => cleans), ...steps.flatMap(({ calls }) => calls)];
  return [
    `${paint('bold', of.runId)}  ${whose} goes on from ${of.attemptId} (${of.status})`,
    ...steps.flatMap((step) => stepLines(step, nameWidth, paint)),
    ...last.map(
      (name) =>
        `  ${name.padEnd(nameWidth)}  ${'at the end'.padEnd(16)}  under finally, whatever becomes of it`,
    ),
    `  sends     ${sent.length === 0 ? 'nothing that creates or changes anything' : countsOf(sent)}`,
    ...expectedLines(steps),
    ...differences.map(({ what, detail }) => `  differs   ${what}: ${harmless(detail)}`),
    ...warnings.map((warning) => paint('yellow', `  note      ${harmless(warning)}`)),
    `  plan      ${plan.hash}`,
  ];
}

/** The command that applies a plan: it asks for the same as the plan did, of the archive that it was made from. */
export const applyCommand = ({ of, hash, request }: ReplayPlan, archive?: string): string =>
  ['longhaul replay apply', of.runId, ...askedFor(request, archive), '--plan', hash, '--reason "…"'].join(
    ' ',
  );

/** The options of a request. What was read from a file is not in it: that stands as FILE. */
function askedFor(request: ReplayRequest, archive: string | undefined): string[] {
  const { from, set = {}, skip = {}, fresh, stopFirst, definition, forkTo, exported } = request;
  const option = (name: string, value: string | undefined): string[] =>
    value === undefined ? [] : [name, shellWords([value])];
  return [
    ...option('--from', from),
    ...Object.entries(set).flatMap(([path, value]) => option('--set', `${path}=${JSON.stringify(value)}`)),
    ...Object.entries(skip).flatMap(([step, output]) =>
      option('--skip', output === null ? step : `${step}=FILE`),
    ),
    ...option('--fresh', fresh?.join(',')),
    ...(stopFirst === true ? ['--stop-first'] : []),
    ...option('--definition', definition),
    ...option('--fork', forkTo),
    ...(archive === undefined ? option('--file', exported && 'FILE') : option('--archive', archive)),
  ];
}

function stepLines({ name, action, why, ...step }: PlannedStep, width: number, paint: Paint): string[] {
  const { word, style } = looks[action];
  const adopts = step.adopts === undefined ? '' : `${showReference(step.adopts)}: `;
  const minutes = step.minutes === undefined ? '' : `  ~${showMinutes(step.minutes.p50)}`;
  const lines = [
    `  ${name.padEnd(width)}  ${paint(style, word.padEnd(16))}  ${adopts}${harmless(why)}${minutes}`,
  ];
  const indent = ' '.repeat(width + 4);
  const output = (value: unknown): string =>
    paint('dim', `${indent}${cut(harmless(JSON.stringify(value)), 80 - indent.length)}`);
  return [
    ...lines,
    ...(step.output === undefined ? [] : [output(step.output)]),
    ...step.cleans.map(({ endpoint, on }) => `${indent}stops first: ${endpoint}  ${harmless(on)}`),
    ...step.calls.map(({ endpoint, on }) => `${indent}sends: ${endpoint}  ${harmless(on)}`),
  ];
}

function countsOf(calls: readonly PlannedCall[]): string {
  const counts = new Map<string, number>();
  for (const { endpoint } of calls) counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
  return [...counts].map(([endpoint, count]) => `${count} ${endpoint}`).join(', ');
}

function expectedLines(steps: readonly PlannedStep[]): string[] {
  const known = steps.flatMap(({ minutes }) => (minutes === undefined ? [] : [minutes]));
  if (known.length === 0) return [];
  const sum = (of: 'p50' | 'p90'): string =>
    showMinutes(known.reduce((total, minutes) => total + minutes[of], 0));
  const runs = Math.max(...known.map((minutes) => minutes.runs));
  return [
    `  expected  ${sum('p50')}, 9 in 10 within ${sum('p90')}, by ${runs} past run${runs === 1 ? '' : 's'}`,
  ];
}

const showMinutes = (minutes: number): string => showDuration(minutes * 60_000);
