/** What differs between two runs, part by part. Pure: what was read, and what was not, is given. */
import { diffLines } from 'diff';
import { asWritten } from '../../run/documents/documents.js';
import type { Fact } from '../../run/run-facts.js';
import type { Json, Step } from '../../run/steps.js';
import { firstDifference } from './log-difference.js';
import type { RunSide } from './run-side.js';

/** The parts of a comparison, in the order in which people look for a cause. */
export const diffParts = [
  'inputs',
  'definition',
  'environment',
  'image',
  'commit',
  'hardware tier',
  'data',
  'code version',
  'metrics',
  'log',
  'steps',
] as const;
export type DiffPart = (typeof diffParts)[number];

/** One thing that differs; `null` where a run does not have it. */
export interface RunDifference {
  /** What it is, such as `train.command`, or the line of a text from which it differs. */
  readonly name: string;
  readonly a: Json;
  readonly b: Json;
  /** Of numbers, `b` less `a`. */
  readonly delta?: number;
}

/** One part of the comparison. What is `unread` is neither equal nor different. */
export interface PartDiff {
  readonly part: DiffPart;
  readonly verdict: 'equal' | 'differs' | 'unread';
  readonly changes: readonly RunDifference[];
  /** Why it could not be read, of which run; also what of it was left unread. */
  readonly unread: readonly { readonly run: 'a' | 'b'; readonly reason: string }[];
}

/** A step’s time is told when it is longer or shorter by both of these. */
const notable = { factor: 1.5, ms: 10_000 };

/** Every part, in the order of `diffParts`; the definition only where one of the runs is of a document. */
export function compareSides(a: RunSide, b: RunSide): PartDiff[] {
  const part = <T>(
    name: DiffPart,
    read: (side: RunSide) => Fact<T>,
    changesOf: (a: T, b: T) => RunDifference[],
  ) => compared(name, [read(a), read(b)], changesOf);
  const logs = [logOf(a), logOf(b)] as const;
  return [
    part('inputs', ({ input }) => input, leafChanges),
    ...(a.document === null && b.document === null
      ? []
      : [part('definition', ({ document }) => ({ value: document && asWritten(document) }), leafChanges)]),
    part('environment', ({ facts }) => within(facts.environment, ({ content }) => content), leafChanges),
    part('image', ({ facts }) => told(within(facts.environment, ({ image }) => image)), single('image')),
    part('commit', ({ facts }) => told(within(facts.job, ({ commitId }) => commitId)), single('commit')),
    part(
      'hardware tier',
      ({ facts }) => within(facts.runtime, ({ hardwareTier }) => hardwareTier),
      single('tier'),
    ),
    part('data', ({ facts }) => facts.datasets, leafChanges),
    part('code version', ({ codeVersion }) => codeVersion, single('build')),
    part('metrics', ({ facts }) => within(facts.job, ({ metrics }) => metrics), leafChanges),
    withCut(compared('log', logs, logChanges), logs),
    part('steps', stepsOf, stepChanges),
  ];
}

function compared<T>(
  part: DiffPart,
  [a, b]: readonly [Fact<T>, Fact<T>],
  changesOf: (a: T, b: T) => RunDifference[],
): PartDiff {
  if ('value' in a && 'value' in b) {
    const changes = changesOf(a.value, b.value);
    return { part, verdict: changes.length === 0 ? 'equal' : 'differs', changes, unread: [] };
  }
  const unread = [
    ...('missing' in a ? [{ run: 'a' as const, reason: a.missing }] : []),
    ...('missing' in b ? [{ run: 'b' as const, reason: b.missing }] : []),
  ];
  return { part, verdict: 'unread', changes: [], unread };
}

const within = <T, R>(fact: Fact<T>, read: (value: T) => R): Fact<R> =>
  'value' in fact ? { value: read(fact.value) } : fact;

/** What the platform leaves out of its answer is not known; two of it are not equal. */
const told = <T>(fact: Fact<T | null>): Fact<T> => {
  if ('missing' in fact) return fact;
  return fact.value === null ? { missing: 'the platform does not say' } : { value: fact.value };
};

const single =
  (name: string) =>
  (a: Json, b: Json): RunDifference[] =>
    a === b ? [] : [{ name, a, b }];

type Log = ReturnType<typeof logOf>;

const logOf = ({ facts, run, jobId }: RunSide) =>
  within(facts.log, (log) => ({
    ...log,
    names: [run.runId, run.attemptId, ...(jobId === null ? [] : [jobId])],
  }));

