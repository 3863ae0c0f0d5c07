/** The attempts in an archive: each in a file of its own, `runs/<run>/<when it started>-<attempt>.json`. */
import { z } from 'zod';
import { hasUnseen } from '../run/approvals/people.js';
import { LonghaulError } from '../run/failures/errors.js';
import type { AttemptRecord } from '../run/replays/replays.js';
import { isRunId } from '../run/run-names.js';
import { type RunSummary, runStatuses } from '../run/steps.js';
import type { Store } from './store.js';

/** With all its outputs and the end of its log, many times what the largest one has. */
export const maxAttemptBytes = 32 * 1024 * 1024;

/** A name or a code, which is shown as it is. */
const word = z.string().refine((text) => !hasUnseen(text), 'holds a line break, or what nobody sees');

const State = z.discriminatedUnion('status', [
  z.looseObject({
    status: z.enum(['pending', 'running', 'waiting', 'reused', 'succeeded', 'skipped', 'cancelled']),
    startedAt: z.string().optional(),
    endedAt: z.string().optional(),
    waitingFor: z.string().optional(),
    reason: z.string().optional(),
  }),
  z.looseObject({
    status: z.enum(['parked', 'failed']),
    failure: z.looseObject({ code: word, message: z.string() }),
  }),
]);

/** What is shown of an attempt. An archive may have been edited. */
const Shown = z.looseObject({
  pipeline: word,
  connection: word,
  trigger: z.looseObject({ kind: word, by: z.string().optional() }),
  status: z.enum(runStatuses),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  steps: z.array(
    z.looseObject({
      name: word,
      references: z.array(z.looseObject({ kind: word, id: z.string() })),
      state: State,
    }),
  ),
});

/** The attempts of a run are in the order in which they were started. */
const keyOf = ({ runId, attemptId, startedAt }: Pick<RunSummary, 'runId' | 'attemptId' | 'startedAt'>) =>
  `runs/${runId}/${startedAt.replaceAll(/[-:]/g, '')}-${attemptId}.json`;

/** Writes an attempt, as `run export` does, under what a list says of it. */
export const writeAttempt = (
  store: Store,
  listed: Pick<RunSummary, 'runId' | 'attemptId' | 'startedAt'>,
  record: AttemptRecord,
): Promise<void> => store.write(keyOf(listed), Buffer.from(`${JSON.stringify(record)}\n`));

/**
 * The ids of the attempts of a run, in the order in which they were started.
 * @throws LonghaulError `RUN_NOT_FOUND` where there is none
 */
export async function attemptIdsOf(store: Store, runId: string): Promise<readonly string[]> {
  return (await filesOf(store, runId)).map(({ attemptId }) => attemptId);
}

/**
 * The last attempt of a run, or the one that is named. Whether it can be replayed, the client checks.
 * @throws LonghaulError `RUN_NOT_FOUND` where there is none, `ARCHIVE_INVALID` for a file that is cut off
 */
export async function readArchived(
  store: Store,
  runId: string,
  { attemptId }: { readonly attemptId?: string | undefined } = {},
): Promise<AttemptRecord> {
  const files = await filesOf(store, runId);
  const file = attemptId === undefined ? files.at(-1) : files.find((one) => one.attemptId === attemptId);
  if (file === undefined)
    throw new LonghaulError('RUN_NOT_FOUND', `${store.where} has no attempt ${attemptId} of ${runId}`);
  const refuse = (what: string): LonghaulError =>
    new LonghaulError('ARCHIVE_INVALID', `${store.where}: ${file.key} ${what}`);
  const bytes = await store.read(file.key, maxAttemptBytes);
  if (bytes === null) throw refuse('is gone');
  if (bytes.length > maxAttemptBytes) throw refuse(`is larger than ${maxAttemptBytes} bytes`);
  let record: unknown;
  try {
    record = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw refuse('is no JSON: it is cut off, or was edited');
  }
  const told = record as Partial<AttemptRecord> | null; // only these three fields are read here
  if (told?.format !== 'longhaul.attempt/1')
    throw refuse('is no attempt of this version (longhaul.attempt/1)');
  if (told.runId !== runId || told.attemptId !== file.attemptId) throw refuse('holds another attempt');
  const [fault] = Shown.safeParse(record).error?.issues ?? [];
  if (fault !== undefined) throw refuse(`was edited: ${fault.path.join('.')}: ${fault.message}`);
  return record as AttemptRecord; // as `replays.plan` checks it
}

interface AttemptFile {
  readonly key: string;
  readonly attemptId: string;
}

async function filesOf(store: Store, runId: string): Promise<readonly AttemptFile[]> {
  if (!isRunId(runId)) throw new LonghaulError('RUN_NOT_FOUND', `${runId} is no id of a run`);
  const files: AttemptFile[] = [];
  for await (const key of store.list(`runs/${runId}/`)) {
    const attemptId = /\/\d{8}T\d{6}\.\d{3}Z-([A-Za-z0-9-]+)\.json$/.exec(key)?.[1];
    if (attemptId !== undefined) files.push({ key, attemptId });
  }
  if (files.length > 0) return files;
  throw new LonghaulError(
    'RUN_NOT_FOUND',
    `${store.where} has no run ${runId}; see \`longhaul run archived\``,
  );
}
