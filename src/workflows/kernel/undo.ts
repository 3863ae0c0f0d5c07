/** What a run can undo, last made first; what it cannot, and what is in doubt, goes on after it. */
import { CancellationScope, patched } from '@temporalio/workflow';
import type { UndoCall } from '../../run/undoing/effect.js';
import type { FailureCode } from '../../run/failures/errors.js';
import type { Cleanup, Json, LeftBehind } from '../../run/steps.js';
import { type CleanUpState, endingIn, keyOf, performUndo } from '../../run/undoing/undoing.js';
import { besideOutput, isApart, untried } from '../../steps/undoings.js';
import type { Answered, UndoKind } from '../../steps/context.js';
import { failureOf } from '../../steps/failures.js';
import type { UndoLeg } from '../../run/legs.js';
import type { Attempt } from '../legs/attempt.js';
import { handOver } from './hand-over.js';

/** What is undone, and when. */
export interface Undo {
  readonly step: string;
  readonly kind: UndoKind;
  readonly call: UndoCall;
}

export interface UndoStack {
  /** Registers before the effect is sent, so that one whose answer is lost is undone too. */
  add(undo: Undo): Answered;
  /** Whether what a step has registered may have been sent: it may, unless told otherwise. */
  sent(step: string, isSent: boolean): void;
  /** A step acts on what it has adopted. */
  acting(step: string): void;
  /** The platform has refused what a step has registered. */
  refused(step: string, code: FailureCode): void;
  /** No try of a step has sent what it has registered: nothing of it can appear later. */
  unsent(step: string): void;
  /** Looks from now on for what an effect in doubt has made beside what was adopted. */
  sweep(calls: readonly UndoCall[]): void;
  /** A step has undone its effect itself: of one in doubt, nothing is kept any more. */
  undone(call: UndoCall): void;
  /** Forgets what a finished step had running: it runs no more. */
  settle(step: string): void;
  /** A person has supplied the output of a step: what that has running is undone, but for what the output names. */
  supplied(step: string, output: Json): Promise<void>;
  /**
   * Undoes in reverse order, of all steps or of one, also when the run was cancelled. Of all, it reports what is left, also by
   * what was undone of one before.
   */
  perform(kinds: readonly UndoKind[], step?: string): Promise<Cleanup>;
  /** Whether any effect may have made something beside what was adopted, or was not undone when it was to be. */
  isInDoubt(): boolean;
  /** At the end of a run that has succeeded and is in doubt: sweeps once more, and reports what is left. */
  end(): Promise<Cleanup>;
  /** What the next leg is to know. */
  known(): UndoLeg;
}

export interface UndoOptions {
  /** Where the run acts. */
  readonly connection: string;
  readonly attempt: Attempt;
  /** The effects, called on behalf of a step. */
  effectsOf(step: string): object;
  /** Counts what must not be cut off. */
  readonly track: <T>(effect: Promise<T>) => Promise<T>;
  /** What the leg before knew. */
  readonly before: UndoLeg | undefined;
}

/** By these, nothing is made: the platform says no, or was not reached. */
const refusals: readonly FailureCode[] = [
  'CREDENTIALS_MISSING',
  'CREDENTIALS_REJECTED',
  'PERMISSION_DENIED',
  'QUOTA_EXCEEDED',
  'REQUEST_REJECTED',
  'CONFLICT',
  'NOT_FOUND',
  'PLATFORM_UNREACHABLE',
  'PLATFORM_THROTTLED',
];

/** One entry of the stack, as far as it is known. */
interface Entry extends Undo {
  call: UndoCall;
  /** Whether an answer has said what it has made; an earlier try may have known that too. */
  isMade?: boolean;
  /** Whether it is known that nothing was sent. */
  isUnsent?: boolean;
  /** Whether a request may have been sent for what was adopted. */
  isActedOn?: boolean;
}

/** What has come of all that was undone while the run went on, and of what was given to whoever goes on after it. */
interface Account {
  /** Hands calls over; says whether anything was. One after the other: the first starts what the others add to. */
  readonly give: (calls: readonly UndoCall[]) => Promise<boolean>;
  /** Whether anything was handed over. */
  given(): Promise<boolean>;
  add(outcome: Cleanup): void;
  /** Whether anything is left that is tried further on. */
  isLeft(): boolean;
  report(isGoingOn: boolean): Cleanup;
  /** What the next leg is to know. What was given is told to this one alone: until it is looked at, it is left. */
  known(): Pick<UndoLeg, 'soFar' | 'isGiven'>;
}

