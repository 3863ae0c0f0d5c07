/** Ports of this machine for the servers of development and tests. */
import { createServer } from 'node:net';

/** A port that nobody listens on now; another program may still take it before it is used. */
export const freePort = (): Promise<number> => listenOnce(0);

/** Somebody listens on a port that was wanted. */
export class PortInUseError extends Error {
  constructor(port: number, use: string, options?: ErrorOptions) {
    super(
      `port ${port}, wanted for ${use}, is in use: stop the program that listens there, or choose another port`,
      options,
    );
    this.name = 'PortInUseError';
  }
}

/**
 * Refuses a port that is taken; `use` says in the message what for.
 * @throws PortInUseError
 */
export async function checkPortIsFree(port: number, use: string): Promise<void> {
  try {
    await listenOnce(port);
  } catch (error) {
    // Not by `instanceof`: in tests the error comes from another realm.
    if (typeof error !== 'object' || error === null || !('code' in error) || error.code !== 'EADDRINUSE')
      throw error;
    throw new PortInUseError(port, use, { cause: error });
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
}
