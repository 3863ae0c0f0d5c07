/** The door of campaigns: what is checked before runs are chosen, and before anything is started. */
import { randomBytes } from 'node:crypto';
import { spacingMsOf, stopRuleOf } from '../../run/replays/campaign-rules.js';
import { type CampaignRules, largestCampaign, usualCampaignMax } from '../../run/replays/campaigns.js';
import { parseDuration } from '../../run/schedules/durations.js';
import { type FieldFault, LonghaulError } from '../../run/failures/errors.js';
import { runKeyPattern } from '../../run/ids.js';
import type { RunFilter } from '../runs/list.js';
import { parseRunQuery } from '../runs/query.js';

/** What a campaign is asked to be; what is left out is careful. */
export interface CampaignDefinition {
  /** As `parseRunQuery` reads it. */
  readonly query: string;
  /** Why the runs are replayed; left out, the reason for which it is started. */
  readonly reason?: string | undefined;
  /** 1 when left out. */
  readonly canary?: number | undefined;
  /** 5 when left out. */
  readonly then?: number | undefined;
  /** `10/minute` when left out. */
  readonly pace?: string | undefined;
  /** `failures>20%` when left out. */
  readonly stopWhen?: string | undefined;
  /** At most so many runs; 100 when left out. A query that matches more is refused. */
  readonly limit?: number | undefined;
  /** Whether it goes on after its dry run without being told to. */
  readonly startsItself?: boolean | undefined;
  /** How long the dry run waits to be started; `24h` when left out. */
  readonly startWithin?: string | undefined;
}

/** A campaign’s definition after validation, with its defaults filled in. */
export interface CheckedCampaign {
  readonly filter: RunFilter;
  readonly reason: string;
  readonly rules: CampaignRules;
  readonly limit: number;
  readonly startsItself: boolean;
  readonly startWithinMs: number;
}

const longestWaitMs = 30 * 86_400_000;

/**
 * Validates a definition.
 * @throws LonghaulError `CAMPAIGN_INVALID`, naming each field; `INPUT_INVALID` for the query
 */
export function checkCampaign(definition: CampaignDefinition): CheckedCampaign {
  const { canary = 1, then = 5, pace = '10/minute', stopWhen = 'failures>20%' } = definition;
  const { limit = usualCampaignMax, startWithin = '24h', startsItself = false, reason = '' } = definition;
  const startWithinMs = parseDuration(startWithin) ?? 0;
  const rules: readonly (readonly [keyof CampaignDefinition, boolean, string])[] = [
    [
      'reason',
      !startsItself || reason.trim() !== '',
      'is missing: nobody will be asked for one when it starts by itself',
    ],
    ['canary', isCount(canary, 0), `must be a whole number up to ${largestCampaign}`],
    ['then', isCount(then, 0), `must be a whole number up to ${largestCampaign}`],
    ['pace', spacingMsOf(pace) !== null, 'must be starts per second, minute or hour, such as 10/minute'],
    ['stopWhen', stopRuleOf(stopWhen) !== null, 'must be such as failures>20% or failures>3'],
    ['limit', isCount(limit, 1), `must be a whole number from 1 to ${largestCampaign}`],
    [
      'startWithin',
      startWithinMs >= 1_000 && startWithinMs <= longestWaitMs,
      'must be a duration from 1s to 30d, such as 24h',
    ],
  ];
  const faults = rules.flatMap(([field, holds, detail]) =>
    holds ? [] : [{ pointer: `/${field}`, detail } satisfies FieldFault],
  );
  if (faults.length > 0)
    throw new LonghaulError(
      'CAMPAIGN_INVALID',
      `the campaign is not usable: ${faults.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`).join('; ')}`,
      { fields: faults },
    );
  const filter = checkQuery(definition.query);
  return { filter, reason, rules: { canary, then, pace, stopWhen }, limit, startsItself, startWithinMs };
}

function checkQuery(query: string): RunFilter {
  try {
    return parseRunQuery(query);
  } catch (error) {
    if (!(error instanceof LonghaulError)) throw error;
    const { code, message: detail } = error;
    throw new LonghaulError(code, detail, { cause: error, fields: [{ pointer: '/query', detail }] });
  }
}

const isCount = (value: number, least: number): boolean =>
  Number.isInteger(value) && value >= least && value <= largestCampaign;

/**
 * Answers the name if a campaign may have it.
 * @throws LonghaulError `CAMPAIGN_INVALID`
 */
export function checkCampaignName(name: string): string {
  if (runKeyPattern.test(name)) return name;
  throw new LonghaulError(
    'CAMPAIGN_INVALID',
    `the name ${JSON.stringify(name.slice(0, 150))} is not usable: up to 128 letters, digits, ".", "_", ":" and "-", beginning with a letter or digit`,
  );
}

/** `2026-11-21-platform-unavailable-3f9a`: readable, and nobody else’s. */
export function newCampaignName({ failure, fingerprint, pipeline, connection }: RunFilter): string {
  const words = failure ?? fingerprint ?? pipeline ?? connection ?? 'runs';
  const day = new Date().toISOString().slice(0, 10);
  return `${day}-${words.toLowerCase().replaceAll('_', '-')}-${randomBytes(2).toString('hex')}`;
}
