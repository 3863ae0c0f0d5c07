/** What is said about a run when a command ends or the run parks: how it stands, why, and what to type next. */
import type { Run } from '../../../run/steps.js';
import { type Failure, type FailureCode, failureKinds } from '../../../run/failures/errors.js';
import { approvalLines } from './approval-lines.js';
import { cleanupLines } from './cleanup-lines.js';
import { resultLines } from './outcome.js';
import { showDuration } from '../../terminal/duration.js';
import { type Paint, harmless } from '../../terminal/paint.js';
import { runElapsedMs, showStatus } from './tree.js';

/** Run id, status and reason in the first line; then what was undone or is left, and what to type next. */
export function endingLines(run: Run, nowMs: number, paint: Paint): string[] {
  const reason =
    run.failure && `${at(run.failure.step)}${run.failure.code}: ${harmless(run.failure.message)}`;
  const asked = approvalLines(run, nowMs);
  const first = [
    paint('bold', run.runId),
    showStatus(paint, run.status),
    `after ${showDuration(runElapsedMs(run, nowMs))}`,
  ].join(' ');
  const next = (asked.length > 0 ? parkedLines(run) : nextLines(run)).map((line) => paint('dim', line));
  return [
    reason === undefined || parkedSteps(run).length > 0 ? first : `${first}: ${reason}`,
    ...resultLines(run),
    ...(run.cleanup === undefined ? [] : cleanupLines(run.cleanup)),
    ...(isStopped(run) && hasNothing(run.cleanup) ? ['  cleanup: there was nothing to undo'] : []),
    ...asked,
    ...next,
  ];
}

/** Whether somebody has ended it. */
const isStopped = ({ status, failure }: Run): boolean =>
  status === 'cancelled' || failure?.code === 'ABORTED';

/** Of a run whose cleanup is known: whether it has found nothing, and looks for nothing more. */
const hasNothing = (cleanup: Run['cleanup']): boolean =>
  cleanup !== undefined &&
  cleanup.afterwards === undefined &&
  cleanup.undone.length + cleanup.leftBehind.length === 0;

const at = (step: string | undefined): string => (step === undefined ? '' : `${step}: `);

function nextLines(run: Run): string[] {
  switch (run.status) {
    case 'running':
      return parkedSteps(run).length === 0
        ? [`  next: longhaul run watch ${run.runId}`]
        : [...parkedLines(run), `    or: longhaul run watch ${run.runId}`];
    case 'parked':
      return parkedLines(run);
    case 'succeeded':
      return [`  next: longhaul run get ${run.runId} -o json`];
    case 'terminated':
    case 'timed-out':
      return mayHaveLeft(run)
        ? [
            '  it could not stop what it had running',
            `  next: longhaul run cleanup ${run.runId}`,
            `    or: longhaul replay plan ${run.runId}`,
          ]
        : [`  next: longhaul replay plan ${run.runId}`];
    default:
      return [
        ...(run.failure === undefined ? [] : [`  → ${adviceFor(run.failure)}`]),
        `  next: longhaul replay plan ${run.runId}`,
      ];
  }
}

/** What to do about a failure, with the name of the step that it is of. */
export const adviceFor = ({ code, step }: NonNullable<Run['failure']>): string => {
  const { operator } = failureKinds[code];
  return step === undefined ? operator : operator.replace(/ from the step(?=[.;,])/, ` from \`${step}\``);
};

/** Whether a run that Temporal has ended may have something running that nobody has stopped; also where its steps are not known. */
const mayHaveLeft = ({ cleanup, steps }: Run): boolean =>
  cleanup === undefined && (steps.length === 0 || steps.some(({ tries }) => tries > 0));

/** Only another object gets further. */
const isOver: readonly FailureCode[] = ['JOB_BROKEN', 'SNAPSHOT_FAILED', 'EFFECT_UNKNOWN'];

/** For each parked step: why, and the exact commands that resolve it. Left out: those that were parked `before`. */
export function parkedLines(run: Run, before: Run | null = null): string[] {
  const known = before === null ? [] : parkedSteps(before).map(({ name }) => name);
  const parked = parkedSteps(run).filter(({ name }) => !known.includes(name));
  const shown = parked.slice(0, mostShown).flatMap((step) => resolvingLines(run.runId, step));
  const more = parked.slice(mostShown).map(({ name }) => name);
  if (more.length === 0) return shown;
  const named = [...more.slice(0, 2), ...(more.length > 2 ? [`and ${more.length - 2} more`] : [])].join(', ');
  return [...shown, `  also parked: ${named}; resolve each with --step`];
}

/** More of them would push what there is to see of the run out of sight. */
const mostShown = 3;

function resolvingLines(runId: string, { name, failure: { code, message } }: ParkedStep): string[] {
  const resolve = `longhaul run resolve ${runId} --step ${name}`;
  return [
    `  ${name} is parked: ${code}: ${harmless(message)}`,
    `  → ${failureKinds[code].operator}`,
    `  next: ${resolve} --retry${isOver.includes(code) ? ' --fresh' : ''} --reason "…"`,
    `    or: ${resolve} --skip --output FILE --reason "…"`,
    `    or: ${resolve} --abort --reason "…"`,
  ];
}

interface ParkedStep {
  readonly name: string;
  readonly failure: Failure;
}

/** Those that somebody can resolve: also of a run of which other steps go on, and of none that is being stopped. */
function parkedSteps({ status, stopping, steps }: Run): ParkedStep[] {
  const isOpen = status === 'parked' || (status === 'running' && stopping !== true);
  return steps.flatMap(({ name, state }) =>
    isOpen && state.status === 'parked' ? [{ name, failure: state.failure }] : [],
  );
}