function createAccount({ before, track, ...of }: UndoOptions): Account {
  let soFar = before?.soFar ?? { undone: [], leftBehind: [] };
  let isGiven = before?.isGiven === true;
  let given: Promise<boolean> = Promise.resolve(isGiven);
  const done = ({ undone, leftBehind }: CleanUpState): void => {
    const lasting = soFar.leftBehind.filter((left) => left.lasting === true);
    soFar = {
      undone: unique([...soFar.undone, ...undone]),
      leftBehind: unique([...lasting, ...leftBehind]),
    };
  };
  return {
    give: (calls) => {
      const giving = given.then(async (wasGiven) => (await handOver(of, calls, done)) || wasGiven);
      given = track(giving);
      void giving.then((now) => (isGiven = now));
      return given;
    },
    given: () => given,
    add: ({ undone, leftBehind }) => {
      soFar = {
        undone: unique([...soFar.undone, ...undone]),
        leftBehind: unique([...soFar.leftBehind, ...leftBehind]),
      };
    },
    isLeft: () => soFar.leftBehind.length > 0,
    report: (isGoingOn) => ({ ...soFar, ...(isGoingOn && { afterwards: 'going-on' }) }),
    known: () => ({ soFar, isGiven }),
  };
}

/** The stack of a run: empty, or as the leg before has left it. */
export function createUndoStack(options: UndoOptions): UndoStack {
  const { before, effectsOf } = options;
  let stack: readonly Entry[] = before?.stack ?? [];
  const sweeps = new Map((before?.sweeps ?? []).map((call) => [keyOf(call), call] as const));
  const account = createAccount(options);
  const { give } = account;
  const sweep = (calls: readonly UndoCall[]): void => {
    for (const call of calls) sweeps.set(keyOf(call), call);
    if (calls.length > 0) void give(calls);
  };
  const change = (step: string, doubt: UndoCall['doubt']): void => {
    for (const entry of stack)
      if (entry.step === step && entry.isMade !== true) entry.call = { ...entry.call, doubt };
  };
  const undoNow = (chosen: readonly Entry[], rest: ReadonlyMap<string, UndoCall>): Promise<Cleanup> => {
    // What is undone is kept no more, also where another was made beside it.
    for (const { call } of chosen) if (sweeps.has(keyOf(call))) sweeps.set(keyOf(call), call);
    return CancellationScope.nonCancellable(() => performAll(effectsOf, chosen, { rest, give }));
  };
  return {
    add: (undo) => {
      const entry: Entry = { ...undo, call: { ...undo.call, doubt: undo.call.doubt ?? 'unanswered' } };
      stack = [entry, ...stack];
      return (made, { inDoubt, created = true }, target = entry.call.target) => {
        const { doubt: _, ...before } = entry.call;
        const call = { ...before, target };
        const doubt = inDoubt === true ? ({ doubt: 'perhaps' } as const) : {};
        entry.call = { ...call, ...(created && { made }), ...doubt };
        entry.isMade = created;
        if (inDoubt === true) sweep([{ ...call, made, keep: true, doubt: 'perhaps' }]);
      };
    },
    sent: (step, isSent) => change(step, isSent ? 'unanswered' : undefined),
    acting: (step) => markActedOn(stack, step),
    refused: (step, code) => {
      if (refusals.includes(code)) change(step, 'perhaps');
    },
    unsent: (step) => {
      for (const entry of stack)
        if (entry.step === step && entry.call.origin.step === step && entry.isMade === undefined)
          entry.isUnsent = true;
    },
    sweep,
    undone: (call) => {
      if (sweeps.has(keyOf(call))) sweep([{ ...call, doubt: 'perhaps' }]);
    },
    settle: (step) => {
      stack = stack.filter((undo) => undo.step !== step || undo.kind !== 'running');
    },
    supplied: async (step, output) => {
      const own = stack.filter(
        ({ kind, call, ...undo }) => undo.step === step && kind === 'running' && call.origin.step === step,
      );
      if (own.length === 0) return;
      stack = stack.filter((undo) => !own.includes(undo));
      const beside = withDoubt(own, sweeps).flatMap((undo) => {
        const call = besideOutput(undo.call, output);
        return call === null ? [] : [{ ...undo, call }];
      });
      sweep(beside.flatMap(({ call }) => (call.keep === true ? [call] : [])));
      const stopping = beside.filter(({ call }) => call.keep !== true);
      account.add(await undoNow(stopping, new Map<string, UndoCall>()));
    },
    perform: async (kinds, step) => {
      const known = withDoubtOfActs(withoutDoubt(stack));
      const chosen = withDoubt(
        known.filter((undo) => kinds.includes(undo.kind) && (step === undefined || undo.step === step)),
        sweeps,
      );
      if (step === undefined && !kinds.includes('lasting')) sweepTwins(known, sweeps);
      const rest = step === undefined ? sweeps : new Map<string, UndoCall>();
      const outcome = await undoNow(chosen, rest);
      const isGoingOn = outcome.afterwards !== undefined || (account.isLeft() && (await account.given()));
      account.add(outcome);
      return account.report(isGoingOn);
    },
    isInDoubt: () => sweeps.size > 0 || account.isLeft(),
    // A step that another leg brings to where it was registers again: its last word counts.
    known: () => ({ stack: once(stack), sweeps: [...sweeps.values()], ...account.known() }),
    end: async () => account.report(await (sweeps.size > 0 ? give([...sweeps.values()]) : account.given())),
  };
}

function markActedOn(stack: readonly Entry[], step: string): void {
  for (const entry of stack) if (entry.step === step && entry.isMade === false) entry.isActedOn = true;
}

