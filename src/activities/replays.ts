/** Replays: planned by looking at the platform, performed by starting another attempt of the run. */
import { Context } from '@temporalio/activity';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { describedIfKnown, readAttempt, resolversOf, shortBuild } from '../client/attempts.js';
import { endCleanUp, startCleanUp } from '../client/cleanups.js';
import { digestOf } from '../client/door.js';
import { keyword, startOf } from '../client/starting.js';
import type { UndoCall } from '../pipeline/effect.js';
import type { Effects, ReplayEffects } from '../pipeline/effects.js';
import { LonghaulError } from '../pipeline/errors.js';
import { type ModelNames, hasOwnKey, runIdOf } from '../pipeline/ids.js';
import { knownAs } from '../pipeline/people.js';
import type {
  AttemptRecord,
  PlanOutcome,
  ReplayPlan,
  ReplayRequest,
  Replaying,
} from '../pipeline/replays.js';
import { leftoversOf } from '../pipeline/leftovers.js';
import { outputOf, partOf, stepOf } from '../pipeline/replay-request.js';
import type { Continuation, Lineage, RunStart, Trigger } from '../pipeline/steps.js';
import { PlatformError } from '../platform/errors.js';
import { attempted } from './attempt.js';
import type { ActivityDependencies } from './dependencies.js';
import { isWorthAnother } from './failures.js';
import { type Foresight, createForesight } from './foresight.js';
import { withoutAuthority } from './exported-attempts.js';
import { goingOn, stopLeft } from './left-running.js';
import { createPastRuns } from './past-runs.js';
import { planReplay } from './replay-plan.js';

