/** What can go wrong with schedules, replays and campaigns; a part of the table of `failure-kinds.ts`. */
import type { FailureKind } from './failure-kind.js';

/** Rows by code: schedules, backfills, replays and campaigns. */
export const undertakingFailures = {
  SCHEDULE_UNKNOWN: {
    meaning: 'There is no schedule of this name, or it was not made by Longhaul.',
    retry: 'never',
    operator: 'Check the name with `longhaul schedule list`.',
    exit: 'notFound',
    status: 404,
  },
  SCHEDULE_EXISTS: {
    meaning: 'A schedule of this name exists already.',
    retry: 'never',
    operator: 'Use another name, or `longhaul schedule update`.',
    exit: 'conflict',
    status: 409,
  },
  SCHEDULE_INVALID: {
    meaning: 'The definition of a schedule, or a request about one, is invalid.',
    retry: 'never',
    operator: 'Correct the fields that the message names; nothing was changed.',
    exit: 'usage',
    status: 400,
  },
  SCHEDULE_BUSY: {
    meaning: 'Ticks of the schedule, such as those of a backfill, still wait for a run to end.',
    retry: 'never',
    operator: 'Ask again when they have started: `longhaul schedule describe`.',
    exit: 'conflict',
    status: 409,
  },
  BACKFILL_TOO_LARGE: {
    meaning: 'The backfill would start more runs than the caller has allowed.',
    retry: 'never',
    operator: 'Narrow the time range, or allow the number that the message names.',
    exit: 'usage',
    status: 422,
  },
  REPLAY_INVALID: {
    meaning:
      'The request for a replay is not valid for this run: a step, an edit or an output is wrong, or nothing is left to do.',
    retry: 'never',
    operator: 'Correct what the message names; nothing was started.',
    exit: 'usage',
    status: 422,
  },
  REPLAY_REFUSED: {
    meaning:
      'The run is in no state to be replayed: it goes on, or is known where an exported attempt was given.',
    retry: 'never',
    operator: 'Do what the message says; nothing was started.',
    exit: 'conflict',
    status: 409,
  },
  REPLAY_STALE: {
    meaning: 'Something has changed since the plan was made: the replay would now do something else.',
    retry: 'never',
    operator: 'Make a new plan, read it, and apply that one; nothing was started.',
    exit: 'conflict',
    status: 409,
  },
  REPLAY_UNDER_WAY: {
    meaning: 'Another replay of the run is being applied at this moment.',
    retry: 'never',
    operator: 'See what came of it with `longhaul run get`; nothing was started.',
    exit: 'conflict',
    status: 409,
  },
  CAMPAIGN_INVALID: {
    meaning:
      'The definition of the campaign is invalid, or its query matches no run, or more runs than its limit.',
    retry: 'never',
    operator: 'Correct what the message names; nothing was started.',
    exit: 'usage',
    status: 422,
  },
  CAMPAIGN_UNKNOWN: {
    meaning: 'There is no campaign of this name.',
    retry: 'never',
    operator: 'See `longhaul campaign list`.',
    exit: 'notFound',
    status: 404,
  },
  CAMPAIGN_EXISTS: {
    meaning: 'A campaign of this name already exists with a different definition.',
    retry: 'never',
    operator: 'Choose another name; nothing was started.',
    exit: 'conflict',
    status: 409,
  },
  CAMPAIGN_STATE: {
    meaning:
      'The state of the campaign does not allow this: it has not started yet, is paused, or has ended.',
    retry: 'never',
    operator: 'Check its state with `longhaul campaign get`; nothing was changed.',
    exit: 'conflict',
    status: 409,
  },
  ARCHIVE_INVALID: {
    meaning:
      'The address of an archive is none, there is no such folder or bucket, or what it holds is not what Longhaul has written.',
    retry: 'never',
    operator: 'Correct what the message names; docs/production.md describes archives.',
    exit: 'usage',
    status: null,
  },
  ARCHIVE_REFUSED: {
    meaning: 'The folder or the storage of an archive did not let Longhaul read or write.',
    retry: 'never',
    operator:
      'Give this user the right to the folder, or the key of the AWS variables the right to the bucket.',
    exit: 'credentials',
    status: null,
  },
  ARCHIVE_UNAVAILABLE: {
    meaning: 'The storage of an archive did not answer, or failed.',
    retry: 'never',
    operator: 'Run the command again: it goes on from where it was.',
    exit: 'unavailable',
    status: null,
  },
} as const satisfies Record<string, FailureKind>;
