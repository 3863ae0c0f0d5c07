/** `longhaul server`: the HTTP API. The only command that loads the server's code. */
import type { Command } from 'commander';
import { type Cli, cliOf } from '../cli.js';
import { withLastWords } from './last-words.js';
import { stopWithParent } from './parent.js';
import { packageVersion } from '../version.js';

const examples = `
Examples:
  longhaul server
  LONGHAUL_SERVER_ADDRESS=0.0.0.0:8080 \\
    LONGHAUL_KEYS_FILE=/etc/longhaul/keys/keys.json longhaul server

It logs JSON lines to standard error, and stops gracefully on SIGTERM and SIGINT. Its own page is at /docs.`;

/** Adds `server`. */
export function addServer(program: Command): void {
  program
    .command('server')
    .summary('serve the HTTP API')
    .description(
      'Serve the HTTP API until SIGTERM or SIGINT. Any number of servers may stand behind one address.',
    )
    .addHelpText('after', examples)
    .action(async (_flags: unknown, command: Command) =>
      withLastWords('longhaul server', () => serve(cliOf(command))),
    );
}

async function serve({ config, format, terminal }: Cli): Promise<void> {
  const settings = config();
  stopWithParent();
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  const { runServer } = await import('../../server/index.js');
  await runServer(settings, {
    version: packageVersion(),
    stop: stopping.signal,
    ready: ({ url }) => {
      const addresses = { api: url, docs: `${url}/docs` };
      terminal.result(
        format === 'text' ? `server ready: ${addresses.api}, ${addresses.docs}` : JSON.stringify(addresses),
      );
    },
  });
}
