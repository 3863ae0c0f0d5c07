/**
 * The state of one connection, which all its workers share: they report here, and follow the memo.
 *
 * A platform that asks to be sent nothing is sent nothing by any of them. One that refuses the credential is asked until it
 * accepts it again, or until an operator says so; then every run that was parked for it goes on.
 */
import { ApplicationFailure } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  setWorkflowOptions,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type ConnectionStart,
  type ConnectionState,
  type RefusalReport,
  type Resumption,
  type Standing,
  heldUntilOf,
  openConnection,
} from '../run/connections.js';
import { deploymentName } from '../run/ids.js';
import { proxyConnection } from './kernel/effects.js';
import { failureOf } from '../steps/failures.js';
import { holdSignal, refuseSignal, resumeConnectionUpdate } from './kernel/messages.js';

/** Enough for months; a follower reads it whole. */
const longHistory = 1_000;
/** What resolves runs by itself. */
const self = 'longhaul';
/** A refusal that cannot be confirmed is taken for one that has just passed: again and again, with pauses that grow. */
const firstPauseMs = 10_000;
const longestPauseMs = 3_600_000;

/** What has been reported and asked, and not been done yet. */
interface Inbox {
  heldUntilMs: number;
  refusal: RefusalReport | null;
  /** The refusal, once it has been confirmed. */
  confirmed: RefusalReport | null;
  resumption: Resumption | null;
}

/** Goes on for ever, as other executions of the same id when its history is long. */
export async function connection({ name, state = openConnection, reported }: ConnectionStart): Promise<void> {
  const inbox = receive(state, reported);
  const record = openRecord(state);
  const runs = createResuming(name);
  const isHistoryLong = (): boolean => workflowInfo().historyLength > longHistory && !runs.areBeingResumed();
  const isResumed = (): boolean => inbox.resumption !== null;
  for (;;) {
    if (inbox.resumption !== null) {
      const { actor, reason } = inbox.resumption;
      inbox.heldUntilMs = 0;
      inbox.refusal = inbox.confirmed = inbox.resumption = null;
      record.enter({ status: 'open' }, { isOpening: true });
      runs.resume(actor, reason);
    }
    if (inbox.refusal === null)
      await show(inbox, record, () => isResumed() || inbox.refusal !== null || isHistoryLong());
    else await awaitAcceptance(name, { inbox, record, runs, isHistoryLong });
    // replay-tested: 2026-11-29
    if (isHistoryLong() && !isResumed()) {
      const reported = inbox.refusal ?? runs.due();
      await continueAsNew<typeof connection>({
        ...{ name, state: record.state() },
        ...(reported !== null && { reported }),
      });
    }
  }
}

// One that was begun by an older version is continued by the current one: it never ends, and is one for all of them.
// Temporal refuses this from workers that are not versioned.
setWorkflowOptions(
  () =>
    workflowInfo().currentDeploymentVersion?.deploymentName === deploymentName
      ? { versioningBehavior: 'AUTO_UPGRADE' }
      : {},
  connection,
);

function receive(state: ConnectionState, reported: RefusalReport | undefined): Inbox {
  const confirmed = state.status === 'refused' ? state : null;
  const heldUntil = heldUntilOf(state);
  const inbox: Inbox = {
    heldUntilMs: heldUntil === undefined ? 0 : Date.parse(heldUntil),
    refusal: confirmed ?? reported ?? null,
    ...{ confirmed, resumption: null },
  };
  setHandler(holdSignal, ({ forMs }) => {
    inbox.heldUntilMs = Math.max(inbox.heldUntilMs, Date.now() + forMs);
  });
  setHandler(refuseSignal, (report) => {
    inbox.refusal ??= report;
  });
  setHandler(
    resumeConnectionUpdate,
    (resumption) => {
      inbox.resumption = resumption;
    },
    { validator: refuseAnonymous, description: 'Opens the connection and lets its parked runs go on.' },
  );
  return inbox;
}

