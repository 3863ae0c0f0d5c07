/** Everything that is read of one of two runs that are compared. */
import type { Client } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import {
  type Fact,
  type RunAsked,
  type RunFacts,
  describeRunPrefix,
  describeRunWorkflow,
} from '../../run/run-facts.js';
import type { Json, Run, RunStart, Step } from '../../run/steps.js';
import { askWorker } from '../ask-worker.js';
import type { PipelineDocument } from '../../run/documents/documents.js';
import { specWhenBegun, stepsOf } from '../../pipelines/replay-request.js';
import { describeAttempt } from '../executions.js';
import { wholeOf } from '../../steps/ends.js';
import { placeOf, readAttempt } from '../attempts.js';
import { viewOf } from '../runs/view.js';

/** One run, and what could be read of it. */
export interface RunSide {
  readonly run: Run;
  readonly input: Fact<Json>;
  /** Of a run of a document, that document. */
  readonly document: PipelineDocument | null;
  /** The build of the worker that last took a task of it, as Temporal knows it. */
  readonly codeVersion: Fact<string>;
  readonly jobId: string | null;
  readonly facts: RunFacts;
}

/** What Temporal knows of a run. */
type KnownSide = Omit<RunSide, 'jobId' | 'facts'>;

/**
 * Reads two runs from Temporal, and what their platforms tell of them through workers: of each its last job or, where the other
 * has one of the same step, that.
 */
export async function sidesOf(client: Client, a: string, b: string): Promise<readonly [RunSide, RunSide]> {
  const [one, other] = await Promise.all([knownOf(client, a), knownOf(client, b)]);
  const last = lastWithJob(other);
  const same = one.run.steps.find((step) => step.name === last?.name && jobIn(step) !== null);
  return Promise.all([sideOf(client, one, same ?? lastWithJob(one)), sideOf(client, other, last)]);
}

/** The last step that names a job; one under `finally`, which reports and cleans up, only where no other names one. */
export function lastWithJob({ run, document }: Pick<KnownSide, 'run' | 'document'>): Step | undefined {
  const named = run.steps.filter((step) => jobIn(step) !== null);
  const last = document?.finally?.steps ?? {};
  const isLast = ({ name }: Step): boolean => Object.hasOwn(last, wholeOf(name));
  return named.findLast((step) => !isLast(step)) ?? named.at(-1);
}

/** The step that has made the job that a step names: the best of several is the job of one of them. */
export const makerOf = ({ steps }: Pick<Run, 'steps'>, step: Step): Step =>
  steps.find((one) => jobIn(one) === jobIn(step)) ?? step;

async function knownOf(client: Client, runId: string): Promise<KnownSide> {
  const run = await viewOf(client, client.workflow.getHandle(runId));
  const [start, codeVersion] = await Promise.all([startIn(client, run), codeVersionOf(client, run)]);
  const document = ('value' in start && start.value.document) || null;
  return { run, input: inputIn(start), document, codeVersion };
}

async function sideOf(client: Client, known: KnownSide, named: Step | undefined): Promise<RunSide> {
  const { run, input, document } = known;
  const step = named && makerOf(run, named);
  const project = document === null ? projectIn(input) : await projectOfStep(client, run, step?.name);
  const jobId = step === undefined ? null : jobIn(step);
  const { connection, origins } = await placeOf(client, run, step?.name ?? '');
  const asked = {
    ...{ connection, project, jobId, revisionId: revisionOf(run) },
    madeBy: { origins, step: step?.name ?? '', generation: step?.generation ?? 1 },
  };
  const facts = run.notice === undefined ? await factsOf(client, asked) : allMissing(run.notice);
  return { ...known, jobId, facts };
}

const projectIn = (input: Fact<Json>): string | null => ('value' in input ? projectOf(input.value) : null);

/** Where a step of a document has acted, as far as its expressions have values. */
async function projectOfStep(client: Client, run: Run, name: string | undefined): Promise<string | null> {
  const record = await readAttempt(client, run.runId, run.attemptId);
  const step = stepsOf(record).find(([one]) => one === name)?.[1];
  const spec = step === undefined ? null : specWhenBegun(record, step);
  return spec !== null && 'project' in spec && typeof spec.project === 'string' ? spec.project : null;
}

/** What a run is alike by where it keeps no model. */
export interface Likeness {
  readonly isOfDocument: boolean;
  /** Of a built-in pipeline; `null` where its input says none. */
  readonly project: string | null;
}

/** Reads it from what the run was started with. */
export async function likenessOf(client: Client, run: Pick<Run, 'runId' | 'attemptId'>): Promise<Likeness> {
  const start = await startIn(client, run);
  const isOfDocument = 'value' in start && start.value.document !== undefined;
  return { isOfDocument, project: isOfDocument ? null : projectIn(inputIn(start)) };
}

const inputIn = (start: Fact<RunStart<Json>>): Fact<Json> =>
  'value' in start ? { value: start.value.input } : start;

/** The argument in its first event. */
async function startIn(
  client: Client,
  { runId, attemptId }: Pick<Run, 'runId' | 'attemptId'>,
): Promise<Fact<RunStart<Json>>> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: runId, runId: attemptId },
    maximumPageSize: 1,
  });
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  if (!payloads?.[0]) return { missing: 'its history has no input' };
  const start = await decodeFromPayloadsAtIndex<RunStart<Json>>(
    client.options.loadedDataConverter,
    0,
    payloads,
  );
  return { value: start };
}

/** `null` for what names none. */
const projectOf = (input: Json): string | null => textIn(input, 'project');

async function codeVersionOf(client: Client, { runId, attemptId }: Run): Promise<Fact<string>> {
  const { raw } = await describeAttempt(client, runId, attemptId);
  const execution = raw.workflowExecutionInfo;
  const build =
    execution?.versioningInfo?.deploymentVersion?.buildId ?? execution?.mostRecentWorkerVersionStamp?.buildId;
  return build ? { value: build } : { missing: 'Temporal knows no build: its worker was not versioned' };
}

/** The last job that a run names, also of an attempt before or of a step that did not finish. */
export const jobOf = ({ steps }: Run): string | null =>
  steps.map(jobIn).findLast((id) => id !== null) ?? null;

const jobIn = (step: Step): string | null => outputOf(step, 'jobId') ?? referenceOf(step, 'job');

/** The last revision that a run names. */
const revisionOf = ({ steps }: Run): string | null =>
  steps
    .map((step) => outputOf(step, 'revisionId') ?? referenceOf(step, 'revision'))
    .findLast((id) => id !== null) ?? null;

const outputOf = ({ state }: Step, key: string): string | null =>
  'output' in state ? textIn(state.output, key) : null;

function textIn(value: Json, key: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const found: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof found === 'string' ? found : null;
}

const referenceOf = ({ references }: Step, kind: string): string | null =>
  references.findLast((reference) => reference.kind === kind)?.id ?? null;

/** Nothing that goes wrong here hides what Temporal tells: each part says why it is missing. */
async function factsOf(client: Client, asked: RunAsked): Promise<RunFacts> {
  const answer = await askWorker<RunAsked, RunFacts>(client, {
    ...{ workflow: describeRunWorkflow, prefix: describeRunPrefix, asked },
    summary: `what the platform of ${asked.connection} tells of a run`,
  });
  return 'missing' in answer ? allMissing(answer.missing) : answer.value;
}

const allMissing = (missing: string): RunFacts => ({
  job: { missing },
  runtime: { missing },
  environment: { missing },
  datasets: { missing },
  log: { missing },
});
