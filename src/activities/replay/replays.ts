/** Replays: planned by looking at the platform, performed by starting another attempt of the run. */
import { Context } from '@temporalio/activity';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { describedIfKnown, readAttempt, resolversOf, sendingIn, shortBuild } from '../../client/attempts.js';
import { addToCleanUp, withoutCleanUp } from '../../client/cleanups.js';
import { attemptIdOf, describeAttempt } from '../../client/executions.js';
import { digestOfStart, keyword, startOf } from '../../client/starting.js';
import type { UndoCall } from '../../run/undoing/effect.js';
import type { ReplayEffects } from '../../run/undoing/effects.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { hasOwnKey, runIdOf } from '../../run/ids.js';
import type {
  AttemptRecord,
  PlanOutcome,
  Refused,
  ReplayPlan,
  ReplayRequest,
  Replaying,
} from '../../run/replays/replays.js';
import type { Json, RunStart } from '../../run/steps.js';
import { isCutOff, leftoversOf } from '../../pipelines/leftovers.js';
import { stepsOf } from '../../pipelines/replay-request.js';
import { PlatformError } from '../../platform/errors.js';
import { attempted } from '../effect/attempt.js';
import type { ActivityDependencies } from '../dependencies.js';
import { isWorthAnother } from '../effect/failures.js';
import type { Foresight } from './foresight.js';
import { withoutAuthority } from './exported-attempts.js';
import { stopLeft } from './left-running.js';
import { cutOffIn, goingOn } from './going-on.js';
import { createPastRuns } from './past-runs.js';
import { createAskElsewhere } from './plan-elsewhere.js';
import { type Planning, planReplay, planStepHere } from './replay-plan.js';
import { startFrom } from './replay-start.js';

/** How a platform is looked at and acted on. */
interface Looking {
  /** What undoes, by name. */
  readonly effects: object;
  /** For one batch of plans. */
  foresight(): Foresight;
}

/** Builds them for one connection. */
export function createReplayActivities(
  deps: ActivityDependencies,
  { effects, foresight: createForesight }: Looking,
): ReplayEffects {
  const pastRuns = createPastRuns();
  return {
    planReplays: attempted(deps, async ({ requests, buildId: build }, { number }) => {
      const buildId = build === undefined ? undefined : shortBuild(build);
      const { client } = Context.current();
      const looking = { foresight: createForesight(), elsewhere: createAskElsewhere(client) };
      const outcomes: PlanOutcome[] = [];
      for (const request of requests) {
        const outcome = await planOrRefuse(client, looking, request, { buildId, tried: number });
        outcomes.push(
          'plan' in outcome ? { ...outcome, plan: await pastRuns.time(client, outcome.plan) } : outcome,
        );
      }
      return outcomes;
    }),
    planStep: attempted(deps, async (asked, { number: tried }) => {
      const { request, connection: here } = asked;
      try {
        const record =
          exportedIn(request) ??
          (await readAttempt(Context.current().client, request.runId, asked.attemptId));
        const planning = {
          record,
          request,
          here,
          foresight: createForesight(),
          buildId: undefined,
          tried,
        };
        return { planned: await planStepHere(planning, asked) };
      } catch (error) {
        return { refused: refusalOf(error, request.runId, tried) };
      }
    }),
    endAttempt: attempted(deps, ({ plan, reason }) => endAttempt(Context.current().client, plan, reason)),
    cleanUp: attempted(deps, async ({ request, plan: { of }, step }) => {
      const record =
        exportedIn(request) ?? (await readAttempt(Context.current().client, of.runId, of.attemptId));
      const cleanup = await stopLeft(effects, record, step);
      const left = cleanup.leftBehind.find(({ ending }) => ending !== true);
      if (left === undefined) return cleanup;
      const what = `${left.kind} ${left.id ?? ''}: ${left.reason}`;
      throw new LonghaulError('REPLAY_REFUSED', `what "${step}" has left could not be stopped: ${what}`);
    }),
    cleanUpCutOff: attempted(deps, ({ plan }) => cleanUpCutOff(Context.current().client, plan)),
    startAttempt: attempted(deps, async ({ request, plan, replaying }) => {
      const { client, info } = Context.current();
      const token = info.workflowExecution?.runId ?? '';
      return startAttempt(client, { request, plan, replaying, token });
    }),
  };
}

