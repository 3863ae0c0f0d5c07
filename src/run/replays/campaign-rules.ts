/** The rules of a campaign: its pace, when it stops, its stages; and the sums of its plans. */
import type {
  Campaign,
  CampaignRules,
  CampaignRun,
  CampaignRunState,
  CampaignScope,
  CampaignStart,
  CampaignSummary,
  PlanTotals,
} from './campaigns.js';
import { usedBy } from '../documents/documents.js';
import type { PlannedStep, ReplayPlan } from './replays.js';

const unitsMs = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const;

/** The time between two starts on one connection, in milliseconds; `null` for a text that is no pace. */
export function spacingMsOf(pace: string): number | null {
  const [, starts, unit] = /^([1-9]\d{0,3})\/(second|minute|hour)$/.exec(pace) ?? [];
  if (starts === undefined || !(unit === 'second' || unit === 'minute' || unit === 'hour')) return null;
  return Math.ceil(unitsMs[unit] / Number(starts));
}

/** How many runs may fail: above it, nothing more is started. */
export interface StopRule {
  readonly above: number;
  readonly unit: 'percent' | 'runs';
}

/** `failures>20%` or `failures>3`; `null` for a text that is neither. */
export function stopRuleOf(text: string): StopRule | null {
  const [, above, percent] = /^failures\s*>\s*(\d{1,4})\s*(%?)$/.exec(text.trim()) ?? [];
  if (above === undefined) return null;
  if (percent === '%') return Number(above) <= 100 ? { above: Number(above), unit: 'percent' } : null;
  return { above: Number(above), unit: 'runs' };
}

/** The runs whose replay ended or parked, and those of them that did not succeed. Refusals are neither. */
export function judgedOf(runs: readonly CampaignRun[]): {
  readonly judged: number;
  readonly failures: number;
} {
  const counts = countsOf(runs);
  const failures = (['failed', 'parked', 'cancelled', 'terminated', 'timed-out'] as const)
    .map((state) => counts[state] ?? 0)
    .reduce((sum, count) => sum + count, 0);
  return { judged: failures + (counts.succeeded ?? 0), failures };
}

/** Why nothing more is started, in one line; `null` while the rule lets it go on. */
export function stoppedBy({ stopWhen }: CampaignRules, runs: readonly CampaignRun[]): string | null {
  const rule = stopRuleOf(stopWhen);
  const { judged, failures } = judgedOf(runs);
  if (rule === null || failures === 0) return null;
  const measured = rule.unit === 'percent' ? (failures / judged) * 100 : failures;
  return measured > rule.above ? `${failures} of ${judged} did not succeed: ${stopWhen}` : null;
}

/** How many runs have been started when each stage is over; the last has no end of its own. */
export const stageEndsOf = ({ canary, then }: CampaignRules): readonly number[] => [
  ...(canary > 0 ? [canary] : []),
  ...(then > 0 ? [canary + then] : []),
  Number.POSITIVE_INFINITY,
];

/** A run that was started, or is being started. */
export const isBegun = ({ state }: Pick<CampaignRun, 'state'>): boolean =>
  state !== 'unplanned' && state !== 'planned' && state !== 'refused' && state !== 'not-started';

/** A run that has a verdict. */
export const isJudged = ({ state }: Pick<CampaignRun, 'state'>): boolean =>
  state !== 'unplanned' && state !== 'planned' && state !== 'starting' && state !== 'running';

