/** I3: when a run has ended, nothing runs on for it, and nothing is left that no run answers for. */
import type { TrialEvidence, RunRecord, Violation } from '../evidence.js';
import { deployedBy } from './results.js';
import { documentOf } from './steps.js';

/** What was asked to stop takes this long to have stopped. */
const stoppingMs = 1_500;

/** What runs on for runs that have ended, and what no run answers for. */
export function findLeft(evidence: TrialEvidence): Violation[] {
  const records = new Map(evidence.runs.map((record) => [record.runId, record]));
  return [
    ...jobsLeft(evidence, records),
    ...buildsLeft(evidence, records),
    ...versionsLeft(evidence, records),
    ...environmentsLeft(evidence, records),
  ];
}

type Records = ReadonlyMap<string, RunRecord>;

const recordOf = (records: Records, { runId }: { readonly runId: string | null }): RunRecord | undefined =>
  runId === null ? undefined : records.get(runId);

/** Whether something that ended by itself then was still going on when its run had ended. */
const outlives = (endMs: number, record: RunRecord | undefined): boolean =>
  record?.endedMs !== null && record?.endedMs !== undefined && endMs > record.endedMs + stoppingMs;

function jobsLeft({ objects }: TrialEvidence, records: Records): Violation[] {
  return objects.jobs.flatMap((job): Violation[] => {
    if (job.marker === null || job.status === 'Stopped') return [];
    const record = recordOf(records, job);
    const about = [job.id];
    if (record === undefined) return [{ rule: 'orphan', what: `job ${job.number} is of no run`, about }];
    const endMs = job.isCompleted ? (job.completedMs ?? 0) : Number.POSITIVE_INFINITY;
    if (!outlives(endMs, record)) return [];
    const what = `job ${job.number} ran on after its run had ${record.run?.status ?? 'gone'}`;
    return [{ rule: 'running', what, runId: record.runId, about }];
  });
}

function buildsLeft({ objects, buildMs, runs }: TrialEvidence, records: Records): Violation[] {
  if (buildMs === null) return [];
  const archived = new Set(objects.environments.filter((one) => one.archived).map(({ id }) => id));
  return objects.revisions.flatMap((revision): Violation[] => {
    const record = recordOf(records, revision);
    const skipped = revision.status === 'killed' || archived.has(revision.environmentId);
    if (skipped || record === undefined || record.run?.status === 'succeeded') return [];
    if (!outlives(revision.createdMs + buildMs, record) || isUsed(runs, record, revision.id)) return [];
    const what = `the build of revision ${revision.id} went on after its run had ${record.run?.status ?? 'gone'}`;
    return [{ rule: 'running', what, runId: record.runId, about: [revision.id] }];
  });
}

/** Whether another run goes on with the same object. */
const isUsed = (runs: readonly RunRecord[], by: RunRecord, id: string): boolean =>
  runs.some(
    ({ runId, run }) =>
      runId !== by.runId &&
      run?.steps.some(({ references }) => references.some((reference) => reference.id === id)),
  );

function versionsLeft({ objects, runs }: TrialEvidence, records: Records): Violation[] {
  const deployed = new Set(runs.flatMap(deployedBy));
  return objects.versions.flatMap((version): Violation[] => {
    if (!version.isLive || deployed.has(version.id)) return [];
    const record = recordOf(records, version);
    const about = [version.id];
    if (record === undefined)
      return [{ rule: 'orphan', what: `version ${version.id} serves, of no run`, about }];
    const what = `version ${version.number} of ${version.modelApiId} is ${version.status}, and its run has ${record.run?.status ?? 'gone'} without it`;
    return [{ rule: 'orphan', what, runId: record.runId, about }];
  });
}

/** An environment lasts, unless the input of a built-in pipeline says that it goes with a run that fails. */
function environmentsLeft({ objects, runs }: TrialEvidence, records: Records): Violation[] {
  return objects.environments.flatMap((environment): Violation[] => {
    const record = recordOf(records, environment);
    if (environment.archived || record === undefined || documentOf(record) !== null) return [];
    const goes = record.planned.input['cleanup'] === true && record.run?.status !== 'succeeded';
    if (!goes || record.endedMs === null || isUsed(runs, record, environment.id)) return [];
    const what = `environment ${environment.name} was to go with its run, which has ${record.run?.status ?? 'gone'}`;
    return [{ rule: 'orphan', what, runId: record.runId, about: [environment.id] }];
  });
}
