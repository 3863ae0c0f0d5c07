/** How long steps took in past runs: an expectation, and no part of what a plan promises. */
import type { Client } from '@temporalio/client';
import type { PlannedStep, ReplayPlan } from '../../run/replays/replays.js';
import { quote } from '../../run/search-attributes.js';
import type { Run, StepState } from '../../run/steps.js';

/** The newest runs of the pipeline on the connection that succeeded; more of them would say little more. */
const runsAsked = 20;
const knownForMs = 60_000;

type Minutes = NonNullable<PlannedStep['minutes']>;

export interface PastRuns {
  /** The plan with the minutes that its steps are expected to take. */
  time(client: Client, plan: ReplayPlan): Promise<ReplayPlan>;
}

/** Asks Temporal once a minute for each pipeline. */
export function createPastRuns(): PastRuns {
  const known = new Map<
    string,
    { readonly untilMs: number; readonly minutes: Promise<Map<string, Minutes>> }
  >();
  const minutesOf = ({ pipeline, connection }: ReplayPlan, client: Client): Promise<Map<string, Minutes>> => {
    const of = `${pipeline} ${connection}`;
    const kept = known.get(of);
    if (kept !== undefined && kept.untilMs > performance.now()) return kept.minutes;
    const query = `LonghaulPipeline = ${quote(pipeline)} AND LonghaulConnection = ${quote(connection)} AND ExecutionStatus = 'Completed'`;
    const minutes = readMinutes(client, query);
    const forget = (): boolean => known.delete(of);
    minutes.then((found) => found.size === 0 && forget(), forget); // the first to succeed counts at once
    known.set(of, { untilMs: performance.now() + knownForMs, minutes });
    return minutes;
  };
  return {
    time: async (client, plan) => {
      const minutes = await minutesOf(plan, client);
      const steps = plan.steps.map((step) => {
        const expected = ['run', 'clean', 'adopted'].includes(step.action)
          ? minutes.get(step.name)
          : undefined;
        return expected === undefined ? step : { ...step, minutes: expected };
      });
      return { ...plan, steps };
    },
  };
}

async function readMinutes(client: Client, query: string): Promise<Map<string, Minutes>> {
  const took = new Map<string, number[]>();
  let runs = 0;
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: runsAsked })) {
    const run = (await client.workflow.getHandle(workflowId, runId).result()) as Run; // every pipeline returns its run
    for (const { name, state } of run.steps) {
      const minutes = minutesIn(state);
      if (minutes !== null) took.set(name, [...(took.get(name) ?? []), minutes]);
    }
    runs += 1;
    if (runs >= runsAsked) break;
  }
  return new Map(
    [...took].map(([name, minutes]) => {
      const sorted = minutes.sort((a, b) => a - b);
      const at = (part: number): number =>
        sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
      return [name, { p50: at(0.5), p90: at(0.9), runs: sorted.length }];
    }),
  );
}

const minutesIn = (state: StepState): number | null =>
  state.status === 'succeeded' ? (Date.parse(state.endedAt) - Date.parse(state.startedAt)) / 60_000 : null;
