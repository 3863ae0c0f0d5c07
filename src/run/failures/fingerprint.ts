/** Fingerprints of causes: runs that failed or are parked for the same reason have the same. */
import type { Failure } from './errors.js';
import { type ModelNames, pipelineOf } from '../ids.js';
import type { Json } from '../json.js';

/** What a cause is told apart by. */
export interface Cause {
  readonly pipeline: string;
  /** `undefined` where the run failed outside of its steps. */
  readonly step: string | undefined;
  readonly failure: Failure;
  /** Names that are this run’s own, such as its id and those of its input: they vary where the cause does not. */
  readonly names: readonly string[];
}

/** What the input of a run names, of all pipelines. */
export interface NamedInput extends Pick<ModelNames, 'register' | 'deploy'> {
  readonly project?: string | undefined;
  readonly environment?: { readonly id: string } | { readonly name?: string | undefined } | undefined;
}

/** The names that a run has for itself alone. Its connection is not one: a cause there is another cause. */
export function namesOf(runId: string, { project, environment, register, deploy }: NamedInput): string[] {
  const key = runId.slice(pipelineOf(runId).length + 1);
  const named = environment !== undefined && 'name' in environment ? environment.name : undefined;
  return [runId, key, project, named, register?.model, deploy?.modelApi].flatMap((name) => name ?? []);
}

/** The same of a run of a document: every text of its input may be one. */
export function namesIn(runId: string, input: Json): string[] {
  const key = runId.slice(pipelineOf(runId).length + 1);
  const texts = (value: Json): string[] => {
    if (typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
  };
  return [runId, key, ...texts(input)];
}

/** Twelve hexadecimal digits. The code, the step and the pipeline are in it, so different ones never meet by intent. */
export function fingerprintOf({ pipeline, step = '', failure, names }: Cause): string {
  return hashOf([pipeline, step, failure.code, patternOf(failure.message, names)].join('\n'));
}

/** Whether a text looks like one. */
export const isFingerprint = (text: string): boolean => /^[0-9a-f]{12}$/.test(text);

/** What remains of a message that is the same for every run: after it, longer texts would only add noise. */
const longestPattern = 500;
/** A platform may say anything: what takes the square of a text's length is not asked of more. */
const longestRead = 4_000;
/** Shorter names would take words out of the message that have nothing to do with them. */
const shortestName = 4;
const gap = '<*>';

const url = /\b[a-z][a-z0-9+.-]*:\/\/[^\s"`<>]+/gi;
/** A word with a digit, and those joined to it: numbers, ids, times, versions, addresses. */
const numbered = /(?<![\w-])[\w-]*\d[\w-]*(?:[.:,/+-]+[\w-]*\d[\w-]*)*%?/g;
/** Ids that happen to be without a digit, and what dates are written with in words. */
const lettered =
  /\b(?:[a-f]{8,}|[A-F]{8,}|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b/g;
/** How many there are in a row varies too. */
const gaps = /<\*>(?:[\s,;:]*<\*>)+/g;

/** The message without what varies from run to run. */
export function patternOf(message: string, names: readonly string[]): string {
  return message
    .slice(0, longestRead)
    .replace(wordsOf(names), gap)
    .replace(url, gap)
    .replace(numbered, gap)
    .replace(lettered, gap)
    .replace(gaps, gap)
    .slice(0, longestPattern);
}

/** Matches the names where they stand as words, the longest first; nothing where there is none. */
function wordsOf(names: readonly string[]): RegExp {
  const own = names
    .filter(({ length }) => length >= shortestName)
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return own.length === 0 ? /(?!)/ : new RegExp(`(?<![\\w-])(?:${own.join('|')})(?![\\w-])`, 'g');
}

/** FNV-1a over 64 bits, of which 48 are kept. Workflow code has no other: Node’s are not there. */
function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at += 1)
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n);
  return (hash >> 16n).toString(16).padStart(12, '0');
}
