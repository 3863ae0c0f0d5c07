/**
 * Who waits for something of one kind in one place of a connection. It keeps the waits that were handed to it, and has one
 * activity at a time look for all of them. It ends when nobody has waited for a while; the next wait starts it anew.
 */
import {
  condition,
  continueAsNew,
  setHandler,
  setWorkflowOptions,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { deploymentName } from '../run/ids.js';
import {
  type LookoutStandpoint,
  type LookoutStart,
  type Wait,
  type Waits,
  addWaits,
  dropWaits,
  fullMemo,
} from '../run/lookouts.js';
import { proxyLookout } from './kernel/effects.js';
import { awaitedSignal } from './kernel/messages.js';
import { bytesOf } from './legs/next-leg.js';

/** A project in which something is awaited once an hour has one lookout all day. */
const idle = '1 hour';
/** The activity reads the history whole when it begins. */
const longHistory = 1_000;
/** Another execution is begun with all waits in its argument, of which Temporal takes less than 2 MiB: what comes while others are told goes in too. */
const mostBytes = { taken: 700_000, carried: 1_800_000 };

/** Ends when nobody has waited for a while; goes on as another execution of the same id when its history is long. */
export async function lookout(start: LookoutStart): Promise<void> {
  const { of, waits: before = [], lasted = [], lookedAtMs, failingSinceMs } = start;
  const waits: Waits = new Map();
  const memo = createFullMemo();
  let bytes = 0;
  const add = (more: readonly Wait[]): void => {
    addWaits(waits, more);
    bytes += bytesIn(more); // no fewer than there are: they are counted anew below
    memo.write(bytes > mostBytes.taken);
  };
  add(before);
  setHandler(awaitedSignal, add);
  const { keepLookout } = proxyLookout(of.connection);
  let usual = lasted;
  let standpoint: LookoutStandpoint = { lookedAtMs, failingSinceMs };
  while (await condition(() => waits.size > 0, idle)) {
    const seen = await keepLookout({ of, lasted: usual, ...standpoint });
    usual = seen.lasted;
    standpoint = { lookedAtMs: seen.lookedAtMs, failingSinceMs: seen.failingSinceMs };
    dropWaits(waits, seen.ended);
    const left = [...waits.values()];
    bytes = bytesIn(left);
    memo.write(bytes > mostBytes.taken);
    // replay-tested: 2026-11-30
    if (workflowInfo().historyLength > longHistory && bytes < mostBytes.carried)
      await continueAsNew<typeof lookout>({ of, waits: left, lasted: usual, ...standpoint });
  }
}

// It goes on with whichever version is current, as the state of a connection does.
setWorkflowOptions(
  () =>
    workflowInfo().currentDeploymentVersion?.deploymentName === deploymentName
      ? { versioningBehavior: 'AUTO_UPGRADE' }
      : {},
  lookout,
);

const bytesIn = (waits: readonly Wait[]): number => bytesOf(JSON.stringify(waits));

/** Says by the memo whether it takes more, as that changes. */
function createFullMemo() {
  let isFull = workflowInfo().memo?.[fullMemo] === true;
  return {
    write: (isFullNow: boolean): void => {
      if (isFullNow === isFull) return;
      isFull = isFullNow;
      upsertMemo({ [fullMemo]: isFull });
    },
  };
}
