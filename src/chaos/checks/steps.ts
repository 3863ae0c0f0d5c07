/** I2, I5 and I7 of documents: what the steps of a run name is there, is as the document asks, and is theirs. */
import { z } from 'zod';
import type { Json } from '../../run/json.js';
import { shellWords } from '../../run/documents/shell-words.js';
import type { Step } from '../../run/steps.js';
import { type DocumentStep, type PipelineDocument, allSteps } from '../../run/documents/documents.js';
import { ExpressionFault } from '../../pipelines/document/expressions.js';
import { compileTemplate } from '../../pipelines/document/templates.js';
import type { JobObject, RunRecord, TrialEvidence, Violation } from '../evidence.js';

/** The document of a run; `null` of a built-in pipeline. */
export const documentOf = ({ planned: { pipeline } }: RunRecord): PipelineDocument | null =>
  typeof pipeline === 'string' ? null : pipeline;

/** A step of a run that has succeeded, an item perhaps, with what the document says of it. */
interface Done {
  readonly step: Step;
  readonly written: DocumentStep;
  readonly output: Json;
}

/** What the document of a run says of one of its steps: `train.0` is an item of `train`. */
export function writtenIn(record: RunRecord, { name }: Pick<Step, 'name'>): DocumentStep | undefined {
  const document = documentOf(record);
  const { steps = {}, finally: last } = document ?? {};
  const written = name.replace(/\.\d+$/, '');
  return steps[written] ?? last?.steps[written];
}

function doneBy(record: RunRecord): Done[] {
  return (record.run?.steps ?? []).flatMap((step): Done[] => {
    const { state } = step;
    const of = writtenIn(record, step);
    if (of === undefined || (state.status !== 'succeeded' && state.status !== 'reused')) return [];
    return [{ step, written: of, output: state.output }];
  });
}

/** Ids of one kind that steps of a document name which have succeeded. */
export const namedBy = (record: RunRecord, kind: string): string[] =>
  doneBy(record).flatMap(({ step }) => idsOf(step, kind));

/** Versions that a document’s run has deployed; one whose watch was cancelled it takes back. */
export function keptBy(record: RunRecord): string[] {
  const states = new Map(record.run?.steps.map(({ name, state }) => [name, state.status] as const));
  const takenBack = allSteps(documentOf(record) ?? { steps: {} })
    .filter(([name, { kind }]) => kind === 'domino.watch' && states.get(name) === 'cancelled')
    .map(([, { takes }]) => takes['deployment']);
  return doneBy(record)
    .filter(({ step, written }) => deploying.includes(written.kind) && !takenBack.includes(step.name))
    .flatMap(({ step }) => idsOf(step, 'modelApiVersion'));
}

/** Kinds of steps that put a version live. */
const deploying: readonly string[] = ['domino.deploy', 'ubiops.deployment'];

const idsOf = ({ references }: Step, kind: string): string[] =>
  references.filter((reference) => reference.kind === kind).map(({ id }) => id);

/** The models that jobs of a document’s run train, by job. What only its outputs tell is left out. */
export function trainedBy(record: RunRecord): ReadonlyMap<string, string> {
  return new Map(
    doneBy(record).flatMap((done) => {
      const { trains } = done.written.with;
      const model = trains === undefined ? undefined : valueOf(record, done, trains);
      return typeof model === 'string' ? idsOf(done.step, 'job').map((id) => [id, model] as const) : [];
    }),
  );
}

/** What a value of a step comes to by the input and the item; `undefined` where it reads other steps. */
function valueOf({ runId, planned }: RunRecord, { step }: Done, value: Json): Json | undefined {
  const index = /\.(\d+)$/.exec(step.name)?.[1];
  const scope = {
    input: planned.input as Json, // it was sent as JSON
    run: { id: runId },
    ...(index !== undefined && { index: Number(index), item: step.item ?? null }),
  };
  try {
    return compileTemplate(value)(scope);
  } catch (error) {
    if (error instanceof ExpressionFault) return undefined;
    throw error;
  }
}

/** Steps of a document that have succeeded with something that is not so. */
export function findFalseSteps({ objects }: TrialEvidence, record: RunRecord): Violation[] {
  const all = doneBy(record);
  return all.flatMap((done): Violation[] => {
    const wrong = (what: string, id: string, rule: Violation['rule'] = 'result'): Violation => ({
      ...{ rule, what: `step ${done.step.name}: ${what}`, runId: record.runId, about: [id] },
    });
    const jobs = idsOf(done.step, 'job').flatMap((id) => {
      const job = objects.jobs.find((one) => one.id === id);
      if (job === undefined) return [wrong(`it names job ${id}, which does not exist`, id)];
      return [
        ...(job.runId === record.runId ? [] : [wrong(`job ${job.number} is of another run`, id)]),
        ...(job.status === 'Stopped' ? [wrong(`its job ${job.number} was stopped`, id, 'foreign')] : []),
        ...(isAsAsked(record, done, job) ? [] : [wrong(`job ${job.number} runs ${job.command}`, id)]),
        ...(isOnBuilt(all, done, job)
          ? []
          : [wrong(`job ${job.number} ran on revision ${job.revisionId ?? 'none'}`, id, 'revision')]),
      ];
    });
    const archived = idsOf(done.step, 'environment').filter((id) =>
      objects.environments.some((one) => one.id === id && one.archived),
    );
    const registered = idsOf(done.step, 'modelVersion').filter((id) => !isOfJob(objects, all, { done, id }));
    const deployed = idsOf(done.step, 'modelApiVersion').filter((id) =>
      objects.versions.every((one) => one.id !== id),
    );
    return [
      ...jobs,
      ...archived.map((id) => wrong('its environment was archived', id, 'foreign')),
      ...registered.map((id) => wrong(`${id} is not what a job of its run made`, id)),
      ...deployed.map((id) => wrong(`it names version ${id}, which does not exist`, id)),
    ];
  });
}

/** Whether a job runs the command that its step asks for. */
function isAsAsked(record: RunRecord, done: Done, { command }: JobObject): boolean {
  const { command: written } = done.written.with;
  const asked = written === undefined ? undefined : valueOf(record, done, written);
  if (Array.isArray(asked)) return shellWords(asked.map(String)) === command;
  return typeof asked !== 'string' || asked === command;
}

const Revised = z.object({ revisionId: z.string() });

/** Whether a job ran on the revision that the step has built which it names; a job without one runs on what is there. */
function isOnBuilt(all: readonly Done[], { written }: Done, { revisionId }: JobObject): boolean {
  const built = all.find(({ step }) => step.name === written.takes['build']);
  const asked = Revised.safeParse(built?.output).data?.revisionId;
  return asked === undefined || asked === revisionId;
}

/** Whether a registered version is of an experiment of the run’s jobs; one that the document names is let through. */
function isOfJob(
  { modelVersions, jobs }: TrialEvidence['objects'],
  all: readonly Done[],
  { done, id }: { readonly done: Done; readonly id: string },
): boolean {
  if (done.written.with['experimentRunId'] !== undefined) return true;
  const version = modelVersions.find((one) => `${one.model}/${one.version}` === id);
  const own = new Set(all.flatMap(({ step }) => idsOf(step, 'job')));
  const job = jobs.find((one) => own.has(one.id) && one.experimentRunId === version?.experimentRunId);
  return version !== undefined && job !== undefined;
}
