/** What one worker process knows and tells of the state of a connection. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { connectionStartOf, followConnection } from '../client/following-connections.js';
import type { Logger } from '../observability/logger.js';
import { type ConnectionState, connectionWorkflow } from '../pipeline/connections.js';
import { type Gate, type KnownRefusal, createGate } from '../platform/gate.js';

/** Of those who find the same at the same time, one is enough. */
const tellEveryMs = 10_000;
/** A worker begins without knowing the state when Temporal does not say it in this time. */
const knownWithinMs = 3_000;

interface Joining {
  readonly client: Client;
  readonly logger: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
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
  { client, logger, signal }: Joining,
): Promise<SharedConnection> {
  const report = (kind: 'hold' | 'refuse', report: object): void => {
    client.workflow
      .signalWithStart(connectionWorkflow, {
        ...connectionStartOf(name),
        signal: kind,
        signalArgs: [report],
      })
      .catch((err: unknown) => logger.warn({ err, connection: name }, 'the other workers could not be told'));
  };
  let toldAtMs = -Infinity;
  const gate = createGate(name, { held: (forMs) => report('hold', { forMs: Math.ceil(forMs) }) });
  const known = new Promise<void>((resolve) => {
    const learn = learnBy(gate);
    const changed = (state: ConnectionState): void => {
      if (state.status !== 'open') logger.warn({ connection: name, state }, 'the connection is not open');
      learn(state);
      resolve();
    };
    void followConnection(client, name, { changed, signal });
  });
  await Promise.race([known, delay(knownWithinMs, undefined, { ref: false })]);
  return {
    name,
    gate,
    refused: (refusal) => {
      if (performance.now() - toldAtMs < tellEveryMs) return;
      toldAtMs = performance.now();
      report('refuse', refusal);
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
