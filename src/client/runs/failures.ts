/** Runs that did not succeed, grouped by their cause. */
import type { Client } from '@temporalio/client';
import { usedBy } from '../../run/documents/documents.js';
import type { RunStatus, RunSummary } from '../../run/steps.js';
import { eachOf } from '../each-of.js';
import type { RunFilter } from './list.js';
import { describeAttempt } from '../executions.js';
import { runsOf } from './page.js';
import { unsuccessfulRuns, writeRunQuery } from './query.js';
import { standsSince } from './standing.js';
import { queried, viewOf } from './view.js';

/** How many runs are looked at, newest first, unless the caller says otherwise. */
export const usualFailuresMax = 1_000;
/** Of so many groups, the largest, one run is asked for its message. */
const mostMessages = 100;
/** A parked run is asked through a worker: without one, all of them together wait no longer than this. */
const messageWithinMs = 2_000;

/** Runs of one cause. Times are ISO 8601 in UTC. */
export interface FailureGroup {
  /** `null` where the workflow never saw the end: those are grouped by status, pipeline and step. */
  readonly fingerprint: string | null;
  /** The code of the failure; `null` like the fingerprint. */
  readonly failure: string | null;
  readonly pipeline: string;
  readonly step: string | null;
  readonly connections: readonly string[];
  readonly count: number;
  /** How many of them stand how. */
  readonly statuses: Readonly<Partial<Record<RunStatus, number>>>;
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  /** The newest of them that says why. */
  readonly example: string;
  /** What that one says; `null` where nobody can tell. */
  readonly message: string | null;
  /** Chooses these runs, and those of the cause that come to be later. */
  readonly query: string;
  /** Replays them, as a command of a shell. */
  readonly campaign: string;
}

/** The causes, those with most runs first. */
export interface FailureReport {
  /** What was asked for, with times as instants. */
  readonly query: string;
  readonly groups: readonly FailureGroup[];
  /** How many runs were looked at. */
  readonly runs: number;
  /** Whether there are more, older ones, which are not counted. */
  readonly more: boolean;
}

type Seen = RunSummary & { readonly seenAt: string };

/** Reads visibility page by page, at most `max` runs of it. */
export async function failuresOf(
  client: Client,
  filter: RunFilter,
  { max = usualFailuresMax }: { readonly max?: number | undefined } = {},
): Promise<FailureReport> {
  const asked: RunFilter = { ...filter, status: filter.status ?? unsuccessfulRuns.status, latest: true };
  const runs = new Map<string, RunSummary>(); // a run that moves while pages are read is on two of them
  let more = false;
  for await (const run of runsOf(client, { ...asked, limit: max + 1 }))
    if (runs.size < max) runs.set(run.runId, run);
    else if (!runs.has(run.runId)) more = true;
  const seen = await eachOf([...runs.values()], async (run) => {
    const at = await standsSince(client, run);
    return at === null ? [] : [{ ...run, seenAt: at.toISOString() }];
  });
  const groups = groupsOf(seen.flat());
  const messages = await Promise.all(
    groups.slice(0, mostMessages).map(({ sample }) => messageOf(client, sample)),
  );
  return {
    query: writeRunQuery(asked),
    groups: groups.map((group, at) => groupOf(group, messages[at] ?? null, asked)),
    runs: seen.flat().length,
    more,
  };
}

interface Group {
  /** Newest first. */
  readonly runs: Seen[];
  /** The newest that says why; one that was terminated while it was parked does not. */
  sample: Seen;
}

/** Those with most runs first, then the one seen last. */
function groupsOf(runs: readonly Seen[]): Group[] {
  const groups = new Map<string, Group>();
  for (const run of [...runs].sort((a, b) => (a.seenAt < b.seenAt ? 1 : -1))) {
    const key = run.fingerprint ?? [run.status, run.pipeline, run.step, run.failure].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { runs: [run], sample: run });
    else group.runs.push(run);
    if (group && isSilent(group.sample) && !isSilent(run)) group.sample = run;
  }
  return [...groups.values()].sort(
    (a, b) => b.runs.length - a.runs.length || (a.sample.seenAt < b.sample.seenAt ? 1 : -1),
  );
}

/** Whether its workflow never saw the end. */
const isSilent = ({ status }: Seen): boolean => status === 'terminated' || status === 'timed-out';

function groupOf(group: Group, message: string | null, asked: RunFilter): FailureGroup {
  const { runs, sample } = group;
  const [newest = sample, oldest = sample] = [runs[0], runs.at(-1)];
  const { fingerprint = null, failure = null, pipeline, step = null, status } = sample;
  const cause: RunFilter =
    fingerprint === null
      ? { fingerprint, status, pipeline, step, ...(failure !== null && { failure }) }
      : { fingerprint };
  const query = writeRunQuery({ ...asked, ...cause, since: new Date(oldest.seenAt) });
  const statuses: Partial<Record<RunStatus, number>> = {};
  for (const run of runs) statuses[run.status] = (statuses[run.status] ?? 0) + 1;
  return {
    fingerprint,
    failure,
    pipeline,
    step,
    connections: [...new Set(runs.flatMap(usedBy))].sort(),
    count: runs.length,
    statuses,
    firstSeenAt: oldest.seenAt,
    lastSeenAt: newest.seenAt,
    example: sample.runId,
    message,
    query,
    campaign: `longhaul campaign create --query ${inShell(query)} --canary 1 --then 5 --pace 10/minute --stop-when 'failures>20%'`,
  };
}

/** One word of a shell, whatever is in it. */
const inShell = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

async function messageOf(client: Client, run: Seen): Promise<string | null> {
  if (run.status === 'timed-out') return 'the run took longer than it was given';
  const { runId: executionId } = await describeAttempt(client, run.runId, run.attemptId);
  const handle = client.workflow.getHandle(run.runId, executionId);
  if (run.status === 'terminated')
    return terminationOf(client, { workflowId: run.runId, runId: executionId });
  if (run.status !== 'parked' && run.status !== 'running')
    return (await viewOf(client, handle)).failure?.message ?? null;
  const asked = await queried(client, handle, messageWithinMs);
  return 'run' in asked ? (asked.run.failure?.message ?? null) : null;
}

/** Who terminated it and why, as the last event of its history says. */
async function terminationOf(
  client: Client,
  execution: { readonly workflowId: string; readonly runId: string },
): Promise<string | null> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution,
    maximumPageSize: 1,
  });
  const end = history?.events?.[0]?.workflowExecutionTerminatedEventAttributes;
  return end ? `terminated by ${end.identity || 'somebody'}: ${end.reason || 'no reason given'}` : null;
}