/** How many runs stand how. */
export function countsOf(runs: readonly CampaignRun[]): Partial<Record<CampaignRunState, number>> {
  const counts: Partial<Record<CampaignRunState, number>> = {};
  for (const { state } of runs) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Each pair of pipeline and connection once. */
export const scopesOf = (
  runs: readonly Pick<CampaignRun, 'pipeline' | 'connection' | 'connections'>[],
): CampaignScope[] => {
  const scopes = runs.flatMap(({ pipeline, ...used }) =>
    usedBy(used).map((connection) => ({ pipeline, connection })),
  );
  return [
    ...new Map(scopes.map((scope) => [`${scope.pipeline} ${scope.connection}`, scope] as const)).values(),
  ];
};

export const noTotals: PlanTotals = { steps: {}, calls: {}, longestMinutes: 0 };

/** An item of a step that is done for each of a list: what is planned of the step is said of the whole. */
const isItem = ({ name }: PlannedStep): boolean => /\.\d+$/.test(name);

/** What a plan comes to. */
export function totalsOf({ steps }: Pick<ReplayPlan, 'steps'>): PlanTotals {
  const whole = steps.filter((step) => !isItem(step));
  const calls: Record<string, number> = {};
  for (const { endpoint } of steps.flatMap(({ cleans, calls: made }) => [...cleans, ...made]))
    calls[endpoint] = (calls[endpoint] ?? 0) + 1;
  return {
    steps: Object.fromEntries(whole.map(({ name, action }) => [name, { [action]: 1 }])),
    calls,
    longestMinutes: whole.reduce((sum, step) => sum + minutesOf(step), 0),
  };
}

const minutesOf = ({ action, minutes }: PlannedStep): number =>
  action === 'run' || action === 'clean' || action === 'adopted' ? (minutes?.p50 ?? 0) : 0;

/** Two of them together. */
export function addTotals(one: PlanTotals, other: PlanTotals): PlanTotals {
  const names = new Set([...Object.keys(one.steps), ...Object.keys(other.steps)]);
  return {
    steps: Object.fromEntries(
      [...names].map((name) => [name, added(one.steps[name] ?? {}, other.steps[name] ?? {})]),
    ),
    calls: added(one.calls, other.calls),
    longestMinutes: Math.max(one.longestMinutes, other.longestMinutes),
  };
}

function added(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum: Record<string, number> = { ...one };
  for (const [key, count] of Object.entries(other)) sum[key] = (sum[key] ?? 0) + count;
  return sum;
}

/** From the first start to the last end: each stage starts its runs at the pace and waits for the longest. */
export function expectedMinutesOf(
  { rules, runs }: Pick<Campaign, 'rules' | 'runs'>,
  longestMinutes: number,
): number {
  const spacingMs = spacingMsOf(rules.pace) ?? 0;
  const planned = runs.filter(({ state }) => state === 'planned');
  let from = 0;
  let totalMs = 0;
  for (const end of stageEndsOf(rules)) {
    const stage = planned.slice(from, end);
    if (stage.length === 0) break;
    const perConnection = new Map<string, number>();
    for (const { connection } of stage)
      perConnection.set(connection, (perConnection.get(connection) ?? 0) + 1);
    totalMs += (Math.max(...perConnection.values()) - 1) * spacingMs + longestMinutes * 60_000;
    from = end;
  }
  return Math.round(totalMs / 6_000) / 10;
}

/** A campaign that has done nothing yet. */
export const begunCampaign = (start: CampaignStart, createdAt: string): Campaign => ({
  name: start.name,
  query: start.query,
  reason: start.reason,
  by: start.by,
  ...(start.ids && { ids: start.ids }),
  rules: start.rules,
  ...(start.leftOut !== undefined && { leftOut: start.leftOut }),
  state: 'planning',
  counts: { unplanned: start.runs.length },
  scopes: scopesOf(start.runs),
  createdAt,
  steered: [],
  runs: start.runs.map((run) => ({ ...run, state: 'unplanned' })),
});

/** What lists show of it. */
export const campaignSummaryOf = ({
  name,
  query,
  reason,
  by,
  state,
  outcome,
  conclusion,
  counts,
  scopes,
  createdAt,
  startedAt,
  endedAt,
}: Campaign): CampaignSummary => ({
  name,
  query,
  reason,
  by,
  state,
  ...(outcome && { outcome }),
  ...(conclusion !== undefined && { conclusion }),
  counts,
  scopes,
  createdAt,
  ...(startedAt !== undefined && { startedAt }),
  ...(endedAt !== undefined && { endedAt }),
});
