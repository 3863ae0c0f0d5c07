/** Lists of runs, from Temporal's visibility. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { quote } from '../pipeline/search-attributes.js';
import type { RunStatus, RunSummary } from '../pipeline/steps.js';
import { pipelineOf } from '../pipeline/ids.js';

/** Which runs to list. Every field narrows. */
export interface RunFilter {
  readonly status?: RunStatus | undefined;
  readonly pipeline?: string | undefined;
  readonly connection?: string | undefined;
  /** The step that the run is parked at or ended in. */
  readonly step?: string | undefined;
  /** A code of the table of failures. */
  readonly failure?: string | undefined;
  readonly startedAfter?: Date | undefined;
  readonly startedBefore?: Date | undefined;
  /** Of runs, those that one of these covers; `*` covers all. Left out, every run. */
  readonly within?: readonly RunScope[] | undefined;
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
} as const;

/** Temporal knows the ends that a workflow never sees; parked is ours alone. */
const statusQueries: Record<RunStatus, string> = {
  running: `ExecutionStatus = 'Running' AND LonghaulStatus = 'running'`,
  parked: `ExecutionStatus = 'Running' AND LonghaulStatus = 'parked'`,
  succeeded: `ExecutionStatus = 'Completed'`,
  failed: `ExecutionStatus = 'Failed'`,
  cancelled: `ExecutionStatus = 'Canceled'`,
  terminated: `ExecutionStatus = 'Terminated'`,
  'timed-out': `ExecutionStatus = 'TimedOut'`,
};

/** What is ours and narrowed by our search attributes, as clauses. Values are quoted, never spliced in. */
export function clausesOf(filter: Pick<RunFilter, keyof typeof attributes | 'within'>): string[] {
  const clauses = ['LonghaulPipeline IS NOT NULL'];
  for (const key of ['pipeline', 'connection', 'step', 'failure'] as const) {
    const value = filter[key];
    if (value !== undefined) clauses.push(`${attributes[key]} = ${quote(value)}`);
  }
  if (filter.within) clauses.push(`(${filter.within.map(scopeQuery).join(' OR ')})`);
  return clauses;
}

/** The filter as a visibility query. */
export function visibilityQuery(filter: RunFilter): string {
  const clauses = clausesOf(filter);
  if (filter.status) clauses.push(statusQueries[filter.status]);
  if (filter.startedAfter) clauses.push(`StartTime >= ${quote(filter.startedAfter.toISOString())}`);
  if (filter.startedBefore) clauses.push(`StartTime < ${quote(filter.startedBefore.toISOString())}`);
  return clauses.join(' AND ');
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
export type Execution = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'typedSearchAttributes' | 'startTime'
> & {
  readonly status: { readonly name: string };
  readonly closeTime?: Date | undefined;
};

/** One execution as a row. */
export function summaryOf(execution: Execution): RunSummary {
  const own = new Map(
    execution.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, String(value)] as const),
  );
  const step = own.get(attributes.step);
  const failure = own.get(attributes.failure);
  return {
    runId: execution.workflowId,
    attemptId: execution.runId,
    pipeline: own.get(attributes.pipeline) ?? pipelineOf(execution.workflowId),
    connection: own.get(attributes.connection) ?? '',
    trigger: own.get('LonghaulTrigger') ?? '',
    status: statusOf(execution.status.name, own.get('LonghaulStatus')),
    ...(step !== undefined && { step }),
    ...(failure !== undefined && { failure }),
    startedAt: execution.startTime.toISOString(),
    ...(execution.closeTime && { endedAt: execution.closeTime.toISOString() }),
  };
}
