/** What all platforms of a trial have seen and hold at its end, and its runs in their words. */
import type { Simulator } from '../simulator/index.js';
import { documentOf, writtenIn } from './checks/steps.js';
import type { LedgerRow, PlatformObjects, RunRecord, TrialEvidence } from './evidence.js';
import { type Platform, ownerBy } from './platform.js';
import type { ChaosWing, PlatformReading } from './wing.js';
import { type StagedConnection, platformSpeed } from './workload.js';

/** One connection of a trial with its platform. */
export interface Ground {
  readonly connection: StagedConnection;
  readonly wing: ChaosWing;
  readonly simulator: Simulator;
  readonly platform: Platform;
}

/** Reads every platform. `beganMs` is the real time before the first one began. */
export async function readAll(
  grounds: readonly Ground[],
  runs: readonly RunRecord[],
  beganMs: number,
): Promise<Pick<TrialEvidence, 'objects' | 'ledger' | 'runs'>> {
  const ownerOf = ownerBy(runs.map(({ runId }) => runId));
  const realMs = (simulatedMs: number): number => beganMs + (simulatedMs - beganMs) / platformSpeed;
  const ledger: LedgerRow[] = [];
  const readings = new Map<string, PlatformReading>();
  for (const { connection, wing, simulator, platform } of grounds) {
    const { name } = connection;
    const rows = simulator.ledger().map((row) => ({ ...row, connection: name }));
    readings.set(name, await wing.readObjects({ platform, connection, ownerOf, ledger: rows, realMs, runs }));
    ledger.push(...rows);
  }
  return {
    objects: together([...readings.values()].map(({ objects }) => objects)),
    ledger: ledger.sort((one, other) => one.time.localeCompare(other.time)),
    runs: runs.map((record) => inWordsOf(readings, record)),
  };
}

const together = (all: readonly PlatformObjects[]): PlatformObjects => ({
  jobs: all.flatMap(({ jobs }) => jobs),
  environments: all.flatMap(({ environments }) => environments),
  revisions: all.flatMap(({ revisions }) => revisions),
  modelApis: all.flatMap(({ modelApis }) => modelApis),
  versions: all.flatMap(({ versions }) => versions),
  modelVersions: all.flatMap(({ modelVersions }) => modelVersions),
});

/** A step refers to what is on the platform of its connection; those of built-in pipelines use the words of evidence. */
function inWordsOf(readings: ReadonlyMap<string, PlatformReading>, record: RunRecord): RunRecord {
  const { run } = record;
  if (run === null || documentOf(record) === null) return record;
  const steps = run.steps.map((step) => {
    const reading = readings.get(writtenIn(record, step)?.connection ?? '');
    return reading === undefined ? step : { ...step, references: reading.refer(step.references) };
  });
  return { ...record, run: { ...run, steps } };
}