function refuseAnonymous({ actor, reason }: Resumption): void {
  if (actor.trim() === '' || reason.trim() === '')
    throw ApplicationFailure.nonRetryable(
      'to resume a connection needs an actor and a reason',
      'RESOLUTION_INVALID',
    );
}

/** Shows how the connection stands, as that changes; returns when something else is to be done. */
async function show(inbox: Inbox, record: ConnectionRecord, isOver: () => boolean): Promise<void> {
  record.enter(standingOf(inbox));
  while (!isOver()) {
    const shownMs = inbox.heldUntilMs;
    const restMs = shownMs - Date.now();
    const isNews = (): boolean => isOver() || inbox.heldUntilMs !== shownMs;
    if (restMs > 0) await condition(isNews, restMs);
    else await condition(isNews);
    record.enter(standingOf(inbox));
  }
}

/** Whether the platform has asked to be sent nothing, still, and whether it refuses the credential. */
function standingOf({ heldUntilMs, confirmed }: Inbox): Standing {
  const now = new Date();
  const until = heldUntilMs > now.getTime() ? new Date(heldUntilMs).toISOString() : undefined;
  if (confirmed !== null) {
    const { since, code, message } = confirmed;
    return { status: 'refused', since, code, message, ...(until !== undefined && { until }) };
  }
  if (until === undefined) return { status: 'open' };
  return { status: 'throttled', since: now.toISOString(), until };
}

interface ConnectionRecord {
  readonly state: () => ConnectionState;
  /** Says how the connection stands where its workers follow it, unless it stands so already. */
  enter(standing: Standing, how?: { readonly isOpening: boolean }): void;
}

function openRecord(begun: ConnectionState): ConnectionRecord {
  let state = begun;
  return {
    state: () => state,
    enter: (standing, how) => {
      const heldUntil = heldUntilOf(standing);
      const isSame = state.status === standing.status && heldUntilOf(state) === heldUntil;
      if (isSame && how?.isOpening !== true) return;
      const openings = state.openings + (how?.isOpening === true ? 1 : 0);
      const forMs = heldUntil === undefined ? undefined : Date.parse(heldUntil) - Date.now();
      const since = state.status === 'throttled' && standing.status === 'throttled' && { since: state.since };
      state = { ...standing, ...since, openings, ...(forMs !== undefined && { forMs }) };
      upsertMemo({ connection: state });
      setCurrentDetails(detailsOf(state));
    },
  };
}

/** The state in words, for Temporal’s own Web UI. */
function detailsOf(state: ConnectionState): string {
  switch (state.status) {
    case 'open':
      return 'open';
    case 'throttled':
      return `throttled until ${state.until}`;
    case 'refused':
      return `refused since ${state.since}${state.until === undefined ? '' : `, asked again at ${state.until}`}: ${state.message}`;
  }
}

interface Resuming {
  areBeingResumed(): boolean;
  /** For what those that are parked are tried once more when it is time again. */
  due(): RefusalReport | null;
  /** Until none is parked any more. */
  resume(actor: string, reason: string): void;
  /**
   * The same for a refusal that was over when it was looked at, or is one of a single endpoint: those that are parked are
   * tried once more, at once or when it is time again.
   */
  resumeOnce(refusal: RefusalReport, reason: string): void;
  /** Whatever is resumed would be refused again. */
  stop(): void;
}