/** Of what was not sent, one look says what is there. Runs of a version before have gone on looking, as their histories say. */
// replay-tested: 2026-11-30
const withoutDoubt = (stack: readonly Entry[]): readonly Entry[] =>
  stack.some(({ isUnsent }) => isUnsent) && patched('unsent-is-in-no-doubt')
    ? stack.map((entry) => (entry.isUnsent === true ? { ...entry, call: surely(entry.call) } : entry))
    : stack;

const surely = ({ doubt: _, ...call }: UndoCall): UndoCall => call;

/** A request for what was adopted may be carried out late. Runs of a version before have not looked for that, as their histories say. */
// replay-tested: 2026-11-30
const withDoubtOfActs = (stack: readonly Entry[]): readonly Entry[] =>
  stack.some(({ isActedOn }) => isActedOn) && patched('acts-are-in-doubt')
    ? stack.map((entry) =>
        entry.isActedOn === true ? { ...entry, call: { ...entry.call, doubt: 'perhaps' as const } } : entry,
      )
    : stack;

/** What stays and was never answered may be there twice: one of them stays. */
function sweepTwins(stack: readonly Entry[], sweeps: Map<string, UndoCall>): void {
  for (const { kind, call } of stack)
    if (kind === 'lasting' && call.doubt === 'unanswered') sweeps.set(keyOf(call), { ...call, keep: true });
}

interface Leftovers {
  /** What is in doubt beside what was adopted, by key. */
  readonly rest: ReadonlyMap<string, UndoCall>;
  readonly give: (calls: readonly UndoCall[]) => Promise<boolean>;
}

/** Of an `each` over hundreds, so that the requests of each come soon enough. */
const mostAtOnce = 50;

async function performAll(
  effectsOf: (step: string) => object,
  chosen: readonly Entry[],
  { rest, give }: Leftovers,
): Promise<Cleanup> {
  let [undone, leftBehind]: [Cleanup['undone'], Cleanup['leftBehind']] = [[], []];
  const goesOn = new Map(rest);
  for (const group of groupsOf(once(chosen))) {
    const outcomes = await Promise.all(
      group.map(async ({ call }) => ({ call, outcome: await perform(effectsOf(call.origin.step), call) })),
    );
    for (const { call, outcome } of outcomes) {
      undone = [...undone, ...outcome.undone];
      leftBehind = [...leftBehind, ...outcome.leftBehind];
      const isOpen = outcome.leftBehind.some(({ lasting }) => lasting !== true);
      goesOn.delete(keyOf(call));
      if (isOpen) goesOn.set(keyOf(call), { ...call, asked: endingIn(outcome.leftBehind) });
      else if (call.doubt !== undefined) goesOn.set(keyOf(call), { ...call, told: outcome.undone });
    }
  }
  const isGiven = goesOn.size > 0 && (await give([...goesOn.values()]));
  return { undone, leftBehind, ...(isGiven && { afterwards: 'going-on' }) };
}

/**
 * One after the other, but for neighbours that have nothing to do with each other: none of twenty jobs goes on while another
 * one stops. Runs of a version before have waited for each, as their histories say.
 */
// replay-tested: 2026-11-30
function groupsOf(chosen: readonly Entry[]): readonly (readonly Entry[])[] {
  const groups: Entry[][] = [];
  for (const entry of chosen) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    const joins =
      group !== undefined &&
      group.length < mostAtOnce &&
      isApart(entry.call) &&
      first?.call.target.undo === entry.call.target.undo;
    if (joins) group.push(entry);
    else groups.push([entry]);
  }
  if (groups.every(({ length }) => length === 1)) return groups;
  if (patched('stopped-side-by-side')) return groups;
  else return chosen.map((entry) => [entry]);
}

/** Of what is said twice, the last word. */
const unique = <T extends Pick<LeftBehind, 'kind' | 'id'> & Partial<LeftBehind>>(
  objects: readonly T[],
): T[] => [
  ...new Map(
    objects.map((object) => [`${object.kind} ${object.id ?? object.reason}`, object] as const),
  ).values(),
];

/** Another may have been made beside what is swept, whichever step has registered it last: it is looked for further on. */
function withDoubt(chosen: readonly Entry[], sweeps: ReadonlyMap<string, UndoCall>): readonly Entry[] {
  const isSure = ({ call }: Entry): boolean => call.doubt === undefined && sweeps.has(keyOf(call));
  return chosen.map((entry) =>
    isSure(entry) ? { ...entry, call: { ...entry.call, doubt: 'perhaps' as const } } : entry,
  );
}

/** A step that was tried again has registered twice; its last word counts. */
function once(chosen: readonly Entry[]): readonly Entry[] {
  const latest = new Map(chosen.toReversed().map((entry) => [keyOf(entry.call), entry] as const));
  return chosen.filter((entry) => latest.get(keyOf(entry.call)) === entry);
}

async function perform(effects: object, call: UndoCall): Promise<Cleanup> {
  try {
    return await performUndo(effects, call);
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    return { undone: [], leftBehind: untried(call, failure.message) };
  }
}
