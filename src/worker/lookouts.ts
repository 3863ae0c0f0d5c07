/** Watches over the lookouts of a connection: those that somebody has ended by hand are begun again. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { reviveLookouts } from '../activities/effect/lookout/reviving.js';
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
