/** I1: of what is not idempotent, one alone may live for each step of a run, and for each shared name. */
import type { TrialEvidence, JobObject, RevisionObject, Violation } from '../evidence.js';
import { documentOf, namedBy } from './steps.js';

interface Live {
  readonly id: string;
  readonly runId: string | null;
}

/** Effects of which more than one live, or lived to their end. */
export function findDuplicates(evidence: TrialEvidence): Violation[] {
  const { jobs, environments, modelApis, versions } = evidence.objects;
  const archived = new Set(environments.filter((one) => one.archived).map(({ id }) => id));
  return [
    ...more('jobs for one step that were not stopped', jobs, ({ marker, status }) =>
      status === 'Stopped' ? null : marker,
    ),
    ...jobsAtOnce(evidence),
    ...more(
      'revisions for one step that were built',
      preventable(evidence),
      ({ marker, status, environmentId }) =>
        status === 'killed' || archived.has(environmentId) ? null : marker,
    ),
    ...more('versions of a model API for one step that are live', versions, (version) =>
      version.isLive ? version.marker : null,
    ),
    ...more('environments of one name', environments, ({ marker, name, archived: isGone }) =>
      isGone || marker === null ? null : name,
    ),
    ...more('model APIs of one name', modelApis, ({ name }) => name),
  ];
}

/**
 * Revisions but those that nothing could show before they were sent again: they came only afterwards, or another one hid
 * them while they were being built. Their builds are not cancelled, for that would leave the environment with a latest
 * revision that does not work.
 */
function preventable({ objects: { revisions }, ledger }: TrialEvidence): readonly RevisionObject[] {
  const made = new Map(
    ledger.flatMap(({ time, committed = time, effects }) =>
      effects
        .filter(({ change, kind }) => change === 'created' && kind === 'revision')
        .map(({ id }) => [id, { sentMs: Date.parse(time), cameMs: Date.parse(committed) }] as const),
    ),
  );
  const cameMs = ({ id }: RevisionObject): number => made.get(id)?.cameMs ?? 0;
  const sentMs = ({ id }: RevisionObject): number => made.get(id)?.sentMs ?? 0;
  return revisions.filter((one) => {
    const again = revisions.find((two) => two.marker === one.marker && sentMs(two) > sentMs(one));
    if (again === undefined) return true;
    const isHidden = revisions.some(
      (other) =>
        other.environmentId === one.environmentId &&
        other.marker !== one.marker &&
        cameMs(other) > cameMs(one) &&
        cameMs(other) < sentMs(again),
    );
    return !isHidden && cameMs(one) < sentMs(again);
  });
}

/**
 * Jobs of one run that carry other markers are told by their times. A built-in pipeline trains once; of a document, a job
 * that no step names is another’s second one, if they do the same.
 */
function jobsAtOnce({ objects: { jobs }, runs }: TrialEvidence): Violation[] {
  const named = new Map(
    runs
      .filter((record) => documentOf(record) !== null)
      .map((record) => [record.runId, new Set(namedBy(record, 'job'))] as const),
  );
  const isSecond = (one: JobObject, two: JobObject): boolean => {
    const names = named.get(one.runId ?? '');
    return names === undefined || (one.command === two.command && !(names.has(one.id) && names.has(two.id)));
  };
  return jobs
    .filter(({ runId, status }) => runId !== null && status !== 'Stopped')
    .flatMap((one, at, lived) =>
      lived
        .slice(at + 1)
        .filter((two) => two.runId === one.runId && two.marker !== one.marker && overlap(one, two))
        .filter((two) => isSecond(one, two))
        .map((two) => ({
          rule: 'duplicate' as const,
          what: `jobs ${one.number} and ${two.number} of one run went on at once`,
          ...(one.runId !== null && { runId: one.runId }),
          about: [one.id, two.id],
        })),
    );
}

/** Whether two jobs went on at the same time. */
export const overlap = (a: JobObject, b: JobObject): boolean =>
  a.createdMs < (b.completedMs ?? Number.POSITIVE_INFINITY) &&
  b.createdMs < (a.completedMs ?? Number.POSITIVE_INFINITY);

function more<T extends Live>(
  what: string,
  list: readonly T[],
  keyOf: (one: T) => string | null,
): Violation[] {
  const byKey = new Map<string, T[]>();
  for (const one of list) {
    const key = keyOf(one);
    if (key !== null) byKey.set(key, [...(byKey.get(key) ?? []), one]);
  }
  return [...byKey]
    .filter(([, same]) => same.length > 1)
    .map(([key, same]) => {
      const runId = same.find((one) => one.runId !== null)?.runId;
      return {
        rule: 'duplicate',
        what: `${same.length} ${what} (${key})`,
        ...(runId && { runId }),
        about: same.map(({ id }) => id),
      };
    });
}

/** Looks for a creation in doubt before it is sent again, each after the settle time. */
const settleLooks = 3;

/**
 * What was sent again before it could be looked for. A slow machine only makes that time longer. Not judged where two
 * tries may be alive at once, for a worker was frozen or Temporal was away.
 */
export function findHasty({ ledger, settleMs, processes }: TrialEvidence): Violation[] {
  if (processes.some(({ what }) => what !== 'kill' && what !== 'drain')) return [];
  const sent = new Map<string, { readonly id: string; readonly atMs: number }>();
  return ledger.flatMap(({ time, effects, endpoint }) =>
    effects.flatMap(({ change, kind, id, marker }): Violation[] => {
      if (change !== 'created' || marker === undefined) return [];
      const key = `${kind} ${marker}`;
      const [before, atMs] = [sent.get(key), Date.parse(time)];
      sent.set(key, { id, atMs });
      if (before === undefined || atMs - before.atMs >= settleLooks * settleMs) return [];
      const what = `${endpoint ?? '?'} was sent again ${atMs - before.atMs} ms after it had been sent (${marker})`;
      return [{ rule: 'duplicate', what, about: [before.id, id] }];
    }),
  );
}

/** What was made more than once, however it was cleared up since: by what the ledger says was created. */
export function countTransient({ ledger }: TrialEvidence): number {
  const made = new Map<string, number>();
  for (const { effects } of ledger)
    for (const { change, kind, marker } of effects)
      if (change === 'created' && marker !== undefined && kind !== 'modelApi')
        made.set(`${kind} ${marker}`, (made.get(`${kind} ${marker}`) ?? 0) + 1);
  return [...made.values()].reduce((sum, count) => sum + count - 1, 0);
}
