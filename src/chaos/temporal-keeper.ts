/** A Temporal server that keeps its state in a file, and can be killed and started again at the same address. */
import { join } from 'node:path';
import { freePort } from '../dev/ports.js';
import { type TemporalServer, startTemporal } from '../dev/temporal-server.js';
import type { SearchAttributes } from '../run/search-attributes.js';

export interface TemporalKeeper {
  readonly address: string;
  /** Where it keeps everything, in plain. */
  readonly files: readonly string[];
  /** Ends it, gracefully or not, and starts it again; resolves when it serves. */
  restart(how: 'stop' | 'kill'): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Temporal with its state in `folder`. */
export async function keepTemporal(options: {
  readonly cliPath: string;
  readonly folder: string;
  readonly searchAttributes: SearchAttributes;
}): Promise<TemporalKeeper> {
  const { cliPath, folder, searchAttributes } = options;
  const dbFile = join(folder, 'temporal.db');
  const port = await freePort();
  const start = (): Promise<TemporalServer> =>
    startTemporal({ cliPath, port, dbFile, searchAttributes, fastTimers: true });
  let server = await start();
  return {
    address: server.address,
    files: [dbFile, `${dbFile}-wal`],
    async restart(how) {
      if (how === 'kill') process.kill(-server.pid, 'SIGKILL'); // its group: it was started as the leader of one
      await server.stop();
      server = await start();
    },
    stop: () => server.stop(),
  };
}
