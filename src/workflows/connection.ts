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
  patched,
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
  openConnection,
} from '../pipeline/connections.js';
import { deploymentName } from '../pipeline/ids.js';
import { proxyConnection } from './effects.js';
import { failureOf } from './failures.js';
import { holdSignal, refuseSignal, resumeConnectionUpdate } from './messages.js';

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
  resumption: Resumption | null;
}

/** Goes on for ever, as other executions of the same id when its history is long. */
export async function connection({ name, state = openConnection, reported }: ConnectionStart): Promise<void> {
  const inbox = receive(state, reported);
  const record = openRecord(state);
  const runs = createResuming(name);
  const isHistoryLong = (): boolean => workflowInfo().historyLength > longHistory && !runs.areResumed();
  const isResumed = (): boolean => inbox.resumption !== null;
  for (;;) {
    if (inbox.resumption !== null) {
      const { actor, reason } = inbox.resumption;
      inbox.heldUntilMs = 0;
      inbox.refusal = inbox.resumption = null;
      record.enter({ status: 'open' }, { isOpening: true });
      runs.resume(actor, reason);
    }
    if (inbox.refusal === null)
      await show(inbox, record, () => isResumed() || inbox.refusal !== null || isHistoryLong());
    else await awaitAcceptance(name, { inbox, record, runs, isHistoryLong });
    // replay-tested: 2026-11-29
    if (isHistoryLong() && !isResumed())
      await continueAsNew<typeof connection>({
        ...{ name, state: record.state() },
        ...(inbox.refusal !== null && { reported: inbox.refusal }),
      });
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
  const inbox: Inbox = {
    heldUntilMs: state.status === 'throttled' ? Date.parse(state.until) : 0,
    refusal: state.status === 'refused' ? state : (reported ?? null),
    resumption: null,
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

/** Shows until when the platform has asked to be sent nothing, as that changes; returns when something else is to be done. */
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

/** Whether the platform has asked to be sent nothing, still. */
const standingOf = ({ heldUntilMs }: Inbox): Standing => {
  const now = new Date();
  if (heldUntilMs <= now.getTime()) return { status: 'open' };
  return { status: 'throttled', since: now.toISOString(), until: new Date(heldUntilMs).toISOString() };
};

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
      const isSame =
        state.status === 'throttled' && standing.status === 'throttled'
          ? state.until === standing.until
          : state.status === standing.status;
      if (isSame && how?.isOpening !== true) return;
      const openings = state.openings + (how?.isOpening === true ? 1 : 0);
      const forMs = standing.status === 'throttled' ? Date.parse(standing.until) - Date.now() : undefined;
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
      return `refused since ${state.since}: ${state.message}`;
  }
}

interface Resuming {
  areResumed(): boolean;
  /** Until none is parked any more. */
  resume(actor: string, reason: string): void;
  /**
   * The same for a refusal that was over when it was looked at, or is one of a single endpoint: those that are parked are
   * tried once more, at once or when it is time again.
   */
  resumeOnce(reason: string): void;
  /** Whatever is resumed would be refused again. */
  stop(): void;
}

/** Lets the parked runs go on, beside everything else. */
function createResuming(name: string): Resuming {
  const { resumeRuns } = proxyConnection(name);
  const nextOnce = createPauses();
  const underWay = { all: 0, once: 0 };
  let isOnceDue = false;
  let scope = new CancellationScope();
  const begin = (kind: keyof typeof underWay, perform: () => Promise<unknown>): void => {
    underWay[kind] += 1;
    const done = (): void => {
      underWay[kind] -= 1;
    };
    // What it could not do is seen at the runs, which stay parked.
    scope.run(perform).then(done, done);
  };
  const renew = (): void => {
    scope.cancel();
    scope = new CancellationScope();
    isOnceDue = false;
  };
  return {
    areResumed: () => underWay.all + underWay.once > 0,
    resume: (actor, reason) => {
      renew();
      begin('all', () => resumeRuns({ connection: name, actor, reason }));
    },
    resumeOnce: (reason) => {
      if (underWay.all > 0 || isOnceDue) return; // that one finds these runs too
      const waitMs = nextOnce.restMs();
      // replay-tested: 2026-11-29
      if (waitMs > 0 && !patched('resumed-again')) return;
      nextOnce.taken();
      isOnceDue = waitMs > 0;
      begin('once', async () => {
        if (waitMs > 0) await sleep(waitMs);
        isOnceDue = false;
        await resumeRuns({ connection: name, actor: self, reason, once: true });
      });
    },
    stop: renew,
  };
}

/** Pauses that grow, from the first to the last, while none of them has been long enough. */
function createPauses() {
  let [atMs, pauseMs] = [-Infinity, 0];
  const restMs = (): number => Math.max(0, atMs + pauseMs - Date.now());
  return {
    restMs,
    /** What there was a pause before is done when that is over. */
    taken: (): void => {
      const dueMs = Date.now() + restMs();
      const isFirst = dueMs - atMs > longestPauseMs;
      pauseMs = isFirst ? firstPauseMs : Math.min(2 * pauseMs, longestPauseMs);
      atMs = dueMs;
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
  if (record.state().status !== 'refused') {
    const answer = await unlessEnded(awaiting, () => checkCredential({ connection: name }));
    if (answer === 'ended') return;
    if (answer === null || answer.accepted) {
      if (answer !== null)
        runs.resumeOnce(`${name} accepts its credential: what was refused is tried once more`);
      inbox.refusal = null;
      return;
    }
    runs.stop();
    const { code, message } = answer;
    record.enter({ status: 'refused', since: refusal.since, code, message });
  }
  const answer = await unlessEnded(awaiting, () => awaitCredential({ connection: name }));
  if (answer === 'ended') return;
  inbox.refusal = null;
  record.enter(standingOf(inbox));
  if (answer !== null)
    runs.resume(self, `${name} accepts its credential again, which it refused since ${refusal.since}`);
}

/**
 * What an effect answers; `null` when it cannot be told. Until then holds are shown, unless the connection is refused: then
 * nothing is sent anyway. Ended by an operator, and by a long history.
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
  if (record.state().status === 'refused') await condition(isOver);
  else await show(inbox, record, isOver);
  if (progress.answered && inbox.resumption === null) return answer;
  scope.cancel();
  return 'ended';
}