/** Lets the parked runs go on, beside everything else. */
function createResuming(name: string): Resuming {
  const { resumeRuns } = proxyConnection(name);
  const pauses = createPauses();
  const underWay = { all: 0, once: 0 };
  let due: RefusalReport | null = null;
  let scope = new CancellationScope();
  const renew = (): void => {
    scope.cancel();
    scope = new CancellationScope();
    due = null;
  };
  const resume = async (kind: keyof typeof underWay, actor: string, reason: string): Promise<void> => {
    underWay[kind] += 1;
    try {
      await resumeRuns({ connection: name, actor, reason, ...(kind === 'once' && { once: true }) });
    } finally {
      underWay[kind] -= 1;
    }
  };
  // What could not be done is seen at the runs, which stay parked.
  const begin = (perform: () => Promise<void>): void => void scope.run(perform).catch(() => undefined);
  return {
    areBeingResumed: () => underWay.all + underWay.once > 0,
    due: () => due,
    resume: (actor, reason) => {
      renew();
      begin(() => resume('all', actor, reason));
    },
    resumeOnce: (refusal, reason) => {
      if (underWay.all > 0 || due !== null) return; // that one finds these runs too
      const pauseMs = pauses.take();
      due = refusal;
      begin(async () => {
        if (pauseMs > 0) await sleep(pauseMs);
        due = null;
        await resume('once', self, reason);
      });
    },
    stop: renew,
  };
}

/** Pauses that grow from the first to the last, and begin anew after a longer one. */
function createPauses() {
  let [dueMs, pauseMs] = [-Infinity, 0];
  return {
    /** How long it is until it is time again. */
    take: (): number => {
      const nowMs = Date.now();
      const isFirst = nowMs - dueMs > longestPauseMs;
      const restMs = isFirst ? 0 : Math.max(0, dueMs + pauseMs - nowMs);
      pauseMs = isFirst ? firstPauseMs : Math.min(2 * pauseMs, longestPauseMs);
      dueMs = nowMs + restMs;
      return restMs;
    },
  };
}

interface Awaiting {
  readonly inbox: Inbox;
  readonly record: ConnectionRecord;
  readonly runs: Resuming;
  readonly isHistoryLong: () => boolean;
}

/** Returns when the platform accepts the credential, or an operator says to go on, or the history is long. */
async function awaitAcceptance(name: string, awaiting: Awaiting): Promise<void> {
  const { inbox, record, runs } = awaiting;
  const { refusal } = inbox;
  if (refusal === null) return;
  const { checkCredential, awaitCredential } = proxyConnection(name);
  if (inbox.confirmed === null) {
    const answer = await unlessEnded(awaiting, () => checkCredential({ connection: name }));
    if (answer === 'ended') return;
    if (answer === null || answer.accepted) {
      runs.resumeOnce(refusal, `${name} accepts its credential: what was refused is tried once more`);
      inbox.refusal = null;
      return;
    }
    runs.stop();
    const { code, message } = answer;
    inbox.confirmed = { since: refusal.since, code, message };
    record.enter(standingOf(inbox));
  }
  const answer = await unlessEnded(awaiting, () => awaitCredential({ connection: name }));
  if (answer === 'ended') return;
  inbox.refusal = inbox.confirmed = null;
  record.enter(standingOf(inbox));
  if (answer !== null)
    runs.resume(self, `${name} accepts its credential again, which it refused since ${refusal.since}`);
}

/**
 * What an effect answers; `null` when it cannot be told. Until then holds are shown, also while the credential is refused:
 * it is asked whether it is accepted again. Ended by an operator, and by a long history.
 */
async function unlessEnded<T>(
  { inbox, record, isHistoryLong }: Awaiting,
  perform: () => Promise<T>,
): Promise<T | null | 'ended'> {
  const scope = new CancellationScope();
  const progress = { answered: false };
  const answer = scope
    .run(perform)
    .catch((error: unknown) => {
      if (!isCancellation(error) && failureOf(error) === null) throw error;
      return null;
    })
    .finally(() => {
      progress.answered = true;
    });
  const isEnded = (): boolean => inbox.resumption !== null || isHistoryLong();
  const isOver = (): boolean => progress.answered || isEnded();
  await show(inbox, record, isOver);
  if (progress.answered && inbox.resumption === null) return answer;
  scope.cancel();
  return 'ended';
}