/** What another try would change is thrown; what stands in the way of this replay is its answer. */
async function planOrRefuse(
  client: Client,
  looking: Pick<Planning, 'foresight' | 'elsewhere'>,
  request: ReplayRequest,
  { buildId, tried }: { readonly buildId: string | undefined; readonly tried: number },
): Promise<PlanOutcome> {
  const { runId } = request;
  try {
    const record = await recordOf(client, request);
    await refuseUnderWay(client, record, request);
    return { runId, plan: await planReplay({ record, request, ...looking, buildId, tried }) };
  } catch (error) {
    return { runId, refused: refusalOf(error, runId, tried) };
  }
}

/** What stands in the way of this replay; what another try would change is thrown. */
function refusalOf(error: unknown, runId: string, tried: number): Refused {
  const known = error instanceof LonghaulError || error instanceof PlatformError ? error : null;
  if (error instanceof WorkflowNotFoundError)
    return { code: 'RUN_NOT_FOUND', message: `Temporal knows no run ${runId}` };
  if (known === null || isWorthAnother(known.code, tried)) throw error;
  const fields = known instanceof LonghaulError ? known.fields : undefined;
  return { code: known.code, message: known.message, ...(fields && { fields }) };
}

async function recordOf(client: Client, { runId, exported, forkTo }: ReplayRequest): Promise<AttemptRecord> {
  if (exported === undefined) return readAttempt(client, runId);
  if ((await describedIfKnown(client, runId)) !== null)
    throw new LonghaulError(
      'REPLAY_REFUSED',
      `Temporal still knows the run ${runId}: replay it by its id alone, because an exported or archived attempt may be older than its last one`,
    );
  if (hasOwnKey(runId) && forkTo === undefined)
    throw new LonghaulError(
      'REPLAY_REFUSED',
      `${runId} is an id that a schedule or a webhook makes, and none is taken from a file: go on under a key of your own with --fork KEY`,
    );
  return withoutAuthority(exported);
}

/** An effect that is being sent may be on the platform in a moment, or not: no plan can say. */
async function refuseUnderWay(
  client: Client,
  { runId, attemptId, pipeline, status }: AttemptRecord,
  { forkTo }: ReplayRequest,
): Promise<void> {
  if (forkTo !== undefined && (await describedIfKnown(client, runIdOf(pipeline, forkTo))) !== null)
    throw new LonghaulError('REPLAY_INVALID', `there is a run ${runIdOf(pipeline, forkTo)} already`);
  if (status === 'running' && forkTo === undefined) await refuseSending(client, runId, attemptId);
}

/** Refuses while an effect is being sent, and while a run stops what it has running because it was asked to. */
async function refuseSending(client: Client, runId: string, attemptId: string): Promise<void> {
  const description = await describeAttempt(client, runId, attemptId);
  if (description.raw.workflowExtendedInfo?.cancelRequested === true)
    throw new LonghaulError(
      'REPLAY_REFUSED',
      `${runId} was asked to stop, and is stopping what it has running; ask again when it has ended`,
    );
  const sending = sendingIn(description);
  if (sending !== undefined)
    throw new LonghaulError(
      'REPLAY_REFUSED',
      `${runId} is sending ${sending} at this moment; ask again when that has been answered`,
    );
}

/** This very attempt, so that one which has gone on to another is not touched. */
async function endAttempt(client: Client, { of }: ReplayPlan, reason: string): Promise<void> {
  if (of.status === 'running') await refuseSending(client, of.runId, of.attemptId);
  try {
    const { runId: executionId } = await describeAttempt(client, of.runId, of.attemptId);
    await client.workflow.getHandle(of.runId, executionId).terminate(reason);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error; // it has ended by itself
  }
}

/** Only where that is still the last attempt of the run: another has adopted what it finds. */
async function cleanUpCutOff(client: Client, { of: { runId, attemptId } }: ReplayPlan): Promise<void> {
  const record = await readAttempt(client, runId);
  if (record.attemptId !== attemptId || !isCutOff(record)) return;
  const calls = leftoversOf(record);
  // One may go on already, with what attempts before have left.
  if (calls.length > 0)
    await addToCleanUp(client, { runId, attemptId, connection: record.connection, calls });
}

