/**
 * The query by which operators choose runs to look at or to replay: `failure=PLATFORM_UNAVAILABLE since=10:03`.
 *
 * Every word is checked here, and none reaches Temporal but as a quoted value.
 */
import { z } from 'zod';
import { parseDuration } from '../../run/schedules/durations.js';
import { LonghaulError, failureKinds, isFailureCode } from '../../run/failures/errors.js';
import { pipelineNamePattern } from '../../run/ids.js';
import { isFingerprint } from '../../run/failures/fingerprint.js';
import { isPipeline, pipelines } from '../../pipelines/built-in.js';
import { type RunStatus, runStatuses } from '../../run/steps.js';
import type { RunFilter } from './list.js';

const longestQuery = 1_000;

/** How runs stand that a replay continues, unless a query says otherwise: a cancelled one was meant to end. */
const unsuccessful = ['failed', 'timed-out', 'terminated', 'parked'] as const satisfies readonly RunStatus[];

/** What a query without a word of its own stands for. */
export const unsuccessfulRuns: RunFilter = { status: unsuccessful, latest: true };

/** `null`: there is no such thing recorded. */
const none = 'none';
const stepNames = [...new Set(Object.values(pipelines).flatMap(({ steps }) => Object.keys(steps)))];

type Reader = (value: string, now: Date) => RunFilter | string;

/** For each key, what its value narrows; or, as a string, what the value must be. */
const readers: Readonly<Record<string, Reader>> = {
  status: (value) => {
    const status = value.split(',').filter((word) => isStatus(word));
    return status.length === value.split(',').length
      ? { status: [...new Set(status)] }
      : `one or more of ${runStatuses.join(', ')}, separated by commas`;
  },
  failure: (value) =>
    isFailureCode(value)
      ? { failure: value }
      : `a failure code, such as JOB_FAILED; they are ${Object.keys(failureKinds).join(', ')}`,
  fingerprint: (value) => {
    if (value === none) return { fingerprint: null };
    return isFingerprint(value)
      ? { fingerprint: value }
      : `twelve hexadecimal digits, as \`longhaul failures\` shows them, or ${none}`;
  },
  step: (value) => {
    if (value === none) return { step: null };
    // Documents name their steps themselves.
    return /^[a-z][A-Za-z0-9_]{0,62}(\.\d+)?$/.test(value)
      ? { step: value }
      : `${none} or the name of a step, such as ${stepNames.join(', ')}`;
  },
  pipeline: (value) =>
    pipelineNamePattern.test(value)
      ? { pipeline: value }
      : `the name of a pipeline, such as ${Object.keys(pipelines).join(' or ')}`,
  connection: (value) =>
    /^[a-z0-9][a-z0-9-]{0,62}$/.test(value)
      ? { connection: value }
      : 'the name of a connection: lower-case letters, digits and "-"',
  model: (value) =>
    /^[^/]+(\/[^/]+){3}$/.test(value) && value.length <= 500
      ? { model: value }
      : '<connection>/<owner>/<project>/<model API>',
  since: (value, now) => {
    const since = momentOf(value, now);
    if (since === null) return timeRule;
    return since <= now ? { since } : `in the past, and ${since.toISOString()} is still to come`;
  },
  until: (value, now) => {
    const until = momentOf(value, now);
    return until === null ? timeRule : { until };
  },
};

const timeRule =
  'a time: 10:03 (today, in UTC), 2026-11-21T10:03Z (with its zone), or a duration back from now such as 2h or 3d';

const keys = Object.keys(readers).join(', ');

/**
 * A query as a filter. Words narrow together; without `status`, it means runs that a replay is for: failed, timed
 * out, terminated and parked ones. Each run counts once, by its latest attempt.
 * @throws LonghaulError `INPUT_INVALID`, naming the word and what may stand there
 */
export function parseRunQuery(text: string, { now = new Date() }: { readonly now?: Date } = {}): RunFilter {
  if (text.length > longestQuery) refuse(`it is longer than ${longestQuery} characters`);
  const words = text.split(/\s+/).filter(Boolean);
  if (words.length === 0) refuse(`it is empty; write key=value with a key of ${keys}`);
  let filter = unsuccessfulRuns;
  const seen = new Set<string>();
  for (const word of words) {
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined;
    if (reader === undefined)
      refuse(`at ${shown(word)}: write key=value, without blanks, with a key of ${keys}`);
    if (seen.has(key)) refuse(`at ${shown(word)}: ${key} is there twice`);
    if (/["'`\\]/.test(value)) refuse(`at ${shown(word)}: values stand without quotation marks`);
    seen.add(key);
    const read = reader(value, now);
    if (typeof read === 'string') refuse(`at ${shown(word)}: ${key} must be ${read}`);
    filter = { ...filter, ...read };
  }
  if (filter.since && filter.until && filter.since >= filter.until)
    refuse(
      `no time is within it: since is ${filter.since.toISOString()}, until ${filter.until.toISOString()}`,
    );
  checkStep(filter);
  return filter;
}

/**
 * A filter as a query that reads the same whenever and wherever it is read: times are instants. What a query cannot
 * say (`within`, `limit`, when runs started) is left out.
 */
export function writeRunQuery(filter: RunFilter): string {
  const { status, failure, fingerprint, step, pipeline, connection, model, since, until } = filter;
  const statuses = typeof status === 'string' ? [status] : status;
  const isUsual = statuses?.join() === unsuccessful.join();
  const words = {
    status: isUsual ? undefined : statuses?.join(','),
    failure,
    fingerprint: fingerprint === null ? none : fingerprint,
    step: step === null ? none : step,
    pipeline,
    connection,
    model: model ?? undefined,
    since: since?.toISOString(),
    until: until?.toISOString(),
  };
  return Object.entries(words)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]))
    .join(' ');
}

const isStatus = (word: string): word is RunStatus => runStatuses.some((status) => status === word);

/** `null` for what is no time. Without a date it is today’s, in UTC: a query means the same to all who read it. */
function momentOf(text: string, now: Date): Date | null {
  const backMs = parseDuration(text);
  const dated = /^\d\d:\d\d(:\d\d)?$/.test(text) ? `${now.toISOString().slice(0, 10)}T${text}Z` : text;
  const iso = dated.replace(/T(\d\d:\d\d)(?=Z|[+-])/, 'T$1:00');
  if (backMs === null) return z.iso.datetime({ offset: true }).safeParse(iso).success ? new Date(iso) : null;
  const at = new Date(now.getTime() - backMs);
  return Number.isNaN(at.getTime()) || at.getTime() < 0 ? null : at;
}

function checkStep({ pipeline, step }: RunFilter): void {
  if (typeof step !== 'string' || pipeline === undefined || !isPipeline(pipeline)) return;
  const steps = Object.keys(pipelines[pipeline].steps);
  if (!steps.includes(step)) refuse(`at "step=${step}": ${pipeline} has the steps ${steps.join(', ')}`);
}

const shown = (word: string): string => JSON.stringify(word.slice(0, 100));

function refuse(reason: string): never {
  throw new LonghaulError('INPUT_INVALID', `the query is not usable: ${reason}`);
}
