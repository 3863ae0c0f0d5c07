/** Lists of runs, from Temporal's visibility. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { quote, tagIn, tagged } from '../../run/search-attributes.js';
import { partlyParked } from '../../run/standing.js';
import { type RunStatus, type RunSummary, runStatuses } from '../../run/steps.js';
import { usedBy } from '../../run/documents/documents.js';
import { pipelineOf } from '../../run/ids.js';
import { attemptIdOf, isNoLeg, legIn } from '../executions.js';

/** Which runs to list. Every field narrows. */
export interface RunFilter {
  /**
   * How the run stands; of several, any of them. `parked` is also a run of which one step is parked while others go on:
   * its own status is `running`, and step and failure are those of the parked one.
   */
  readonly status?: RunStatus | readonly RunStatus[] | undefined;
  readonly pipeline?: string | undefined;
  readonly connection?: string | undefined;
  /** The step that the run is parked at or ended in; `null`: none is recorded. */
  readonly step?: string | null | undefined;
  /** A code of the table of failures. */
  readonly failure?: string | undefined;
  /** The fingerprint of its cause; `null`: none is recorded. */
  readonly fingerprint?: string | null | undefined;
  /** As `modelOf` names it; `null`: the run keeps none. */
  readonly model?: string | null | undefined;
  /** Stands as it does since this time or later: ended then, was parked then, or, running, started then. */
  readonly since?: Date | undefined;
  /** Stood so before this time. */
  readonly until?: Date | undefined;
  readonly startedAfter?: Date | undefined;
  readonly startedBefore?: Date | undefined;
  /** Of runs, those that one of these covers; `*` covers all. Left out, every run. */
  readonly within?: readonly RunScope[] | undefined;
  /** Each run once, by its latest attempt: an attempt that was replayed or reset is not listed. */
  readonly latest?: true | undefined;
  readonly limit?: number | undefined;
}

/** Runs that somebody may see. */
export interface RunScope {
  readonly pipelines: readonly string[];
  readonly connections: readonly string[];
}

const attributes = {
  pipeline: 'LonghaulPipeline',
  connection: 'LonghaulConnection',
  step: 'LonghaulStep',
  failure: 'LonghaulFailure',
  model: 'LonghaulModel',
} as const;

const either = (...statuses: readonly string[]): string =>
  `ExecutionStatus = 'Running' AND LonghaulStatus IN (${statuses.map(quote).join(', ')})`;

/** Temporal knows the ends that a workflow never sees; parked is ours alone. */
const statusQueries: Record<RunStatus, string> = {
  running: either('running', partlyParked),
  parked: either('parked', partlyParked),
  succeeded: `ExecutionStatus = 'Completed'`,
  failed: `ExecutionStatus = 'Failed'`,
  cancelled: `ExecutionStatus = 'Canceled'`,
  terminated: `ExecutionStatus = 'Terminated'`,
  'timed-out': `ExecutionStatus = 'TimedOut'`,
};

/** Whether one of these covers a run, a schedule or a part of a campaign, on each connection that it uses. */
export const isWithin = (
  { pipeline, ...used }: { readonly pipeline: string } & Parameters<typeof usedBy>[0],
  within: readonly RunScope[],
): boolean =>
  usedBy(used).every((connection) =>
    within.some((scope) => covers(scope.pipelines, pipeline) && covers(scope.connections, connection)),
  );

const covers = (allowed: readonly string[], one: string): boolean =>
  allowed.includes('*') || allowed.includes(one);

/** What is ours and narrowed by our search attributes, as clauses. Values are quoted, never spliced in. */
export function clausesOf(
  filter: Pick<RunFilter, keyof typeof attributes | 'fingerprint' | 'within'>,
): string[] {
  const clauses = ['LonghaulPipeline IS NOT NULL'];
  for (const key of ['pipeline', 'step', 'failure', 'model'] as const) {
    const value = filter[key];
    if (value === null) clauses.push(`${attributes[key]} IS NULL`);
    else if (value !== undefined) clauses.push(`${attributes[key]} = ${quote(value)}`);
  }
  const { connection, fingerprint } = filter;
  if (connection !== undefined)
    clauses.push(`(${attributes.connection} = ${quote(connection)} OR ${tagged('connection', connection)})`);
  // A run has a fingerprint where it has a failure, and only there.
  if (fingerprint === null) clauses.push(`${attributes.failure} IS NULL`);
  else if (fingerprint !== undefined) clauses.push(tagged('fingerprint', fingerprint));
  if (filter.within) clauses.push(`(${filter.within.map(scopeQuery).join(' OR ')})`);
  return clauses;
}

