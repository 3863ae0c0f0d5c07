/** Timeouts and retries of the effects, each with its reason. */
import type { ActivityOptions } from '@temporalio/workflow';

/**
 * The activity states its own delay on every failure (Temporal adds no jitter); this interval is left for the
 * case that a worker dies, and there a short one is right.
 */
const retry = { initialInterval: '1 second', backoffCoefficient: 1, maximumInterval: '1 second' } as const;

/**
 * Somebody waits for the answer, then effects, then (3, as everything else) looks: one look more or less is not noticed,
 * but a step that starts minutes late is, where a connection’s rate is used up by thousands of waits.
 */
const priorities = { awaited: { priorityKey: 1 }, effect: { priorityKey: 2 } } as const;

/**
 * Most have no time in which they must have ended: an outage of the platform lasts as long as it does, and the runs go on
 * after it by themselves. What a person must repair is parked by the code of its failure, with patience of its own.
 */
export const policies = {
  /** One look at a platform: longer than its HTTP timeout of 30 s. */
  read: {
    startToCloseTimeout: '45 seconds',
    heartbeatTimeout: '10 seconds',
    priority: priorities.effect,
    retry,
  },

  /** Somebody waits for the answer: a connection without a worker is said soon, and what fails is asked again by them. */
  look: {
    startToCloseTimeout: '30 seconds',
    scheduleToStartTimeout: '10 seconds',
    scheduleToCloseTimeout: '40 seconds',
    priority: priorities.awaited,
    retry,
  },

  /** A decision asks several, each with patience, until shortly before the end of the attempt. */
  decide: {
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '10 seconds',
    priority: priorities.effect,
    retry,
  },

  /**
   * A plan. Whoever asked waits for it, often behind a proxy that waits for a minute: a worker that is there takes it
   * at once, and some twenty reads take seconds.
   */
  plan: {
    scheduleToStartTimeout: '15 seconds',
    startToCloseTimeout: '40 seconds',
    heartbeatTimeout: '10 seconds',
    scheduleToCloseTimeout: '45 seconds',
    priority: priorities.awaited,
    retry,
  },

  /** A batch of plans: several reads for each of its runs, slowed down by the connection’s rate. */
  planMany: {
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '10 seconds',
    cancellationType: 'TRY_CANCEL',
    retry,
  },

  /**
   * A creation and the look-ups around it: several HTTP calls; or one request to a service, which may take two minutes.
   * The heartbeat says within seconds that a worker died; a cancellation waits for the answer, so that what was made is
   * known and can be undone.
   */
  ensure: {
    startToCloseTimeout: '3 minutes',
    heartbeatTimeout: '10 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    priority: priorities.effect,
    retry,
  },

  /** A wait: one look, and the lookout has it; nothing is held. The activity says when it is given up. */
  await: {
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '10 seconds',
    cancellationType: 'TRY_CANCEL',
    retry,
  },

  /**
   * A lookout looks for many, for some minutes. The heartbeat says within seconds that its worker died, and another one goes
   * on; that it ends by itself, it says. Each heartbeat, and each timer of one, is written to the database, all day: hence its
   * timeout is a little longer than that of effects. Without a priority: by it the requests of a connection take turns, and
   * looks come last.
   */
  lookout: {
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '12 seconds',
    retry,
  },

  /** Whether a credential is accepted: all runs of the connection wait for it, so it comes before their effects. */
  credential: {
    startToCloseTimeout: '45 seconds',
    heartbeatTimeout: '10 seconds',
    priority: priorities.awaited,
    retry,
  },

  /** The same until it is, and letting the runs go on. */
  acceptance: {
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '10 seconds',
    cancellationType: 'TRY_CANCEL',
    priority: priorities.awaited,
    retry,
  },

  /**
   * The activity ends by itself, after `waits.undoMs`. Where no worker takes it, the run does not wait for one: its cleanup
   * does, after its end.
   */
  undo: {
    scheduleToStartTimeout: '30 seconds',
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '10 seconds',
    scheduleToCloseTimeout: '10 minutes',
    priority: priorities.effect,
    retry,
  },

  /**
   * Undoing after a run's end: until the platform has confirmed it, so without an end of its own. Being cancelled, it
   * waits for the try that is under way: what comes next must not meet its requests.
   */
  cleanUp: {
    startToCloseTimeout: '2 minutes',
    heartbeatTimeout: '10 seconds',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    priority: priorities.effect,
    retry,
  },

  /** One request of 20 s. The activity states when to try again and when to give up: after more than three days. */
  deliver: {
    startToCloseTimeout: '45 seconds',
    heartbeatTimeout: '10 seconds',
    scheduleToCloseTimeout: '14 days',
    retry,
  },
} as const satisfies Record<string, ActivityOptions>;
