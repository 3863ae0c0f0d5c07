/** What a run can undo, last made first; what it cannot, and what is in doubt, goes on after it. */
import { CancellationScope, patched } from '@temporalio/workflow';
import type { Made, UndoCall } from '../pipeline/effect.js';
import type { Doubt, Effects } from '../pipeline/effects.js';
import type { FailureCode } from '../pipeline/errors.js';
import type { Cleanup, Json, LeftBehind } from '../pipeline/steps.js';
import { type CleanUpState, besideOutput, keyOf, untried } from '../pipeline/undoing.js';
import { proxyEffects } from './effects.js';
import { failureOf } from './failures.js';
import { handOver } from './hand-over.js';
import { performUndo } from './undo-call.js';

/**
 * `running`: it uses the platform until it is stopped (a job, a build, a deployment on its way).
 * `lasting`: it stays and costs little (an environment), and goes only when the input asks for `cleanup`.
 */
export type UndoKind = 'running' | 'lasting';

/** What is undone, and when. */
export interface Undo {
  readonly step: string;
  readonly kind: UndoKind;
  readonly call: UndoCall;
}

/**
 * Says what an effect has made or, with `created: false`, what of another run it has adopted. What one in doubt may make
 * beside that is swept from now on.
 */
export type Answered = (made: Made, output: Doubt & { readonly created?: boolean }) => void;

export interface UndoStack {
  /** Registers before the effect is sent, so that one whose answer is lost is undone too. */
  add(undo: Undo): Answered;
  /** Whether what a step has registered may have been sent: it may, unless told otherwise. */
  sent(step: string, isSent: boolean): void;
  /** The platform has refused what a step has registered. */
  refused(step: string, code: FailureCode): void;
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
}

/** An empty stack for a run on a connection. */
export function createUndoStack(connection: string): UndoStack {
  let stack: readonly Entry[] = [];
  const sweeps = new Map<string, UndoCall>();
  const soFar = createTally();
  let given: Promise<boolean> | undefined;
  // One after the other: the first starts what the others add to.
  const give = (calls: readonly UndoCall[]): Promise<boolean> => {
    const before = given ?? Promise.resolve(false);
    given = before.then(async (isGiven) => (await handOver(connection, calls, soFar.settle)) || isGiven);
    return given;
  };
  const sweep = (calls: readonly UndoCall[]): void => {
    for (const call of calls) sweeps.set(keyOf(call), call);
    if (calls.length > 0) void give(calls);
  };
  const change = (step: string, doubt: UndoCall['doubt']): void => {
    for (const entry of stack)
      if (entry.step === step && entry.call.made === undefined) entry.call = { ...entry.call, doubt };
  };
  const undoNow = (chosen: readonly Entry[], rest: ReadonlyMap<string, UndoCall>): Promise<Cleanup> => {
    // What is undone is kept no more, also where another was made beside it.
    for (const { call } of chosen) if (sweeps.has(keyOf(call))) sweeps.set(keyOf(call), call);
    return CancellationScope.nonCancellable(() =>
      performAll(connection, withFirstBuilds(chosen), { rest, give }),
    );
  };
  return {
    add: (undo) => {
      const entry: Entry = { ...undo, call: { ...undo.call, doubt: undo.call.doubt ?? 'unanswered' } };
      stack = [entry, ...stack];
      return (made, { inDoubt, created = true }) => {
        const { doubt: _, ...call } = entry.call;
        const doubt = inDoubt === true ? ({ doubt: 'perhaps' } as const) : {};
        entry.call = { ...call, ...(created && { made }), ...doubt };
        if (inDoubt === true) sweep([{ ...call, made, keep: true, doubt: 'perhaps' }]);
      };
    },
    sent: (step, isSent) => change(step, isSent ? 'unanswered' : undefined),
    refused: (step, code) => {
      if (refusals.includes(code)) change(step, 'perhaps');
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
      // replay-tested: 2026-11-29
      if (own.length === 0 || !patched('undo-supplied')) return;
      stack = stack.filter((undo) => !own.includes(undo));
      const beside = withDoubt(own, sweeps).flatMap((undo) => {
        const call = besideOutput(undo.call, output);
        return call === null ? [] : [{ ...undo, call }];
      });
      sweep(beside.flatMap(({ call }) => (call.keep === true ? [call] : [])));
      const stopping = beside.filter(({ call }) => call.keep !== true);
      soFar.add(await undoNow(stopping, new Map<string, UndoCall>()));
    },
    perform: async (kinds, step) => {
      const chosen = withDoubt(
        stack.filter((undo) => kinds.includes(undo.kind) && (step === undefined || undo.step === step)),
        sweeps,
      );
      const rest = step === undefined ? sweeps : new Map<string, UndoCall>();
      const outcome = await undoNow(chosen, rest);
      const isGiven = outcome.afterwards !== undefined || (soFar.hasLeft() && (await given) === true);
      soFar.add(outcome);
      return soFar.report(isGiven);
    },
    isInDoubt: () => sweeps.size > 0 || soFar.hasLeft(),
    end: async () => soFar.report((await (sweeps.size > 0 ? give([...sweeps.values()]) : given)) === true),
  };
}

