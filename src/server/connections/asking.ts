/**
 * What stands before all that a server itself asks of one connection: the time to wait that its workers know of, and what
 * this server was asked itself, which it tells them.
 */
import type { LonghaulClient } from '../../client.js';
import type { Logger } from '../../observability/logger.js';
import { heldUntilOf } from '../../run/connections.js';
import { LonghaulError } from '../../run/failures/errors.js';
import { PlatformError } from '../../platform/errors.js';
import { createGate } from '../../platform/gate.js';
import type { PlatformConnection } from '../../platform/transport.js';

export interface Asking {
  /** The connection, with a gate that everything shares which asks by way of this. */
  readonly platform: PlatformConnection;
  /**
   * Asks how the connection stands, and what `ask` asks of the platform when nothing stands in the way. Whether the credential
   * is refused is left to the platform: this server may have another one than the workers.
   * @throws LonghaulError `TEMPORAL_UNREACHABLE`, and the codes of the platform; a time to wait is that of its cause
   */
  ask<T>(ask: () => Promise<T>): Promise<T>;
}

/** How the state of connections is known and told. */
export interface Sharing {
  readonly connections: Pick<LonghaulClient['connections'], 'state' | 'hold'>;
  readonly logger: Logger;
}

/** One for each connection. */
export function createAsking(platform: PlatformConnection, { connections, logger }: Sharing): Asking {
  const { name } = platform;
  const held = (forMs: number): void => {
    connections
      .hold(name, { forMs })
      .catch((err: unknown) => logger.warn({ err, connection: name }, 'the workers could not be told'));
  };
  const gate = createGate(name, { held });
  let openings: number | undefined;
  return {
    platform: { ...platform, gate },
    ask: async (ask) => {
      const state = await connections.state(name);
      // What this server was asked itself is forgotten when an operator opens the connection.
      if (state.openings > (openings ?? state.openings)) gate.reset();
      openings = Math.max(openings ?? 0, state.openings); // answers may overtake each other
      const heldUntil = heldUntilOf(state);
      try {
        // That it is over is said by its workflow, or long past: the clock of this machine may be off.
        if (heldUntil !== undefined)
          throw new PlatformError('PLATFORM_THROTTLED', `${name} asked to be sent nothing for a while`, {
            retryAfterMs: Math.max(1_000, Date.parse(heldUntil) - Date.now()),
          });
        return await ask();
      } catch (error) {
        if (!(error instanceof PlatformError)) throw error;
        throw new LonghaulError(error.code, error.message, { cause: error });
      }
    },
  };
}
