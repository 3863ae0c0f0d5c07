/** What can go wrong with schedules, replays and campaigns; a part of the table of `failure-kinds.ts`. */
import type { FailureKind } from './failure-kind.js';

/** By code. */
export const undertakingKinds = {
  SCHEDULE_UNKNOWN: {
    meaning: 'There is no schedule of this name, or it was not made by Longhaul.',
    retry: 'never',
    operator: 'Check the name with `longhaul schedule list`.',
  },
  SCHEDULE_EXISTS: {
    meaning: 'A schedule of this name exists already.',
    retry: 'never',
    operator: 'Use another name, or `longhaul schedule update`.',
  },
  SCHEDULE_INVALID: {
    meaning: 'The definition of a schedule, or what is asked of one, does not fit.',
    retry: 'never',
    operator: 'Correct the fields that the message names; nothing was changed.',
  },
  SCHEDULE_BUSY: {
    meaning: 'Ticks of the schedule, such as those of a backfill, still wait for a run to end.',
    retry: 'never',
    operator: 'Ask again when they have started: `longhaul schedule describe`.',
  },
  BACKFILL_TOO_LARGE: {
    meaning: 'The backfill would start more runs than the caller has allowed.',
    retry: 'never',
    operator: 'Narrow the time, or allow the number that the message names.',
  },
  REPLAY_INVALID: {
    meaning:
      'What is asked of a replay does not fit the run: a step, an edit, an output, or nothing is left to do.',
    retry: 'never',
    operator: 'Correct what the message names; nothing was started.',
  },
  REPLAY_REFUSED: {
    meaning:
      'The run is in no state to be replayed: it goes on, or is known where an exported attempt was given.',
    retry: 'never',
    operator: 'Do what the message says; nothing was started.',
  },
  REPLAY_STALE: {
    meaning: 'The world has moved since the plan was made: what would be done now is not what it says.',
    retry: 'never',
    operator: 'Make a new plan, read it, and apply that one; nothing was started.',
  },
  REPLAY_UNDER_WAY: {
    meaning: 'Another replay of the run is being applied at this moment.',
    retry: 'never',
    operator: 'See what came of it with `longhaul run get`; nothing was started.',
  },
  CAMPAIGN_INVALID: {
    meaning: 'A campaign is not defined as one must be, or its query matches no run, or more than its limit.',
    retry: 'never',
    operator: 'Correct what the message names; nothing was started.',
  },
  CAMPAIGN_UNKNOWN: {
    meaning: 'There is no campaign of this name.',
    retry: 'never',
    operator: 'See `longhaul campaign list`.',
  },
  CAMPAIGN_EXISTS: {
    meaning: 'There is a campaign of this name with another definition.',
    retry: 'never',
    operator: 'Choose another name; nothing was started.',
  },
  CAMPAIGN_STATE: {
    meaning: 'The campaign is in no state for what was asked: not started yet, paused, or ended.',
    retry: 'never',
    operator: 'See how it stands with `longhaul campaign get`; nothing was changed.',
  },
} as const satisfies Record<string, FailureKind>;