/** What was undone while the run went on, and what was not: that is tried further on. */
function createTally() {
  let tally: Pick<Cleanup, 'undone' | 'leftBehind'> = { undone: [], leftBehind: [] };
  const add = ({ undone, leftBehind }: Pick<Cleanup, 'undone' | 'leftBehind'>): void => {
    tally = {
      undone: unique([...tally.undone, ...undone]),
      leftBehind: unique([...tally.leftBehind, ...leftBehind]),
    };
  };
  return {
    add,
    /** What was tried further on has come to this end. */
    settle: (ended: CleanUpState): void => {
      tally = { ...tally, leftBehind: tally.leftBehind.filter(({ lasting }) => lasting === true) };
      add(ended);
    },
    hasLeft: () => tally.leftBehind.length > 0,
    report: (isGiven: boolean): Cleanup => ({ ...tally, ...(isGiven && { afterwards: 'going-on' }) }),
  };
}

interface Leftovers {
  /** What is in doubt beside what was adopted, by key. */
  readonly rest: ReadonlyMap<string, UndoCall>;
  readonly give: (calls: readonly UndoCall[]) => Promise<boolean>;
}

async function performAll(
  connection: string,
  chosen: readonly Entry[],
  { rest, give }: Leftovers,
): Promise<Cleanup> {
  let [undone, leftBehind]: [Cleanup['undone'], Cleanup['leftBehind']] = [[], []];
  const goesOn = new Map(rest);
  const effects = proxyEffects(connection);
  for (const { call } of once(chosen)) {
    const outcome = await perform(effects, call);
    undone = [...undone, ...outcome.undone];
    leftBehind = [...leftBehind, ...outcome.leftBehind];
    const isOpen = outcome.leftBehind.some(({ lasting }) => lasting !== true);
    goesOn.delete(keyOf(call));
    if (isOpen) goesOn.set(keyOf(call), call);
    else if (call.doubt !== undefined) goesOn.set(keyOf(call), { ...call, told: outcome.undone });
  }
  const isGiven = goesOn.size > 0 && (await give([...goesOn.values()]));
  return { undone, leftBehind, ...(isGiven && { afterwards: 'going-on' }) };
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
  if (!chosen.some(isSure)) return chosen;
  // replay-tested: 2026-11-29
  if (!patched('sweep-what-is-undone')) return chosen;
  return chosen.map((entry) =>
    isSure(entry) ? { ...entry, call: { ...entry.call, doubt: 'perhaps' as const } } : entry,
  );
}

/** Runs of before have left what an environment began to build when it was created. */
function withFirstBuilds(chosen: readonly Entry[]): readonly Entry[] {
  const others = chosen.filter(
    ({ call: { target, origin } }) => target.undo !== 'cancelBuild' || origin.step !== 'environment',
  );
  if (others.length === chosen.length) return chosen;
  // replay-tested: 2026-11-29
  return patched('first-build') ? chosen : others;
}

/** A step that was tried again has registered twice; its last word counts. Runs of before have undone it twice. */
function once(chosen: readonly Entry[]): readonly Entry[] {
  const latest = new Map(chosen.toReversed().map((entry) => [keyOf(entry.call), entry] as const));
  const unique = chosen.filter((entry) => latest.get(keyOf(entry.call)) === entry);
  if (unique.length === chosen.length) return chosen;
  // replay-tested: 2026-11-29
  return patched('undo-once') ? unique : chosen;
}

async function perform(effects: Effects, call: UndoCall): Promise<Cleanup> {
  try {
    return await performUndo(effects, call);
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    return { undone: [], leftBehind: untried(call, failure.message) };
  }
}
