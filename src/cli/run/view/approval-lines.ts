/** What a run waits for somebody to decide, as people read it, and the commands that decide it. */
import { awaitedApprovals, linesOf, metricRows, shownDigest } from '../../../run/approvals/approvals.js';
import type { ApprovalRequest } from '../../../run/retraining/retraining.js';
import type { Run } from '../../../run/steps.js';
import { showDuration } from '../../terminal/duration.js';
import { harmless } from '../../terminal/paint.js';
import { tableLines } from '../../terminal/table.js';

/** Empty for a run that awaits no approval. */
export function approvalLines(run: Run, nowMs: number): string[] {
  return run.endedAt === undefined
    ? awaitedApprovals(run).flatMap((request) => decidingLines(run, request, nowMs))
    : [];
}

function decidingLines(run: Run, request: ApprovalRequest, nowMs: number): string[] {
  return [
    `  ${questionOf(request)} ${untilOf(request, nowMs)}, by ${byOf(request)}`,
    ...subjectLinesOf(request),
    ...metricLines(request),
    ...request.changed.map((line) => `    changed: ${harmless(line)}`),
    `  next: longhaul run approve ${run.runId} --reason "…"${byDigest(request)}`,
    `    or: longhaul run reject ${run.runId} --reason "…"${byDigest(request)}`,
  ];
}

function questionOf({ model, version, live }: ApprovalRequest): string {
  const instead =
    live === null ? 'where nothing is live' : `in place of version ${harmless(String(live.version))}`;
  return `to be decided: ${harmless(model)} version ${harmless(String(version))}, ${instead},`;
}

/** `until 2026-11-24 10:00 UTC (2d23h)`. */
function untilOf({ until }: ApprovalRequest, nowMs: number): string {
  const time = harmless(until).slice(0, 16).replace('T', ' ');
  return `until ${time} UTC (${showDuration(Date.parse(until) - nowMs)})`;
}

const byOf = ({ by }: ApprovalRequest): string => by?.map(harmless).join(' or ') ?? 'any operator';

/** Somebody may replay the run before the command is typed: it decides on what is shown here, or on nothing. */
const byDigest = ({ digest }: ApprovalRequest): string =>
  digest === undefined ? '' : ` --digest ${digest.slice(0, shownDigest)}`;

function subjectLinesOf({ digest = '', ...request }: ApprovalRequest): string[] {
  const lines = linesOf(request);
  if (lines.length === 0) return [];
  return [...lines, { name: 'digest', value: digest.slice(0, shownDigest) }].map(
    ({ name, value }) => `    ${harmless(name).padEnd(13)}  ${harmless(value)}`,
  );
}

const metricLines = (request: ApprovalRequest): string[] =>
  tableLines(
    ['METRIC', 'NEW', 'LIVE'],
    metricRows(request).map(({ metric, value, live }) => [harmless(metric), shown(value), shown(live)]),
  ).map((line) => `    ${line}`);

const shown = (value: number | null): string => (value === null ? '–' : String(value));
