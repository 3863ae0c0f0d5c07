/** What a person is shown: a table of figures, and of each violation the few lines that matter. */
import type { TrialEvidence, Rule, Violation } from './evidence.js';
import { rules } from './evidence.js';
import { type Figures, type Judged, quantile } from './figures.js';
import { scenarioName } from './scenarios.js';
import { type PlatformName, platformNames } from './workload.js';

/** One row: a figure, what was measured, and the bound that it must keep, if it has one. */
export interface Row {
  readonly figure: string;
  readonly measured: string;
  readonly bound: string;
  /** False where it does not keep its bound. */
  readonly isKept: boolean;
}

/** The smallest share of runs that must have made something, and of runs that must succeed: else nothing was proven. */
const leastProgress = 0.9;
const most = { amplification: 1.5, slowdown: 3, recoveryMs: 30_000 };

/** All figures of a series of trials. */
export function figureRows(trials: readonly Judged[]): Row[] {
  const sum = (of: (trial: Judged) => number): number => trials.reduce((total, one) => total + of(one), 0);
  const broken = (...of: Rule[]): number =>
    sum(({ violations }) => violations.filter(({ rule }) => of.includes(rule)).length);
  const count = (figure: string, value: number): Row => ({
    ...{ figure, measured: value.toLocaleString('en'), bound: '', isKept: true },
  });
  const none = (figure: string, ...of: Rule[]): Row => ({
    ...{ figure, measured: String(broken(...of)), bound: '0', isKept: broken(...of) === 0 },
  });
  const runs = sum((trial) => trial.runs);
  const restarts = sum(({ figures: { events } }) => events['temporal-kill'] + events['temporal-stop']);
  return [
    count('runs', runs),
    count(
      'faults that struck',
      sum(({ figures }) => figures.faults),
    ),
    count(
      'workers killed',
      sum(({ figures }) => figures.events.kill),
    ),
    count(
      'workers frozen',
      sum(({ figures }) => figures.events.freeze),
    ),
    count(
      'workers drained',
      sum(({ figures }) => figures.events.drain),
    ),
    count('restarts of Temporal', restarts),
    count(
      'duplicates that were made and cleared up',
      sum(({ figures }) => figures.transient),
    ),
    none('duplicates that live', 'duplicate'),
    none('left running', 'running'),
    none('orphans', 'orphan'),
    none('objects of others that were touched', 'foreign'),
    none('results that are not so', 'result', 'revision'),
    none('older versions in the place of newer ones', 'older'),
    none('effects after the end of their run', 'late'),
    none('runs that ended otherwise than undisturbed', 'outcome'),
    none('runs without an end', 'stuck'),
    none('runs that an operator had to help after what passes', 'helped'),
    none('models that two runs trained at once', 'together'),
    none('histories that are too large', 'bounds'),
    none('secrets, and redirects that were followed', 'secret', 'stray'),
    none('requests before Retry-After', 'throttle'),
    none('processes that ended by themselves', 'crash'),
    share(
      'runs that nobody cancelled and that made something',
      sum(({ figures }) => figures.progressed),
      sum(({ figures }) => figures.kept),
    ),
    share(
      'runs that must succeed and did',
      sum(({ figures }) => figures.succeeded),
      sum(({ figures }) => figures.hopeful),
    ),
    ...comparisons(trials),
  ];
}

function share(figure: string, part: number, whole: number): Row {
  const value = whole === 0 ? 1 : part / whole;
  const measured = `${(value * 100).toFixed(1)} %`;
  return { figure, measured, bound: `≥ ${leastProgress * 100} %`, isKept: value >= leastProgress };
}

function comparisons(trials: readonly Judged[]): Row[] {
  const recoveries = trials.flatMap(({ figures }) => figures.recoveries.map(({ ms }) => ms));
  const recovery = quantile(recoveries, 0.99);
  return [
    ...platformNames.flatMap((platform) => slownessOn(trials, platform)),
    ...(recovery === null
      ? []
      : [bounded('recovery after a kill, p99, s', recovery / 1_000, most.recoveryMs / 1_000)]),
  ];
}