/** Builds them for one connection. */
export function createReplayActivities(
  deps: ActivityDependencies,
  effects: Pick<Effects, 'cancelBuild' | 'stopJobs' | 'stopModelApiVersion'>,
): ReplayEffects {
  const pastRuns = createPastRuns();
  return {
    planReplays: attempted(deps, async ({ requests, buildId: build }, { number }) => {
      const buildId = build === undefined ? undefined : shortBuild(build);
      const { client } = Context.current();
      const foresight = createForesight(deps);
      const outcomes: PlanOutcome[] = [];
      for (const request of requests) {
        const outcome = await planOrRefuse(client, foresight, request, { buildId, tried: number });
        outcomes.push(
          'plan' in outcome ? { ...outcome, plan: await pastRuns.time(client, outcome.plan) } : outcome,
        );
      }
      return outcomes;
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
  foresight: Foresight,
  request: ReplayRequest,
  { buildId, tried }: { readonly buildId: string | undefined; readonly tried: number },
): Promise<PlanOutcome> {
  const { runId } = request;
  try {
    const record = await recordOf(client, request);
    await refuseUnderWay(client, record, request);
    return { runId, plan: await planReplay({ record, request, foresight, buildId }) };
  } catch (error) {
    const known = error instanceof LonghaulError || error instanceof PlatformError ? error : null;
    if (error instanceof WorkflowNotFoundError)
      return { runId, refused: { code: 'RUN_NOT_FOUND', message: `Temporal knows no run ${runId}` } };
    if (known === null || isWorthAnother(known.code, tried)) throw error;
    const fields = known instanceof LonghaulError ? known.fields : undefined;
    return { runId, refused: { code: known.code, message: known.message, ...(fields && { fields }) } };
  }
}

async function recordOf(client: Client, { runId, exported, forkTo }: ReplayRequest): Promise<AttemptRecord> {
  if (exported === undefined) return readAttempt(client, runId);
  if ((await describedIfKnown(client, runId)) !== null)
    throw new LonghaulError(
      'REPLAY_REFUSED',
      `Temporal knows the run ${runId}: replay it by its id, for the file may be older than its last attempt`,
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

async function refuseSending(client: Client, runId: string, attemptId: string): Promise<void> {
  const { raw } = await client.workflow.getHandle(runId, attemptId).describe();
  const sending = raw.pendingActivities?.find(({ activityType }) => activityType?.name?.startsWith('ensure'));
  if (sending)
    throw new LonghaulError(
      'REPLAY_REFUSED',
      `${runId} is sending ${sending.activityType?.name ?? 'an effect'} at this moment; ask again when that has been answered`,
    );
}

/** This very attempt, so that one which has gone on to another is not touched. */
async function endAttempt(client: Client, { of }: ReplayPlan, reason: string): Promise<void> {
  if (of.status === 'running') await refuseSending(client, of.runId, of.attemptId);
  try {
    await client.workflow.getHandle(of.runId, of.attemptId).terminate(reason);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error; // it has ended by itself
  }
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
    // A request that was under way when Temporal ended the run is known to no cleanup; a file is nothing to stop it by.
    const cutOff = isFromFile ? [] : leftoversOf(record).filter(({ doubt }) => doubt === 'unanswered');
    await goOnCleaning(client, record, plan, [...cutOff, ...open]);
  }
  const resolvers = isFromFile ? [] : await resolversOf(client, plan.of);
  const start = startFrom(record, plan, { replaying, resolvers, isFork, isFromFile });
  const { workflowType, memo, typedSearchAttributes, ...options } = startOf(plan.pipeline, start);
  const decision = start.continuation?.outputs['decide'];
  try {
    const handle = await client.workflow.start(workflowType, {
      ...options,
      workflowId: plan.runId,
      workflowIdReusePolicy: isFork ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      memo: {
        ...memo,
        // The run keeps answering to its key, whatever a replay has edited.
        inputDigest: isFork ? digestOf(plan.input) : record.inputDigest,
        lineage: start.lineage,
        replay: token,
        ...(decision !== undefined && { decision }),
      },
      typedSearchAttributes: [
        ...typedSearchAttributes,
        ...(decision === undefined ? [] : [{ key: keyword('LonghaulOutcome'), value: 'retraining' }]),
        ...(replaying.campaign === undefined
          ? []
          : [{ key: keyword('LonghaulCampaign'), value: replaying.campaign }]),
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
  record: AttemptRecord,
  { steps }: ReplayPlan,
): Promise<readonly UndoCall[]> {
  const { runId, attemptId, connection } = record;
  const ended = await endCleanUp(client, runId);
  const undone = new Set(ended?.undone.map(({ id }) => id));
  const lost = steps.find(({ adopts }) => adopts !== undefined && undone.has(adopts.id));
  if (lost === undefined) return ended?.open.flatMap(({ call = [] }) => call) ?? [];
  await startCleanUp(client, { runId, attemptId, connection, calls: leftoversOf(record) });
  throw new LonghaulError(
    'REPLAY_STALE',
    `what "${lost.name}" was to adopt has just been undone by the cleanup of ${runId}`,
  );
}

/** What the plan leaves behind is seen to beside the new attempt. */
async function goOnCleaning(
  client: Client,
  record: AttemptRecord,
  { steps }: ReplayPlan,
  unsettled: readonly UndoCall[],
): Promise<void> {
  const { runId, attemptId, connection } = record;
  const calls = goingOn(record, steps, unsettled);
  if (calls.length > 0) await startCleanUp(client, { runId, attemptId, connection, calls });
}

/** The attempt that this replay has started; `null` when it has started none. */
async function startedBy(client: Client, runId: string, token: string): Promise<string | null> {
  const newest = await describedIfKnown(client, runId);
  return newest?.memo?.['replay'] === token ? newest.runId : null;
}

/**
 * All that those are known by who have replayed the run before, have resolved a step of it, have reset it, or have supplied an
 * output that is taken over.
 */
function earlierOf(
  { trigger, lineage, steps }: AttemptRecord,
  { resolvers, isFromFile }: Pick<Origins, 'resolvers' | 'isFromFile'>,
): string[] {
  const suppliers = steps.flatMap(({ state }) =>
    state.status === 'skipped' && state.output !== undefined ? beginningsOf(state.reason) : [],
  );
  // A file does not make anybody the starter; whom it names is excluded all the same.
  const askers = (trigger.askers ?? []).flatMap(({ ids }) => ids);
  const starters = isFromFile ? [...knownAs(trigger.by, trigger.ids), ...askers] : [];
  const known = [...starters, ...suppliers.flatMap((by) => knownAs(by))];
  return [
    ...new Set([...(lineage?.before ?? []), ...knownAs(lineage?.by, lineage?.ids), ...resolvers, ...known]),
  ];
}

/** Whoever is named before the first colon of a reason or, since names may have colons in them, before any other. */
const beginningsOf = (reason: string): string[] =>
  [...reason.matchAll(/: /g)].slice(0, colonsRead).map(({ index }) => reason.slice(0, index));

/** No name has more. */
const colonsRead = 10;

/** What creations in doubt may still make beside the outputs that are carried over. */
function sweepsOf(record: AttemptRecord, carried: ReadonlySet<string>): Pick<Continuation, 'sweeps'> {
  const sweeps = leftoversOf(record).filter(({ keep, origin }) => keep === true && carried.has(origin.step));
  return sweeps.length === 0 ? {} : { sweeps };
}

const exportedIn = ({ exported }: ReplayRequest): AttemptRecord | undefined =>
  exported && withoutAuthority(exported);

/** Whose the new attempt is, and what it comes from. */
interface Origins {
  readonly replaying: Replaying;
  /** All that those are known by who have resolved a step of the attempt that is replayed, or have reset it. */
  readonly resolvers: readonly string[];
  readonly isFork: boolean;
  readonly isFromFile: boolean;
}

/** What nobody but a file says has been judged, where somebody is asked who should know that. */
const judging = ['decide', 'gate', 'compare'];

/** Whose word the outputs are that no attempt of the run has come to, also where an earlier one has taken them over. */
function suppliedIn(
  record: AttemptRecord,
  steps: ReplayPlan['steps'],
  { replaying: { by, reason }, isFromFile }: Pick<Origins, 'replaying' | 'isFromFile'>,
): Record<string, string> {
  const isAsked = partOf(record.input, 'approval') !== undefined;
  const whose = ({ name, action }: ReplayPlan['steps'][number]): string | null => {
    const { state } = stepOf(record, name);
    if (action === 'supplied') return `${by}: ${reason}`;
    if (action !== 'reused') return null;
    if (isFromFile && isAsked && judging.includes(name)) return `${by}: taken from a file (${reason})`;
    return state.status === 'skipped' && state.output !== undefined ? state.reason : null;
  };
  return Object.fromEntries(
    steps.flatMap((step) => {
      const said = whose(step);
      return said === null ? [] : [[step.name, said] as const];
    }),
  );
}

/** What the new attempt is started with. */
function startFrom(
  record: AttemptRecord,
  { input, steps, of, hash }: ReplayPlan,
  { replaying, resolvers, isFork, isFromFile }: Origins,
): RunStart<ModelNames> {
  const carried = steps.flatMap(({ name, output }) =>
    output === undefined ? [] : [[name, output] as const],
  );
  const { runId, firstAttemptId } = record;
  const origins = [...(isFork ? [{ runId, firstAttemptId }] : []), ...(record.origins ?? [])];
  const asked = steps.find(({ name, action }) => name === 'approve' && action === 'run');
  const continuation: Continuation = {
    ...(!isFork && { firstAttemptId: record.firstAttemptId }),
    ...(origins.length > 0 && { origins }),
    outputs: Object.fromEntries(carried),
    references: Object.fromEntries([
      ...carried.map(([name]) => [name, stepOf(record, name).references] as const),
      ...steps.flatMap(({ name, adopts }) => (adopts === undefined ? [] : [[name, [adopts]] as const])),
    ]),
    supplied: suppliedIn(record, steps, { replaying, isFromFile }),
    // What a file says of other effects is nothing to stop them by, and what a fork comes from looks after its own.
    ...(!isFork && !isFromFile && sweepsOf(record, new Set(carried.map(([name]) => name)))),
    ...(!isFork && !isFromFile && record.replaced !== undefined && { replaced: record.replaced }),
    generations: Object.fromEntries(
      steps.filter(({ generation }) => generation > 1).map(({ name, generation }) => [name, generation]),
    ),
    ...(asked && outputOf(record, 'approve') !== undefined && { asksAgain: asked.why }),
  };
  const lineage: Lineage = {
    // A file may say any number; a replay is at least the second attempt.
    number: isFork ? 1 : isFromFile ? 2 : (record.lineage?.number ?? 1) + 1,
    of: { runId: of.runId, attemptId: of.attemptId },
    by: replaying.by,
    ...(replaying.ids && { ids: replaying.ids }),
    before: earlierOf(record, { resolvers, isFromFile }),
    reason: replaying.reason,
    plan: hash,
    ...(replaying.campaign !== undefined && { campaign: replaying.campaign }),
  };
  return {
    input: input as unknown as ModelNames, // the plan has checked it by the pipeline's schema
    trigger: isFromFile ? triggerOf(replaying) : record.trigger,
    continuation,
    lineage,
    ...(partOf(input, 'whenBusy') === 'replace' && replaying.mayCancel && { mayCancel: replaying.mayCancel }),
    ...(record.notify && { notify: record.notify }),
  };
}

/** Who started the run is known from the file alone, and so is not known: whoever replays it answers for it. */
const triggerOf = ({ by, ids, reason }: Replaying): Trigger => ({
  kind: 'replay',
  by,
  ...(ids && { ids }),
  reason,
});
