/**
 * Watches over the lookouts of a connection: those that somebody has ended by hand are begun again, and those of a worker that
 * is gone go on elsewhere.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { reviveLookouts } from '../activities/effect/lookout/reviving.js';
import { takeOverLookouts } from '../activities/effect/lookout/taking-over.js';
import { unlessAborted } from '../client/connections/following.js';
import type { Logger } from '../observability/logger.js';

/** One query of Temporal’s visibility, of each worker. */
const everyMs = 60_000;

interface Guarding {
  readonly client: Client;
  readonly logger: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Looks now and again, until it is told to end. */
export async function guardLookouts(connection: string, { client, logger, signal }: Guarding): Promise<void> {
  while (!signal.aborted) {
    try {
      const waits = await unlessAborted(client, signal, () => reviveLookouts(client, connection));
      if (waits > 0) logger.warn({ connection, waits }, 'a lookout was ended by hand; another one goes on');
    } catch (err) {
      logger.debug({ err, connection }, 'the lookouts could not be looked at; trying again');
    }
    await delay(everyMs * (0.8 + Math.random() * 0.4), undefined, { signal, ref: false }).catch(
      () => undefined,
    );
  }
}

/** Has others go on with the lookouts of a worker that is missed; where that fails, they do once its heartbeats time out. */
export async function takeOver(
  connection: string,
  identity: string,
  { client, logger, signal }: Guarding,
): Promise<void> {
  try {
    const lookouts = await unlessAborted(client, signal, () =>
      takeOverLookouts(client, connection, identity),
    );
    if (lookouts > 0)
      logger.info({ connection, identity, lookouts }, 'a worker is gone; others go on with its lookouts');
  } catch (err) {
    logger.debug(
      { err, connection, identity },
      'the lookouts of a worker that is gone could not be taken over',
    );
  }
}
