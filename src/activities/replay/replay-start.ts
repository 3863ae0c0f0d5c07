/** What another attempt of a run, or a fork of it, is started with. */
import type { FailureCode } from '../../run/failures/errors.js';
import { asksForApproval } from '../../pipelines/authority.js';
import { pipelineOfRun } from '../../pipelines/definition.js';
import { replacesAny } from '../../client/starting.js';
import { sweepsOf } from '../../pipelines/leftovers.js';
import { knownAs } from '../../run/approvals/people.js';
import type { AttemptRecord, ReplayPlan, Replaying } from '../../run/replays/replays.js';
import { outputOf, partOf, stepOf, stepsOf } from '../../pipelines/replay-request.js';
import type { Continuation, Json, Lineage, RunStart, Trigger } from '../../run/steps.js';
import { asOfAnother } from '../../run/undoing/undoing.js';
import { itemOf } from '../../steps/ends.js';

/** Whose the new attempt is, and what it comes from. */
export interface Origins {
  readonly replaying: Replaying;
  /** All that those are known by who have resolved a step of the attempt that is replayed, or have reset it. */
  readonly resolvers: readonly string[];
  readonly isFork: boolean;
  readonly isFromFile: boolean;
}

/** What the new attempt is started with. */
export function startFrom(
  record: AttemptRecord,
  { input, steps, of, hash, request }: ReplayPlan,
  { replaying, resolvers, isFork, isFromFile }: Origins,
): RunStart<Json> {
  const supplied = suppliedIn(record, steps, { replaying, isFromFile });
  const isOfAnother = (name: string): boolean => isFork || isFromFile || supplied.has(name);
  const carried = steps.flatMap(({ name, output }) =>
    output === undefined ? [] : [[name, isOfAnother(name) ? asOfAnother(output) : output] as const],
  );
  const { runId, firstAttemptId } = record;
  const document = request.document ?? record.document;
  const origins = [...(isFork ? [{ runId, firstAttemptId }] : []), ...(record.origins ?? [])];
  const kinds = new Map(stepsOf(record));
  const asked = steps.find(({ name, action }) => kinds.get(name)?.asks === true && action === 'run');
  const continuation: Continuation = {
    ...(!isFork && { firstAttemptId: record.firstAttemptId }),
    ...(!isFork && document && { startedAt: record.firstStartedAt ?? record.startedAt }),
    ...(record.endedAt !== undefined && { endedAt: record.endedAt }),
    ...(origins.length > 0 && { origins }),
    outputs: Object.fromEntries(carried),
    references: Object.fromEntries([
      ...carried.map(([name]) => [name, stepOf(record, name).references] as const),
      ...steps.flatMap(({ name, adopts }) => (adopts === undefined ? [] : [[name, [adopts]] as const])),
    ]),
    supplied: Object.fromEntries(supplied),
    // What a file says of other effects is nothing to stop them by, and what a fork comes from looks after its own.
    ...(!isFork && !isFromFile && sweeping(record, new Set(carried.map(([name]) => name)))),
    ...(!isFork && !isFromFile && record.replaced !== undefined && { replaced: record.replaced }),
    generations: Object.fromEntries(
      steps.filter(({ generation }) => generation > 1).map(({ name, generation }) => [name, generation]),
    ),
    begun: isFork ? [] : begunIn(record, steps),
    ...(asked && outputOf(record, asked.name) !== undefined && { asksAgain: asked.why }),
  };
  const replaces = document === undefined ? partOf(input, 'whenBusy') === 'replace' : replacesAny(document);
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
    input,
    ...(document && { document }),
    trigger: isFromFile ? triggerOf(replaying) : record.trigger,
    continuation,
    lineage,
    ...(replaces && replaying.mayCancel && { mayCancel: replaying.mayCancel }),
    ...(record.notify && { notify: record.notify }),
  };
}

/**
 * Of steps whose output somebody has supplied, to this replay or before: who, and why. A file speaks for nobody: what it
 * alone says has been judged, somebody who is asked for an approval should know.
 */
function suppliedIn(
  record: AttemptRecord,
  steps: ReplayPlan['steps'],
  { replaying: { by, reason }, isFromFile }: Pick<Origins, 'replaying' | 'isFromFile'>,
): ReadonlyMap<string, string> {
  const kinds = new Map(stepsOf(record));
  const isAsked = asksForApproval(pipelineOfRun(record), record.input);
  const reasons = steps.flatMap(({ name, action, output }) => {
    if (action === 'supplied') return [[name, `${by}: ${reason}`] as const];
    const { state } = stepOf(record, name);
    const before = output !== undefined && state.status === 'skipped' && state.output !== undefined;
    const judges = kinds.get(name)?.goesOnIf !== undefined;
    const isJudged = isFromFile && isAsked && action === 'reused' && judges;
    if (!before && !isJudged) return [];
    return [[name, before && !isFromFile ? state.reason : `${by}: taken from a file (${reason})`] as const];
  });
  return new Map(reasons);
}

/** By these, a request that is sent once was not taken, and one whose answer was lost before never comes to them. */
const untaken: readonly FailureCode[] = [
  'EXPRESSION_FAILED',
  'SERVICE_REFUSED',
  'SERVICE_UNAVAILABLE',
  'SERVICE_UNUSABLE',
];

/**
 * What may have sent something already, in the generation that it goes on with. Also of items that the plan does not know, and
 * of what this attempt has not come to: an attempt after this one may.
 */
function begunIn(record: AttemptRecord, steps: ReplayPlan['steps']): string[] {
  const generations = new Map(steps.map(({ name, generation }) => [name, generation]));
  const items = record.steps.map(({ name }) => name).filter((name) => itemOf(name) !== null);
  const names = new Set([...generations.keys(), ...items, ...(record.begun ?? [])]);
  return [...names].filter((name) => {
    const { tries, state, generation: last = 1 } = stepOf(record, name);
    const generation = generations.get(name) ?? 1;
    if (tries === 0) return generation === last && record.begun?.includes(name) === true;
    const isUntaken = 'failure' in state && untaken.includes(state.failure.code);
    return generation < last || (generation === last && !isUntaken);
  });
}

/** Who started the run is known from the file alone, and so is not known: whoever replays it answers for it. */
const triggerOf = ({ by, ids, reason }: Replaying): Trigger => ({
  kind: 'replay',
  by,
  ...(ids && { ids }),
  reason,
});

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
function sweeping(record: AttemptRecord, carried: ReadonlySet<string>): Pick<Continuation, 'sweeps'> {
  const sweeps = sweepsOf(record).filter(({ origin }) => carried.has(origin.step));
  return sweeps.length === 0 ? {} : { sweeps };
}
