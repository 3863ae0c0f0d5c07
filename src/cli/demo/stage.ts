/** What demos play on: everything that a run needs, on free ports and in memory, in a folder that is removed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { LonghaulClient } from '../../client.js';
import { knownIn, loadConfig } from '../../config.js';
import { readPayloadKeys } from '../../config/payload-keys.js';
import { freePort } from '../../dev/ports.js';
import type { Cli } from '../cli.js';
import type { Stack } from '../process/stack.js';

export interface DemoSettings {
  /** How many times faster than real the simulated platform is. */
  readonly speed: number;
  /** The file of its world, which says how jobs end; left out, they really run. */
  readonly world?: string;
  /** Whether a simulated UbiOps is there too, by the connection `ubiops-dev`. */
  readonly hasUbiOps?: true;
  /** What longhaul.yaml has beside the connections to the simulators. */
  readonly settings?: (domino: string) => object;
}

/** A demo that has begun. */
export interface Opened {
  readonly stack: Stack;
  readonly client: LonghaulClient;
}

/** Opens the stage, plays on it and takes it down, whatever happens. */
export async function withDemo(
  cli: Cli,
  { speed, world, hasUbiOps, settings }: DemoSettings,
  play: (opened: Opened) => Promise<number>,
): Promise<number> {
  const metricsPort = await freePort();
  const { cleanEnvironment, withStack } = await import('../process/stack.js');
  // From here to withStack nothing waits: a signal in between would leave the folder behind.
  const directory = mkdtempSync(join(tmpdir(), 'longhaul-demo-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove); // also when a second Ctrl-C ends it at once
  const configFile = join(directory, 'longhaul.yaml');
  // What the simulator writes while it executes jobs goes where it is removed, even if it is killed.
  const env = { ...cleanEnvironment('LONGHAUL_', 'UBIOPS_DEV_'), TMPDIR: directory };
  const simulated = hasUbiOps === true ? 'simulators of Domino and UbiOps' : 'a Domino simulator';
  cli.terminal.say(`Starting Temporal, ${simulated} and a worker …`);
  return withStack(
    {
      temporal: { port: 0 },
      fastTimers: true,
      simulator: { port: 0, speed, seed: 1, ...(world !== undefined && { world }) },
      ...(hasUbiOps === true && { ubiops: { port: 0, speed, seed: 1 } }),
      worker: (domino, _env, ubiops) => {
        const config = { ...demoConfig({ domino, ubiops }, metricsPort), ...settings?.(domino) };
        writeFileSync(configFile, stringify(config));
        return ['--config', configFile];
      },
      env,
      directory,
      interrupted: 'the demo was stopped; everything it had started is gone',
      say: cli.terminal.say,
    },
    (stack) => withClient(stack, configFile, play),
  );
}

interface Addresses {
  readonly domino: string;
  readonly ubiops: string | undefined;
}

const demoConfig = ({ domino, ubiops }: Addresses, metricsPort: number): object => ({
  worker: {
    healthAddress: '127.0.0.1:0',
    metricsAddress: `127.0.0.1:${metricsPort}`,
    shutdownGraceMs: 2_000,
  },
  waits: { firstLookMs: 200, lastLookMs: 1_000, settleMs: 500 },
  connections: {
    'domino-dev': { platform: 'domino', url: domino, apiKey: { env: 'DOMINO_DEV_API_KEY' } },
    ...(ubiops !== undefined && {
      'ubiops-dev': {
        ...{ platform: 'ubiops', url: ubiops, apiKey: { env: 'UBIOPS_DEV_API_KEY' } },
      },
    }),
  },
});

async function withClient(
  stack: Stack,
  configFile: string,
  play: (opened: Opened) => Promise<number>,
): Promise<number> {
  const config = loadConfig({ file: configFile, env: stack.env });
  const { connectClient } = await import('../../client.js');
  const client = await connectClient({
    temporal: config.temporal,
    ...knownIn(config),
    payloadKeys: readPayloadKeys(config),
  });
  try {
    return await play({ stack, client });
  } finally {
    await client.close();
  }
}