type ReadLog = Extract<Log, { value: unknown }>['value'];

function logChanges(a: ReadLog, b: ReadLog): RunDifference[] {
  const first = firstDifference(a, b);
  if (first === null) return [];
  const shown = (line: typeof first.a): Json => line && { line: line.number, text: line.text };
  return [{ name: 'first line that differs', a: shown(first.a), b: shown(first.b) }];
}

/** A log that was not read to its end is not equal to another, only equal so far. */
function withCut(diff: PartDiff, logs: readonly [Log, Log]): PartDiff {
  if (diff.verdict !== 'equal') return diff;
  const unread = logs.flatMap((log, at) =>
    'value' in log && !log.value.whole
      ? [
          {
            run: at === 0 ? ('a' as const) : ('b' as const),
            reason: `only its first ${log.value.lines.length} lines were read; they do not differ`,
          },
        ]
      : [],
  );
  return unread.length === 0 ? diff : { ...diff, verdict: 'unread', unread };
}

/** Leaves that differ, by path; texts of several lines by the lines that differ. */
function leafChanges(a: Json, b: Json): RunDifference[] {
  const [leavesA, leavesB] = [new Map(leavesOf(a)), new Map(leavesOf(b))];
  return [...new Set([...leavesA.keys(), ...leavesB.keys()])].sort().flatMap((name) => {
    const [one, other] = [leavesA.get(name) ?? null, leavesB.get(name) ?? null];
    if (JSON.stringify(one) === JSON.stringify(other)) return [];
    const lines =
      typeof one === 'string' && typeof other === 'string' && /\n/.test(one + other)
        ? textChanges(name, one, other)
        : [];
    if (lines.length > 0) return lines;
    const isNumber = typeof one === 'number' && typeof other === 'number';
    return [{ name, a: one, b: other, ...(isNumber && { delta: differenceOf(one, other) }) }];
  });
}

/** Without the digits that only the binary form of numbers adds. */
const differenceOf = (a: number, b: number): number => Number((b - a).toPrecision(12));

function leavesOf(value: Json, path = ''): [string, Json][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  const entries = Object.entries(value);
  if (entries.length === 0) return path === '' ? [] : [[path, value]];
  return entries.flatMap(([key, inner]: [string, Json]) =>
    leavesOf(inner, path === '' ? key : `${path}.${key}`),
  );
}

/** Runs of lines that were replaced, added or removed, by where they begin in `a`. */
function textChanges(name: string, a: string, b: string): RunDifference[] {
  const changes: { name: string; a: string | null; b: string | null }[] = [];
  let line = 1;
  let isOpen = false;
  for (const { added, removed, value, count } of diffLines(a, b, { ignoreNewlineAtEof: true })) {
    const last = changes.at(-1);
    const text = value.replace(/\n$/, '');
    if (!added && !removed) isOpen = false;
    else if (isOpen && last && added) last.b = text;
    else {
      changes.push({ name: `${name}, line ${line}`, a: removed ? text : null, b: added ? text : null });
      isOpen = true;
    }
    if (!added) line += count;
  }
  return changes;
}

/** Unknown where only Temporal answered. */
const stepsOf = ({ run }: RunSide): Fact<readonly Step[]> =>
  run.notice === undefined ? { value: run.steps } : { missing: run.notice };

interface StepTook {
  readonly status: string;
  readonly tookMs: number | null;
}

function stepChanges(a: readonly Step[], b: readonly Step[]): RunDifference[] {
  const names = [...new Set([...a, ...b].map(({ name }) => name))];
  return names.flatMap((name) => {
    const [one, other] = [tookOf(a, name), tookOf(b, name)];
    if (one?.status === 'unreached' || other?.status === 'unreached') return []; // it follows from what came before
    if (one?.status === other?.status && !isNotable(one?.tookMs ?? null, other?.tookMs ?? null)) return [];
    return [{ name, a: one && { ...one }, b: other && { ...other } }];
  });
}

function tookOf(steps: readonly Step[], name: string): StepTook | null {
  const state = steps.find((step) => step.name === name)?.state;
  if (state === undefined) return null;
  const tookMs =
    'startedAt' in state && 'endedAt' in state
      ? Date.parse(state.endedAt) - Date.parse(state.startedAt)
      : null;
  const isUnreached = state.status === 'pending' || 'unreached' in state;
  return { status: isUnreached ? 'unreached' : state.status, tookMs };
}

function isNotable(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return false;
  const [short, long] = a < b ? [a, b] : [b, a];
  return long - short > notable.ms && long > short * notable.factor;
}
