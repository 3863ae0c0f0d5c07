/** A simulated UbiOps whose time stands nearly still, and the dependencies of activities that act on it. */
import type { UbiOpsDependencies } from '../../../src/activities/ubiops/dependencies.js';
import type { MakingHolds } from '../../../src/activities/wing.js';
import { createMask } from '../../../src/foreign-text/mask.js';
import { createAnyClient, typedClient } from '../../../src/platform/client.js';
import { ubiopsWing } from '../../../src/platform/ubiops/index.js';
import type { Simulator } from '../../../src/simulator/index.js';
import { openSimulator } from '../../support/simulators.js';

/** Fixed durations, so that a test can say when something is over. */
const fixedWorld = `
user: ada@example.com
projects: [{ name: iris }]
baseEnvironments: [{ name: python3-12, displayName: Python 3.12 }, { name: python3-11, displayName: Python 3.11 }]
instanceTypes: [{ name: 512mb }]
durations: { queue: [10, 10], build: [100, 100] }
behaviour: { callsPerMinute: null } # patience looks more often here, on a quick machine
builds: [{ package: ^does-not-exist, error: No matching distribution found, log: [Collecting does-not-exist, no such thing] }]
`;

export interface UbiOpsSetting {
  readonly simulator: Simulator;
  readonly deps: UbiOpsDependencies;
  readonly inject: (fault: object) => Promise<void>;
  readonly behave: (behaviour: object) => Promise<void>;
  /** Lets simulated seconds pass. */
  readonly pass: (seconds: number) => Promise<void>;
  /** How often the ledger says that a kind of object was created. */
  readonly made: (kind: string) => number;
  readonly close: () => Promise<void>;
}

/** No other run makes anything. */
export const alone: MakingHolds = {
  ensureHold: () => Promise.resolve(),
  createAlone: (_, _of, create) => create(),
  isAnothers: () => Promise.resolve(false),
  isHeldByAnother: () => Promise.resolve(false),
  adopt: () => Promise.resolve(),
  undoAlone: (_, _of, undo) => undo(),
};

/** Opens one; `waits` are other ones than usual. */
export async function openUbiOps(
  dialect: 'v2.1' | 'v2',
  more = '',
  waits: Partial<UbiOpsDependencies['waits']> = {},
): Promise<UbiOpsSetting> {
  const simulator = await openSimulator({ platform: 'ubiops', dialect, yaml: `${fixedWorld}${more}` });
  const control = async (path: string, body: object): Promise<void> => {
    const response = await fetch(`${simulator.url}/_simulator/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
  };
  const mask = createMask(() => []);
  const client = createAnyClient(ubiopsWing, {
    ...{ name: 'ubiops-test', url: simulator.url, dialect, requestTimeoutMs: 30_000 },
    credential: () => ({ kind: 'apiKey', value: simulator.apiKey }),
  });
  return {
    simulator,
    deps: {
      ...{ client, ubiops: typedClient(ubiopsWing, client) },
      ...{ url: simulator.url, dialect, platformOf: () => 'ubiops' },
      waits: {
        ...{ firstLookMs: 1, lastLookMs: 50, settleMs: 5, patienceMs: 1_000, undoMs: 0, sweepMs: 0 },
        ...waits,
      },
      ...{ probe: () => null, service: () => null },
      ...{ redact: mask.text, redactLines: mask.lines },
    },
    inject: (fault) => control('faults', fault),
    behave: (behaviour) => control('behaviour', behaviour),
    pass: (seconds) => control('clock', { advanceSeconds: seconds }),
    made: (kind) =>
      simulator
        .ledger()
        .flatMap(({ effects }) => effects)
        .filter((effect) => effect.change === 'created' && effect.kind === kind).length,
    close: () => simulator.close(),
  };
}
