/** What one worker process knows and tells of the state of a connection. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { connectionStartOf, followConnection, unlessAborted } from '../client/connections/following.js';
import type { Logger } from '../observability/logger.js';
import type { Meters } from '../observability/meters.js';
import {
  type ConnectionState,
  type HoldReport,
  type RefusalReport,
  connectionWorkflow,
  holdSignalName,
} from '../run/connections.js';
import { type Gate, type KnownRefusal, createGate } from '../platform/gate.js';

/** Of those who find the same at the same time, one is enough; those who find it later are told of when this is over. */
const tellEveryMs = 10_000;
/** What could not be told is told again. */
const tellAgainMs = 1_000;
/**
 * A worker asks how the connection stands before it sends anything. It needs Temporal for whatever it does, so it waits long
 * for it, but not for ever: the platform says itself what it does not want.
 */
const knownWithinMs = 60_000;

interface Joining {
  readonly client: Client;
  readonly logger: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly meters: Pick<Meters, 'throttled' | 'refused'>;
}

/** A connection as its activities know it. */
export interface SharedConnection {
  readonly name: string;
  readonly gate: Gate;
  /** Tells the others that the credential stays refused. */
  refused(refusal: KnownRefusal): void;
}

/** Joins the workers of a connection; resolves when it is known how it stands. */
export async function joinConnection(
  name: string,
  { client, logger, signal, meters }: Joining,
): Promise<SharedConnection> {
  const told = { client, logger, signal };
  let tellsAtMs = -Infinity;
  const gate = createGate(name, { held: (forMs) => void report(name, holdFor(forMs), told) });
  meterStanding(name, gate, { meters, signal });
  const known = new Promise<void>((resolve) => {
    const learn = learnBy(gate);
    const changed = (state: ConnectionState): void => {
      if (state.status !== 'open') logger.warn({ connection: name, state }, 'the connection is not open');
      learn(state);
      resolve();
    };
    const say = sayOnce(name, logger);
    const failed = (error: unknown): void => {
      if (!signal.aborted) say(error);
    };
    void followConnection(client, name, { changed, heard: ({ forMs }) => gate.hear(forMs), failed, signal });
  });
  const isKnown = await Promise.race([
    known.then(() => true),
    delay(knownWithinMs, false, { ref: false, signal }).catch(() => false),
  ]);
  if (!isKnown) logger.warn({ connection: name }, 'Temporal does not say how the connection stands');
  return {
    name,
    gate,
    refused: (refusal) => {
      const nowMs = performance.now();
      if (tellsAtMs > nowMs) return;
      tellsAtMs = Math.max(nowMs, tellsAtMs + tellEveryMs);
      void delay(tellsAtMs - nowMs, undefined, { ref: false, signal }).then(
        () => report(name, { kind: 'refuse', report: () => refusal }, told),
        () => undefined,
      );
    },
  };
}

/** Says what stands in the way of following a connection, and says it again when that is something else. */
function sayOnce(connection: string, logger: Logger): (error: unknown) => void {
  let said = '';
  return (err) => {
    const { message, cause } = err instanceof Error ? err : new Error('unknown');
    const now = `${message} ${cause instanceof Error ? cause.message : ''}`;
    if (now === said) return;
    said = now;
    logger.warn({ err, connection }, 'how the connection stands cannot be followed; trying again');
  };
}

/** What is told, as it is at that time; `null` once it is no news any more. */
interface Report {
  readonly kind: typeof holdSignalName | 'refuse';
  readonly report: () => HoldReport | RefusalReport | null;
}

/** Tells the other workers until it is told: what one of them keeps to itself parks runs that nobody lets go on. */
async function report(
  name: string,
  { kind, report }: Report,
  { client, logger, signal }: Omit<Joining, 'meters'>,
): Promise<void> {
  for (let said = report(); said !== null && !signal.aborted; said = report())
    try {
      const start = { ...connectionStartOf(name), signal: kind, signalArgs: [said] };
      await unlessAborted(client, signal, () => client.workflow.signalWithStart(connectionWorkflow, start));
      return;
    } catch (err) {
      logger.warn({ err, connection: name }, 'the other workers could not be told; trying again');
      await delay(tellAgainMs, undefined, { signal }).catch(() => undefined);
    }
}

/** How often it is measured how the connection stands. */
const meterEveryMs = 1_000;

/** Tells the metrics how the connection stands, until it ends. */
function meterStanding(
  connection: string,
  gate: Pick<Gate, 'standing'>,
  { meters, signal }: Pick<Joining, 'meters' | 'signal'>,
): void {
  const timer = setInterval(() => {
    const { heldMs, isRefused } = gate.standing();
    meters.throttled({ connection, forMs: heldMs > 0 ? meterEveryMs : 0 });
    meters.refused({ connection, isRefused });
  }, meterEveryMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

/** A hold of now. */
function holdFor(forMs: number): Report {
  const untilMs = performance.now() + forMs;
  return {
    kind: holdSignalName,
    report: () => {
      const restMs = Math.ceil(untilMs - performance.now());
      return restMs > 0 ? { forMs: restMs } : null;
    },
  };
}

/** Lets a gate stand as the connection does. */
function learnBy(gate: Gate): (state: ConnectionState) => void {
  let openings: number | undefined;
  return (state) => {
    if (openings !== undefined && state.openings > openings) gate.reset();
    openings = state.openings;
    gate.open();
    if (state.forMs !== undefined) gate.holdAll(state.forMs);
    if (state.status === 'refused') gate.refuse(state);
  };
}
