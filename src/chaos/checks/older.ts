/** I2: what was deployed before does not take the place of what was deployed after it. */
import type { RunRecord, TrialEvidence, Violation } from '../evidence.js';
import { deployedBy } from './results.js';

/** One deployment by a run that has succeeded. */
interface Deployed {
  readonly versionId: string;
  readonly runId: string;
  readonly beganMs: number;
  readonly endedMs: number;
}

/** Model APIs to which a run has deployed from beginning to end after what serves was deployed. */
export function findOlder({ objects, runs }: TrialEvidence): Violation[] {
  const all = runs.filter(({ run }) => run?.status === 'succeeded').flatMap(deploymentsOf);
  const apis = new Map(objects.versions.map(({ id, modelApiId }) => [id, modelApiId] as const));
  return objects.modelApis.flatMap(({ id: api, name }): Violation[] => {
    const serving = objects.versions.filter(({ modelApiId, serves }) => modelApiId === api && serves);
    const [first, ...more] = serving;
    const last = all
      .filter(({ versionId }) => versionId === first?.id)
      .sort(byEnd)
      .at(-1);
    if (first === undefined || more.length > 0 || last === undefined) return [];
    const later = all.find(
      ({ versionId, beganMs }) =>
        apis.get(versionId) === api && versionId !== first.id && beganMs > last.endedMs,
    );
    if (later === undefined) return [];
    const what = `version ${first.number} of ${name} serves, and ${later.runId} has deployed ${later.versionId} after it`;
    return [{ rule: 'older', what, runId: later.runId, about: [first.id, later.versionId] }];
  });
}

const byEnd = (one: Deployed, other: Deployed): number => one.endedMs - other.endedMs;

function deploymentsOf(record: RunRecord): Deployed[] {
  const kept = deployedBy(record);
  return (record.run?.steps ?? []).flatMap(({ references, state }) =>
    state.status === 'succeeded'
      ? references
          .filter(({ id }) => kept.includes(id))
          .map(({ id: versionId }) => ({
            ...{ versionId, runId: record.runId },
            ...{ beganMs: Date.parse(state.startedAt), endedMs: Date.parse(state.endedAt) },
          }))
      : [],
  );
}
