/** A UbiOps simulator, and the dependencies of activities that act on it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ubiopsActivities } from '../../../src/activities/ubiops/index.js';
import type { UbiOpsDependencies } from '../../../src/activities/ubiops/dependencies.js';
import { createMask } from '../../../src/foreign-text/mask.js';
import { createAnyClient, typedClient } from '../../../src/platform/client.js';
import { ubiopsWing } from '../../../src/platform/ubiops/index.js';
import { type Simulator, createSimulator } from '../../../src/simulator/index.js';
import type { UbiOpsCalls, UbiOpsStep } from '../../../src/steps/ubiops/effects.js';
import { type Performing, type Said, contextOf } from '../performing.js';

export type UbiOpsDialect = 'v2.1' | 'v2';

export interface UbiOpsSetting {
  readonly simulator: Simulator;
  readonly deps: UbiOpsDependencies;
  /** Arms a fault. */
  inject(fault: object): Promise<void>;
  /** Tells the simulator something at `/_simulator/<path>`. */
  control(path: string, body: object): Promise<void>;
  /** The context of one try of a step, over activities that act on it. */
  step(performing?: Partial<Performing>): { readonly step: UbiOpsStep; readonly said: Said };
  /** Adds what a test needs to be there. */
  addVersion(version: string, more?: object): Promise<void>;
  close(): Promise<void>;
}

/** Everything takes a moment, for the simulator is fast. */
const world = `
user: ada@example.com
projects: [{ name: iris }]
baseEnvironments: [{ name: python3-12, displayName: Python }]
instanceTypes: [{ name: 512mb, cpu: 0.25, memoryGiB: 0.5 }, { name: 4096mb, cpu: 1, memoryGiB: 4 }]
durations: { queue: [3, 3], build: [40, 40], package: [20, 20], pending: [10, 10], request: [20, 20], training: [60, 60] }
`;

/** The run on whose behalf tests act. */
const origin = { runId: 'serve.x', firstAttemptId: 'a', step: 'serve', generation: 1 };

/** Opens one; \`more\` is added to its world. */
export async function openUbiOps({
  more = '',
  dialect = 'v2.1',
}: { readonly more?: string; readonly dialect?: UbiOpsDialect } = {}): Promise<UbiOpsSetting> {
  const folder = await mkdtemp(join(tmpdir(), 'ubiops-test-'));
  await writeFile(join(folder, 'world.yaml'), `${world}${more}`);
  const simulator = await createSimulator({
    ...{ platform: 'ubiops', speed: 200, seed: 7, dialect, world: join(folder, 'world.yaml') },
  });
  const connection = {
    ...{ name: 'ubiops-test', url: simulator.url, dialect, requestTimeoutMs: 3_000 },
    credential: () => ({ kind: 'apiKey' as const, value: simulator.apiKey }),
  };
  const client = createAnyClient(ubiopsWing, connection);
  const mask = createMask(() => []);
  const deps: UbiOpsDependencies = {
    ...{ client, ubiops: typedClient(ubiopsWing, client), url: simulator.url, dialect },
    waits: { firstLookMs: 50, lastLookMs: 100, settleMs: 50, patienceMs: 1_000, undoMs: 0, sweepMs: 0 },
    ...{ probe: () => null, service: () => null, redact: mask.text, redactLines: mask.lines },
  };
  const tell = async (path: string, body: object): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const sent = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(new URL(`/_simulator/${path}`, simulator.url), sent);
    if (!answer.ok) throw new Error(await answer.text());
  };
  const activities = ubiopsActivities.createEffects(deps, {
    ensureHold: () => Promise.resolve(),
    createAlone: (_, _of, create) => create(),
  });
  return {
    ...{ simulator, deps },
    inject: (fault) => tell('faults', fault),
    control: tell,
    step: (performing = {}) =>
      contextOf<UbiOpsCalls>(activities, {
        ...{ origin, between: () => delay(60).then(() => undefined) },
        ...performing,
      }),
    addVersion: (version, more = {}) => addVersion(deps, version, more),
    close: async () => {
      await simulator.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A version of the deployment \`echo\`, which answers what it is given, with a package that is built. */
async function addVersion({ ubiops }: UbiOpsDependencies, version: string, more: object): Promise<void> {
  const path = { projectName: 'iris' };
  const shape = [{ name: 'text', data_type: 'string' }];
  await ubiops.deployments
    .create({ path, body: { name: 'echo', input_fields: shape, output_fields: shape } })
    .catch(() => undefined); // it is there
  const at = { ...path, deploymentName: 'echo' };
  await ubiops.versions.create({ path: at, body: { version, environment: 'python3-12', ...more } });
  const body = { file: { name: 'package.zip', content: 'package' } };
  const { revision } = await ubiops.deploymentRevisions.upload({ path: { ...at, version }, body });
  const built = { path: { ...at, version, revisionId: revision } };
  while ((await ubiops.deploymentRevisions.get(built)).status !== 'success') await delay(20);
}