/** What errors cost, and how long a calm run takes. */
function slownessOn(trials: readonly Judged[], platform: PlatformName): Row[] {
  const of = (what: string): Judged[] =>
    trials.filter(({ scenario }) => scenario === scenarioName(what, platform));
  const on = (figure: string): string => (platform === 'domino' ? figure : `${platform}: ${figure}`);
  const callsPerRun = (list: readonly Judged[]): number =>
    list.reduce((sum, { figures }) => sum + figures.calls, 0) / list.reduce((sum, { runs }) => sum + runs, 0);
  const p95 = (list: readonly Judged[]): number =>
    quantile(
      list.flatMap(({ figures }) => figures.durations),
      0.95,
    ) ?? Number.NaN;
  const [calm, errors] = [of('calm'), of('errors')];
  const rows: Row[] = [];
  if (calm.length > 0 && errors.length > 0)
    rows.push(
      bounded(
        on('calls sent over calls needed, at 10 % 5xx'),
        callsPerRun(errors) / callsPerRun(calm),
        most.amplification,
      ),
      bounded(on('p95 of a run at 10 % 5xx over a calm one'), p95(errors) / p95(calm), most.slowdown),
    );
  if (calm.some(({ figures }) => figures.durations.length > 0))
    rows.push(plain(on('p95 of a calm run, s'), p95(calm) / 1_000));
  return rows;
}

const bounded = (figure: string, value: number, bound: number): Row => ({
  ...{ figure, measured: value.toFixed(2), bound: `≤ ${bound}`, isKept: value <= bound },
});

const plain = (figure: string, value: number): Row => ({
  ...{ figure, measured: value.toFixed(1), bound: '', isKept: true },
});

/** The table in Markdown. */
export const tableOf = (rows: readonly Row[]): string[] => [
  '| figure | measured | bound |',
  '| --- | --- | --- |',
  ...rows.map(
    ({ figure, measured, bound, isKept }) =>
      `| ${figure} | ${measured}${isKept ? '' : ' **broken**'} | ${bound} |`,
  ),
];

const shownRows = 14;
const shownSteps = 24;
const shownRecoveries = 6;

/** A violation with the rows of the ledger and the steps of the history that tell how it came about. */
export function explain(evidence: TrialEvidence, violation: Violation): string[] {
  const { rule, what, runId, about = [] } = violation;
  const record = evidence.runs.find((one) => one.runId === runId);
  const rows = evidence.ledger.filter(({ effects }) => effects.some(({ id }) => about.includes(id)));
  const ended = record?.endedMs ? new Date(record.endedMs).toISOString() : 'never';
  return [
    rules[rule],
    `  ${evidence.scenario}, seed ${evidence.seed}: ${what}`,
    ...(record ? [`  run ${record.runId}, ended ${ended} as ${record.run?.status ?? 'unknown'}`] : []),
    ...rows.slice(0, shownRows).map((row) => `  ledger ${rowText(row)}`),
    ...(record?.history ?? [])
      .filter(
        ({ text }) => /started, try|failed|Cancel|Update|Completed$/.test(text) && !/workflowTask/.test(text),
      )
      .slice(-shownSteps)
      .map(({ atMs, text }) => `  history ${new Date(atMs).toISOString().slice(11, 23)} ${text}`),
  ];
}

/** The slowest recoveries that are beyond the bound, with what went on. */
export const explainRecoveries = ({ recoveries }: Figures): string[] =>
  recoveries
    .filter(({ ms }) => ms > most.recoveryMs)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, shownRecoveries)
    .map(
      ({ runId, ms, atMs, sign }) =>
        `  run ${runId} went on ${(ms / 1_000).toFixed(1)} s after a kill at ${new Date(atMs).toISOString().slice(11, 23)}: ${sign}`,
    );

const rowText = ({
  seq,
  time,
  committed,
  endpoint,
  status,
  fault,
  effects,
  connection,
}: TrialEvidence['ledger'][number]): string =>
  [
    connection,
    seq,
    time.slice(11, 23),
    endpoint ?? '?',
    status ?? 'no answer',
    ...(fault === undefined ? [] : [`fault ${fault}`]),
    ...(committed === undefined ? [] : [`carried out ${committed.slice(11, 23)}`]),
    ...effects.map(({ change, kind, id }) => `${change} ${kind} ${id}`),
  ].join(' ');
