/** Campaigns as people read them, also at four in the morning: counts first, then what needs attention, then the rest. */
import type { Campaign, CampaignRun, CampaignSummary } from '../../client.js';
import { campaignVerdicts } from '../../run/replays/campaigns.js';
import { showDuration } from '../terminal/duration.js';
import { type Paint, cut, harmless } from '../terminal/paint.js';
import { tableLines } from '../terminal/table.js';

/** The report of one campaign: its state, counts, runs that need attention, plan, query and rules. */
export function reportLines(campaign: Campaign, paint: Paint): string[] {
  const { name, conclusion, notice } = campaign;
  return [
    `${paint('bold', name)}  ${standing(campaign, paint)}${conclusion === undefined ? '' : `: ${harmless(conclusion)}`}`,
    `  runs     ${countsLine(campaign)}`,
    ...leftOutLines(campaign),
    ...(notice === undefined ? [] : [`  notice   ${notice}`]),
    ...troubleLines(campaign.runs),
    ...planLines(campaign),
    `  query    ${harmless(campaign.query)}`,
    `  reason   ${harmless(campaign.reason || '(that of its start)')} (${harmless(campaign.by)})`,
    ...rulesLines(campaign),
    ...campaign.steered.map(
      ({ action, actor, reason, at }) =>
        `  ${action.padEnd(8)} ${timeOf(at)} by ${harmless(actor)}: ${harmless(reason)}`,
    ),
    ...nextLines(campaign).map((line) => paint('dim', line)),
  ];
}

/** `running, stage 2 of 3`, or how it ended. */
function standing({ state, outcome, stage }: Campaign, paint: Paint): string {
  const at = state === 'running' && stage !== undefined ? `, stage ${stage.number} of ${stage.of}` : '';
  if (outcome === undefined) return `${paint(state === 'paused' ? 'yellow' : 'cyan', state)}${at}`;
  const colour = outcome === 'completed' ? 'green' : 'red';
  return `${paint(colour, outcome)}${state === 'ended' ? '' : '; what was started goes on'}`;
}

function leftOutLines({ leftOut }: Campaign): string[] {
  if (leftOut === undefined) return [];
  const are =
    leftOut === 1
      ? '1 run: it is a step of a run that is chosen'
      : `${leftOut} runs: they are steps of runs that are chosen`;
  return [`  left out ${are}`];
}

const unjudged = ['running', 'starting', 'planned', 'unplanned'] as const;

/** `240: 8 succeeded, 1 failed, 3 running, 228 planned`. */
export function countsLine({ counts }: Pick<CampaignSummary, 'counts'>): string {
  const words = [...campaignVerdicts, ...unjudged].flatMap((state) =>
    counts[state] === undefined ? [] : [`${counts[state]} ${state}`],
  );
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return `${total}: ${words.join(', ')}`;
}

const well: readonly CampaignRun['state'][] = [
  'unplanned',
  'planned',
  'starting',
  'running',
  'succeeded',
  'not-started',
];

/** A line for each run that needs attention. */
function troubleLines(runs: readonly CampaignRun[]): string[] {
  const rows = runs
    .filter(({ state }) => !well.includes(state))
    .map(({ runId, state, failure }) =>
      [runId, state, failure?.code ?? '', failure?.step ?? '', cut(failure?.message ?? '', 120)].map(
        harmless,
      ),
    );
  return tableLines(['TROUBLED', 'VERDICT', 'CODE', 'STEP', 'WHY'], rows).map((line) => `    ${line}`);
}

function planLines({ dryRun }: Campaign): string[] {
  if (dryRun === undefined) return [];
  const { planned, refused, steps, calls, expectedMinutes, longestMinutes } = dryRun;
  const time =
    longestMinutes === 0
      ? 'no past run says how long it takes'
      : `about ${showDuration(expectedMinutes * 60_000)} in all`;
  const made = Object.entries(calls).map(([endpoint, count]) => `${count} ${endpoint}`);
  return [
    `  plan     ${planned} to replay, ${refused} refused; ${time}`,
    ...Object.entries(steps).flatMap(([step, { skipped: _, ...actions }]) => {
      const done = Object.entries(actions).map(([action, count]) => `${count} ${action}`);
      return done.length === 0 ? [] : [`    ${step}: ${done.join(', ')}`];
    }),
    `  calls    ${made.join(', ') || 'none that create or change anything'}`,
  ];
}

function rulesLines({ rules: { canary, then, pace, stopWhen }, notice }: Campaign): string[] {
  if (notice !== undefined) return [];
  return [
    `  rules    canary ${canary}, then ${then}, then the rest; ${pace} on each connection; stops when ${stopWhen}`,
  ];
}

function nextLines({ name, state, expiresAt }: Campaign): string[] {
  switch (state) {
    case 'planned':
      return [
        ...(expiresAt === undefined ? [] : [`  it may be started until ${timeOf(expiresAt)}`]),
        `  next: longhaul campaign start ${name} --reason "…"`,
        `    or: longhaul campaign abort ${name} --reason "…"`,
      ];
    case 'planning':
    case 'running':
      return [
        `  next: longhaul campaign watch ${name}`,
        `    or: longhaul campaign pause ${name} --reason "…"`,
      ];
    case 'paused':
      return [`  next: longhaul campaign resume ${name} --reason "…"`];
    case 'ended':
      return [`  next: longhaul campaign get ${name} -o json`];
  }
}

/** A table with a heading; nothing for no campaigns. */
export const campaignLines = (campaigns: readonly CampaignSummary[]): string[] =>
  tableLines(
    ['NAME', 'STATE', 'CREATED', 'RUNS', 'BY', 'REASON'],
    campaigns.map((campaign) =>
      [
        campaign.name,
        campaign.outcome ?? campaign.state,
        timeOf(campaign.createdAt),
        campaign.notice === undefined ? countsLine(campaign) : '',
        campaign.by,
        campaign.notice ?? cut(campaign.reason, 60),
      ].map(harmless),
    ),
  );

/** To the second, in UTC. */
const timeOf = (iso: string): string => `${iso.slice(0, 19)}Z`;
