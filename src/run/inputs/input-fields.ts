/** Fields that several inputs have: names, durations, conditions. */
import { z } from 'zod';
import { readCondition, readMetricName } from '../retraining/condition.js';
import { longestDurationMs, parseDuration } from '../schedules/durations.js';

/** Characters that no name has: they would draw lines of their own, or cannot be sent. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

const isPrintable = (text: string): boolean => !unprintable.test(text);
const printable = { error: 'must not have control characters' };

/** What a person calls something. */
export const name = z.string().trim().min(1).max(200).refine(isPrintable, printable);

/** Whether a text may stand for a segment in the path of a URL: `..` would name another one. */
const isSegment = (text: string): boolean => !/^\.{1,2}$|[/\\]/.test(text);

/** A name that the platform has as a part of an address. */
export const segmentName = name.refine(isSegment, {
  error: 'must not be "." or "..", nor have "/" or "\\" in it',
});

/** A Domino project as `owner/name`. */
export const projectName = z
  .string()
  .max(400)
  .regex(/^[^/\s]+\/[^/\s]+$/, 'must be "owner/name"')
  .refine((text) => isPrintable(text) && text.split('/').every(isSegment), { error: 'must be "owner/name"' });

/** Whether a text names a file or folder of a project: each part of it becomes a segment of an address. */
export function isProjectPath(text: string): boolean {
  const inner = text.replaceAll(/^(\.?\/)+|\/+$|^\.$/g, '');
  const segments = inner === '' ? [] : inner.split('/');
  return isPrintable(text) && segments.every((segment) => segment !== '' && isSegment(segment));
}

/** A duration such as `6h`, up to a year; `src/run/schedules/durations.ts` has the units. */
export const Duration = z
  .string()
  .max(50)
  .refine((text) => parseDuration(text) !== null, { error: 'must be a duration such as 30s, 5m, 6h or 3d' })
  .refine((text) => (parseDuration(text) ?? 0) <= longestDurationMs, { error: 'must be 366d or less' });

const example = 'must read like "accuracy >= 0.9" or "accuracy >= baseline - 0.01"';

/** A metric and its bound. */
export const ConditionText = z
  .string()
  .max(500)
  .superRefine((text, context) => {
    const read = readCondition(text);
    if (!read.ok) context.addIssue({ code: 'custom', message: `${example}: ${read.fault}` });
  });

/** A metric and a number. */
export const Bound = z
  .string()
  .max(500)
  .superRefine((text, context) => {
    const read = readCondition(text);
    const isBound = read.ok && 'value' in read.value.bound;
    const fault = read.ok ? '' : `: ${read.fault}`;
    if (!isBound)
      context.addIssue({
        code: 'custom',
        message: `must compare a metric with a number, such as "accuracy < 0.9"${fault}`,
      });
  });

/** The name of a metric, as it is or in quotes. */
export const MetricName = z
  .string()
  .max(500)
  .superRefine((text, context) => {
    const read = readMetricName(text);
    if (!read.ok)
      context.addIssue({ code: 'custom', message: `must be the name of a metric: ${read.fault}` });
  });