interface Starting {
  readonly request: ReplayRequest;
  readonly plan: ReplayPlan;
  readonly replaying: Replaying;
  /** Of this replay: by it an attempt is known that was started before the answer was lost. */
  readonly token: string;
}

async function startAttempt(client: Client, { request, plan, replaying, token }: Starting) {
  const started = await startedBy(client, plan.runId, token);
  if (started !== null) return { runId: plan.runId, attemptId: started, plan: plan.hash };
  const record = exportedIn(request) ?? (await readAttempt(client, plan.of.runId, plan.of.attemptId));
  const isFork = request.forkTo !== undefined;
  const isFromFile = request.exported !== undefined;
  if (!isFork) {
    const open = await endCleaning(client, record, plan);
    // A file is nothing to stop anything by.
    await goOnCleaning(client, record, plan, { cutOff: isFromFile ? [] : cutOffIn(record), open });
  }
  const resolvers = isFromFile ? [] : await resolversOf(client, plan.of);
  const start = startFrom(record, plan, { replaying, resolvers, isFork, isFromFile });
  const { workflowType, memo, typedSearchAttributes, ...options } = startOf(plan.pipeline, start, replaying);
  const decision = start.document === undefined ? decisionIn(record, start) : undefined;
  try {
    const handle = await client.workflow.start(workflowType, {
      ...options,
      workflowId: plan.runId,
      workflowIdReusePolicy: isFork ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      memo: {
        ...memo,
        // The run keeps answering to its key, whatever a replay has edited.
        inputDigest: isFork ? digestOfStart(start) : record.inputDigest,
        lineage: start.lineage,
        replay: token,
        ...(decision !== undefined && { decision }),
      },
      typedSearchAttributes: [
        ...typedSearchAttributes,
        ...(decision === undefined ? [] : [{ key: keyword('LonghaulOutcome'), value: 'retraining' }]),
      ],
    });
    return { runId: plan.runId, attemptId: handle.firstExecutionRunId, plan: plan.hash };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new LonghaulError('REPLAY_STALE', `${plan.runId} has been started by somebody else meanwhile`);
  }
}

/**
 * What the attempt of before has left is adopted or was stopped: nobody cleans up after it any more. Where that has
 * undone what the plan adopts, the plan is stale, and cleaning up goes on.
 * @returns what it had not come to an end with
 */
async function endCleaning(
  client: Client,
  { runId, attemptId, connection }: AttemptRecord,
  { steps }: ReplayPlan,
): Promise<readonly UndoCall[]> {
  return withoutCleanUp(client, { runId, attemptId, connection }, (ended) => {
    const undone = new Set(ended?.undone.map(({ id }) => id));
    const lost = steps.find(({ adopts }) => adopts !== undefined && undone.has(adopts.id));
    if (lost === undefined) return Promise.resolve(ended?.open.flatMap(({ call = [] }) => call) ?? []);
    throw new LonghaulError(
      'REPLAY_STALE',
      `what "${lost.name}" was to adopt has just been undone by the cleanup of ${runId}`,
    );
  });
}

/** What the plan leaves behind is seen to beside the new attempt. */
async function goOnCleaning(
  client: Client,
  record: AttemptRecord,
  { steps }: ReplayPlan,
  left: Parameters<typeof goingOn>[2],
): Promise<void> {
  const { runId, attemptId, connection } = record;
  const calls = goingOn(record, steps, left);
  if (calls.length > 0) await addToCleanUp(client, { runId, attemptId, connection, calls });
}

/** The decision of a retraining that goes on. */
function decisionIn(record: AttemptRecord, { continuation }: RunStart<Json>): Json | undefined {
  const [name = ''] = stepsOf(record).find(([, { decides }]) => decides === true) ?? [];
  return continuation?.outputs[name];
}

/** The attempt that this replay has started; `null` when it has started none. */
async function startedBy(client: Client, runId: string, token: string): Promise<string | null> {
  const newest = await describedIfKnown(client, runId);
  return newest?.memo?.['replay'] === token ? attemptIdOf(newest) : null;
}

const exportedIn = ({ exported }: ReplayRequest): AttemptRecord | undefined =>
  exported && withoutAuthority(exported);
