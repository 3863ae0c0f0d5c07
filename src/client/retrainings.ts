/** The ledger of retrainings: what each tick decided and came to, from Temporal’s visibility alone. */
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { z } from 'zod';
import { type LedgerEntry, type Outcome, outcomes } from '../run/retraining/retraining.js';
import { quote } from '../run/search-attributes.js';
import { type ListedExecution, type RunScope, summaryOf, visibilityQuery } from './runs/list.js';
import { type PageOptions, rowsOf } from './runs/page.js';

/** Which retrainings to list. Every field narrows. */
export interface RetrainingFilter {
  /** `<connection>/<owner>/<project>/<model API>`. */
  readonly model?: string | undefined;
  /** The id of the schedule that ticked. */
  readonly schedule?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  /** Of retrainings, those that one of these covers; `*` covers all. Left out, every one. */
  readonly within?: readonly RunScope[] | undefined;
  readonly limit?: number | undefined;
}

export interface RetrainingPage {
  readonly retrainings: readonly LedgerEntry[];
  /** Given back as it is, with the same filter. Left out on the last page. */
  readonly next?: string;
}

/** The filter as a visibility query. Values are quoted, never spliced in. */
export function retrainingQuery({
  model,
  schedule,
  outcome,
  since,
  until,
  within,
}: RetrainingFilter): string {
  const own = [
    ...(model === undefined ? [] : [`LonghaulModel = ${quote(model)}`]),
    ...(schedule === undefined ? [] : [`TemporalScheduledById = ${quote(schedule)}`]),
    ...(outcome === undefined ? [] : [`LonghaulOutcome = ${quote(outcome)}`]),
  ];
  const runs = visibilityQuery({ pipeline: 'retrain', startedAfter: since, startedBefore: until, within });
  return [runs, ...own].join(' AND ');
}

/**
 * One page, newest first, by one call.
 * @throws LonghaulError `REQUEST_MALFORMED` for a cursor of another list
 */
export async function retrainingPageOf(
  client: Client,
  filter: RetrainingFilter,
  options: PageOptions,
): Promise<RetrainingPage> {
  const listing = { query: retrainingQuery(filter), rowOf: entryOf };
  const { rows, ...next } = await rowsOf(client, listing, options);
  return { retrainings: rows, ...next };
}

const largestPage = 200;

/** Every retraining that fits, newest first; costs one call to Temporal per page. */
export async function* retrainingsOf(client: Client, filter: RetrainingFilter): AsyncGenerator<LedgerEntry> {
  let left = filter.limit ?? Number.POSITIVE_INFINITY;
  let cursor: string | undefined;
  do {
    const page = await retrainingPageOf(client, filter, { size: Math.min(left, largestPage), cursor });
    yield* page.retrainings.slice(0, left);
    left -= page.retrainings.length;
    cursor = page.next;
  } while (cursor !== undefined && left > 0);
}

const word = z.string().optional().catch(undefined);
const scalar = z.union([z.string(), z.number()]);

const Read = z.object({
  condition: z.string(),
  verdict: z.enum(['holds', 'fails', 'unknown', 'not-read']),
  value: scalar.exactOptional(),
  bound: scalar.exactOptional(),
  source: z.string().exactOptional(),
  reason: z.string().exactOptional(),
});

/** Whoever may write to the namespace writes memos: what does not fit is left out, and the tick is listed. */
const Decided = z
  .object({
    verdict: z.enum(['retrain', 'skip', 'undecided', 'busy']),
    reason: z.string(),
    evidence: z
      .array(z.unknown())
      .catch([])
      .transform((items) =>
        items.flatMap((item) => {
          const { success, data } = Read.safeParse(item);
          return success ? [data] : [];
        }),
      ),
    decidedAt: z.string(),
  })
  .nullable()
  .catch(null);
const Outcomes = z.enum(outcomes).optional().catch(undefined);

const modelKey = defineSearchAttributeKey('LonghaulModel', 'KEYWORD');
const outcomeKey = defineSearchAttributeKey('LonghaulOutcome', 'KEYWORD');
const scheduleKey = defineSearchAttributeKey('TemporalScheduledById', 'KEYWORD');
const tickKey = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

type Ticked = ListedExecution & Pick<WorkflowExecutionInfo, 'memo'>;

/** One execution as a line of the ledger. */
export function entryOf(execution: Ticked): LedgerEntry {
  const { typedSearchAttributes: attributes, memo } = execution;
  const { runId, status, startedAt, endedAt, failure } = summaryOf(execution);
  const schedule = attributes.get(scheduleKey);
  const outcome = Outcomes.parse(attributes.get(outcomeKey));
  const conclusion = word.parse(memo?.['conclusion']);
  return {
    runId,
    model: attributes.get(modelKey) ?? '',
    ...(schedule !== undefined && {
      tick: { schedule, at: (attributes.get(tickKey) ?? execution.startTime).toISOString() },
    }),
    startedAt,
    ...(endedAt !== undefined && { endedAt }),
    status,
    decision: Decided.parse(memo?.['decision'] ?? null),
    ...(outcome !== undefined && { outcome }),
    ...(conclusion !== undefined && { conclusion }),
    ...(failure !== undefined && { failure }),
  };
}
