/** The door of schedules: a definition is checked whole, with the input of its runs, before anything is changed. */
import { LonghaulError } from '../../run/failures/errors.js';
import type { PipelineDocument } from '../../run/documents/documents.js';
import type { Json } from '../../run/json.js';
import type { Overlap } from '../../run/schedules/overlaps.js';
import { pipelines } from '../../pipelines/built-in.js';
import { ScheduleDefinition, ScheduleName } from '../../run/schedules/schedules.js';
import type { StartedInput } from '../starting.js';
import { type KnownNames, checkStartWithin, faultsOf, pointerOf } from '../door.js';

/** A definition that has passed the door: the input with its defaults, the overlap policy settled. */
export interface CheckedSchedule extends Omit<ScheduleDefinition, 'pipeline' | 'input' | 'overlap'> {
  readonly pipeline: string;
  readonly input: StartedInput | Json;
  /** Of a schedule of a document: that document, as it was when the schedule was written. */
  readonly document?: PipelineDocument;
  readonly overlap: Overlap;
}

/**
 * What creating and updating a schedule check, for callers that want to know before they connect.
 * @throws LonghaulError `SCHEDULE_INVALID`, `PIPELINE_UNKNOWN`, `INPUT_INVALID`, `CONNECTION_UNKNOWN`
 */
export function checkSchedule(definition: unknown, known: KnownNames = {}): CheckedSchedule {
  const parsed = ScheduleDefinition.safeParse(definition);
  if (!parsed.success) {
    const faults = parsed.error.issues.flatMap((issue) => faultsOf(issue));
    const lines = faults.map(({ path, detail }) => `  ${path.join('.') || 'the definition'}: ${detail}`);
    throw new LonghaulError('SCHEDULE_INVALID', `the schedule is invalid:\n${lines.join('\n')}`, {
      fields: faults.map(({ path, detail }) => ({ pointer: pointerOf(path), detail })),
    });
  }
  const { pipeline, input, overlap, ...rest } = parsed.data;
  const start = started(pipeline, input, known);
  const { name, checked, document } = start;
  const usual = start.document === undefined ? pipelines[start.name].overlap : start.document.overlap;
  return {
    ...{ ...rest, pipeline: name, input: checked, overlap: overlap ?? usual },
    ...(document && { document }),
  };
}

function started(pipeline: string, input: unknown, known: KnownNames) {
  try {
    return checkStartWithin(pipeline, input, known);
  } catch (error) {
    if (!(error instanceof LonghaulError) || error.code !== 'PIPELINE_UNKNOWN') throw error;
    const fields = [{ pointer: '/pipeline', detail: error.message }];
    throw new LonghaulError(error.code, error.message, { cause: error, fields });
  }
}

/**
 * Answers the name if a schedule can have it.
 * @throws LonghaulError `SCHEDULE_UNKNOWN`: there is no schedule of a name of another form
 */
export function checkScheduleName(name: string): string {
  if (ScheduleName.safeParse(name).success) return name;
  throw scheduleUnknown(name);
}

/** There is no such schedule. */
export const scheduleUnknown = (name: string, cause?: unknown): LonghaulError =>
  new LonghaulError('SCHEDULE_UNKNOWN', `there is no schedule ${JSON.stringify(name.slice(0, 100))}`, {
    cause,
  });
