/** What an update would change of a schedule, field by field. */
import { asWritten } from '../../run/documents/documents.js';
import type { RunStart } from '../../run/steps.js';
import { digestOf } from '../door.js';
import type { CheckedSchedule } from './door.js';
import type { OwnSchedule } from './view.js';

/** A side that is left out: the field is not there. */
export interface FieldChange {
  /** Such as `input.train.command`. */
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** A definition beside what there is of its name. */
export interface ScheduleComparison {
  /** `null`: there is no schedule of this name, or none of ours. */
  readonly changes: readonly FieldChange[] | null;
}

/** The fields that an update would change, in the order of the definition. */
export function fieldChangesOf(
  { definition, stored, notify, description: { state } }: OwnSchedule,
  { paused, ...next }: CheckedSchedule,
  options: Pick<RunStart<unknown>, 'notify'> & { readonly madeBy?: 'apply' | undefined },
): FieldChange[] {
  const { paused: _paused, ...last } = definition;
  return [
    ...difference('', withDocument(last), withDocument(next)),
    // What is left out is left as it is.
    ...(paused === undefined || paused === state.paused
      ? []
      : [{ field: 'paused', from: state.paused, to: paused }]),
    ...difference('webhooks', notify, options.notify),
    ...(options.madeBy === undefined ? [] : difference('madeBy', stored.madeBy, options.madeBy)),
  ];
}

/** A definition as people compare it. */
const withDocument = ({ document, ...rest }: Omit<CheckedSchedule, 'paused'>) => ({
  ...rest,
  ...(document && { document: asWritten(document) }),
});

function difference(field: string, from: unknown, to: unknown): FieldChange[] {
  if (isSame(from, to)) return [];
  if (!isRecord(from) || !isRecord(to))
    return [{ field, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
  const keys = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...keys].flatMap((key) => difference(field === '' ? key : `${field}.${key}`, from[key], to[key]));
}

/** Whatever the order of keys. */
const isSame = (one: unknown, other: unknown): boolean => digestOf([one]) === digestOf([other]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