/**
 * The filter as a visibility query. Temporal does not know when a run was parked, nor which attempt is the latest:
 * `runPageOf` looks at those.
 */
export function visibilityQuery(filter: RunFilter): string {
  const clauses = clausesOf(filter);
  const standing = standingQueries(filter);
  if (standing.length === 0) clauses.push(isNoLeg);
  if (standing.length === 1) clauses.push(...standing);
  if (standing.length > 1) clauses.push(`(${standing.map((one) => `(${one})`).join(' OR ')})`);
  if (filter.startedAfter) clauses.push(`StartTime >= ${quote(filter.startedAfter.toISOString())}`);
  if (filter.startedBefore) clauses.push(`StartTime < ${quote(filter.startedBefore.toISOString())}`);
  return clauses.join(' AND ');
}

/** How runs stand and since when, one query for each status; none where neither is asked. */
function standingQueries({ status, since, until }: RunFilter): string[] {
  if (status === undefined && since === undefined && until === undefined) return [];
  const asked = typeof status === 'string' ? [status] : (status ?? runStatuses);
  return asked.map((one) => {
    const time = one === 'running' || one === 'parked' ? 'StartTime' : 'CloseTime';
    return [
      statusQueries[one],
      ...(since === undefined || one === 'parked' ? [] : [`${time} >= ${quote(since.toISOString())}`]),
      ...(until === undefined ? [] : [`${time} < ${quote(until.toISOString())}`]),
    ].join(' AND ');
  });
}

function scopeQuery({ pipelines, connections }: RunScope): string {
  const oneOf = (name: string, values: readonly string[]): string =>
    values.includes('*') ? `${name} IS NOT NULL` : `${name} IN (${values.map(quote).join(', ')})`;
  return `(${oneOf(attributes.pipeline, pipelines)} AND ${oneOf(attributes.connection, connections)})`;
}

/** Whether Temporal’s status, or else the run's own, says how it stands. */
export function statusOf(temporal: string, own: string | undefined): RunStatus {
  switch (temporal) {
    case 'COMPLETED':
      return 'succeeded';
    case 'FAILED':
      return 'failed';
    case 'CANCELLED':
      return 'cancelled';
    case 'TERMINATED':
      return 'terminated';
    case 'TIMED_OUT':
      return 'timed-out';
    default:
      return own === 'parked' ? 'parked' : 'running';
  }
}

/** What a row is made of; a list and a description both have it. */
export type ListedExecution = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'typedSearchAttributes' | 'startTime'
> & {
  readonly memo?: Readonly<Record<string, unknown>> | undefined;
  readonly status: { readonly name: string };
  readonly closeTime?: Date | undefined;
};

/** No name of a connection: what a run touches whose note this process has no key for, only those may see who see all. */
export const notKnown = '?';

/** Temporal cannot be asked for runs of which each connection is one of some: whoever starts one on several notes them. */
function connectionsIn({ memo }: ListedExecution): Pick<RunSummary, 'connections'> {
  const connections: unknown = memo?.['connections'];
  if (connections === null) return { connections: [notKnown] };
  return Array.isArray(connections) ? { connections: connections.map(String) } : {};
}

const tagsKey = defineSearchAttributeKey('LonghaulTags', 'KEYWORD_LIST');

/** One execution as a row. */
export function summaryOf(execution: ListedExecution): RunSummary {
  const own = new Map(
    execution.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, String(value)] as const),
  );
  const step = own.get(attributes.step);
  const failure = own.get(attributes.failure);
  const tags = execution.typedSearchAttributes.get(tagsKey) ?? [];
  const fingerprint = tagIn(tags, 'fingerprint');
  return {
    runId: execution.workflowId,
    attemptId: attemptIdOf(execution),
    pipeline: own.get(attributes.pipeline) ?? pipelineOf(execution.workflowId),
    connection: own.get(attributes.connection) ?? '',
    ...connectionsIn(execution),
    trigger: tagIn(tags, 'trigger') ?? '',
    status: statusOf(execution.status.name, own.get('LonghaulStatus')),
    ...(step !== undefined && { step }),
    ...(failure !== undefined && { failure }),
    ...(fingerprint !== undefined && { fingerprint }),
    startedAt: legIn(execution)?.startedAt ?? execution.startTime.toISOString(),
    ...(execution.closeTime && { endedAt: execution.closeTime.toISOString() }),
  };
}
