/** Code of workflows, run by the SDK itself as within an execution: a test lets time pass, asks, updates and answers. */
import { AsyncLocalStorage as ContextOfNode } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { jest } from '@jest/globals';
import {
  ApplicationFailure,
  TypedSearchAttributes,
  defaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import proto from '@temporalio/proto';
import { tsToMs } from '@temporalio/common/lib/time.js';
import { AsyncLocalStorage as ScopeStorage, type WorkflowInfo } from '@temporalio/workflow';
import { ContinueAsNew } from '@temporalio/workflow';
import { setActivator } from '@temporalio/workflow/lib/global-attributes.js';
import { Activator } from '@temporalio/workflow/lib/internals.js';
import { AsyncLocalStorage as UpdateStorage } from '@temporalio/workflow/lib/update-scope.js';
import { tryUnblockConditions } from '@temporalio/workflow/lib/worker-interface.js';

const contexts = new WeakMap<object, ContextOfNode<unknown>>();
const contextOf = (of: object): ContextOfNode<unknown> => {
  const known = contexts.get(of) ?? new ContextOfNode();
  contexts.set(of, known);
  return known;
};
// A worker gives the SDK the class of Node for this; elsewhere it has empty ones.
for (const { prototype } of [ScopeStorage, UpdateStorage])
  Object.assign(prototype, {
    run(this: object, store: unknown, code: () => unknown) {
      return contextOf(this).run(store, code);
    },
    getStore(this: object) {
      return contextOf(this).getStore();
    },
  });

export const beganAt = '2027-01-04T08:00:00.000Z';

type Command = ReturnType<Activator['concludeActivation']>['commands'][number];
type Failed = { readonly type: string; readonly message: string; readonly details?: readonly string[] };
type Payloads = Parameters<typeof defaultPayloadConverter.fromPayload>[0][];

/** What a workflow has asked for that nobody has answered. */
interface Asked {
  readonly seq: number;
  /** The type of an activity, or the id of a child. */
  readonly name: string;
  readonly given: unknown;
}

/** An execution whose code the test calls. */
export class Inside {
  readonly #activator: Activator;
  readonly #timers = new Map<number, number>();
  readonly #said = new Map<string, unknown>();
  #activities: Asked[] = [];
  #children: Asked[] = [];
  readonly #standing = new Map<string, boolean>();
  readonly #signals: (readonly [id: string, argument: unknown])[] = [];
  #responses: Command[] = [];
  #number = 0;

  /** `isReplaying`: its history has none of the patches that the code asks for. */
  constructor(info: Partial<WorkflowInfo> = {}, { isReplaying = false } = {}) {
    jest.useFakeTimers({
      now: info.startTime ?? Date.parse(beganAt),
      doNotFake: [
        'nextTick',
        'setImmediate',
        'clearImmediate',
        'setTimeout',
        'clearTimeout',
        'queueMicrotask',
      ],
    });
    const ids = { workflowId: 'churn.x', runId: 'a1', originalExecutionRunId: 'a1', namespace: 'test' };
    this.#activator = new Activator({
      info: {
        ...{ ...ids, workflowType: 'document', taskQueue: 'pipelines', attempt: 1, memo: {} },
        ...{ startTime: new Date(), runStartTime: new Date(), historyLength: 3, historySize: 1_000 },
        ...{
          searchAttributes: {},
          typedSearchAttributes: new TypedSearchAttributes(),
          unsafe: { isReplaying },
        },
        ...info,
      },
      ...{ now: Date.now(), getTimeOfDay: () => 0n, randomnessSeed: [7], showStackTraceSources: false },
      ...{ registeredActivityNames: new Set(), stackTracesEnabled: false, sourceMap: {} },
    } as unknown as ConstructorParameters<typeof Activator>[0]); // of all of it, what the code under test reads
    this.#activator.workflow = () => Promise.resolve(); // patches ask whether there is one
    setActivator(this.#activator);
  }

  /** Calls code of the workflow, until everything waits. */
  async call(code: () => void): Promise<void> {
    await this.#activator.rootScope.run(() => {
      code();
      return Promise.resolve();
    });
    await this.#settle();
  }

  /** Lets time pass; timers fire when they are due. */
  async pass(ms: number): Promise<void> {
    const end = Date.now() + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(([, dueMs]) => dueMs <= end).sort((a, b) => a[1] - b[1]);
      if (next === undefined) break;
      const [seq, dueMs] = next;
      this.#timers.delete(seq);
      jest.setSystemTime(Math.max(Date.now(), dueMs));
      this.#activator.fireTimer({ seq });
      await this.#settle();
    }
    jest.setSystemTime(end);
    await this.#settle();
  }

  /** Sends an update; answers `null` where it is accepted, and its refusal where it is not. */
  async update(name: string, argument: unknown): Promise<Failed | null> {
    this.#number += 1;
    const id = String(this.#number);
    const input = [defaultPayloadConverter.toPayload(argument)];
    this.#activator.doUpdate({ id, protocolInstanceId: id, name, input, headers: {}, runValidator: true });
    await this.#settle();
    for (const { updateResponse } of this.#responses) {
      if (updateResponse?.protocolInstanceId !== id || !updateResponse.rejected) continue;
      const { message, applicationFailureInfo } = updateResponse.rejected;
      return { type: applicationFailureInfo?.type ?? '', message: message ?? '' };
    }
    return null;
  }

  /** Asks; answers what the handler returns. */
  async query(name: string, ...args: readonly unknown[]): Promise<unknown> {
    this.#number += 1;
    const queryId = String(this.#number);
    const given = args.map((one) => defaultPayloadConverter.toPayload(one));
    this.#activator.queryWorkflow({ queryId, queryType: name, arguments: given, headers: {} });
    await this.#settle();
    const answer = this.#responses.find(({ respondToQuery }) => respondToQuery?.queryId === queryId);
    return valueOf([answer?.respondToQuery?.succeeded?.response ?? {}]);
  }

  async cancel(): Promise<void> {
    this.#activator.cancelWorkflow({});
    await this.#settle();
  }

  /** Activities that wait for an answer: the type of each, and what it is given. */
  activities(): (readonly [type: string, argument: unknown])[] {
    return this.#activities.map(({ name, given }) => [name, given]);
  }

  /** Answers one of them, the first unless stated. */
  async answer(result: unknown, at = 0): Promise<void> {
    await this.#resolve(at, { completed: { result: defaultPayloadConverter.toPayload(result) } });
  }

  /** Fails it. */
  async fail({ type, message, details = [] }: Failed, at = 0): Promise<void> {
    const error = ApplicationFailure.nonRetryable(message, type, ...details);
    const cause = defaultFailureConverter.errorToFailure(error, defaultPayloadConverter);
    const activityFailureInfo = {
      activityType: { name: this.#activities[at]?.name ?? null },
      activityId: '1',
    };
    await this.#resolve(at, { failed: { failure: { message, cause, activityFailureInfo } } });
  }

  /** Children that were started: the id of each, and what it is given. They stand from then on. */
  children(): (readonly [id: string, argument: unknown])[] {
    return this.#children.map(({ name, given }) => [name, given]);
  }

  /** From now on, a workflow of this id goes on already, whoever starts it; unless stated, it hears what it is told. */
  stands(id: string, hears = true): void {
    this.#standing.set(id, hears);
  }

  /** What was told to workflows that go on already: the id of each, and the argument. */
  signals(): (readonly [id: string, argument: unknown])[] {
    return this.#signals;
  }

  /** Its history has grown. */
  async lengthen(historyLength: number): Promise<void> {
    this.#activator.mutateWorkflowInfo((info) => ({ ...info, historyLength }));
    await this.#settle();
  }

  /** Ends a child. */
  async end(id: string, result: unknown): Promise<void> {
    const child = this.#children.find(({ name }) => name === id);
    if (child === undefined) throw new Error(`no child is called ${id}`);
    const completed = { result: defaultPayloadConverter.toPayload(result) };
    this.#activator.resolveChildWorkflowExecution({ seq: child.seq, result: { completed } });
    await this.#settle();
  }

  /** Its search attributes, by name. */
  said(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#said);
  }

  /** What Temporal's own Web UI shows. */
  details(): string {
    return this.#activator.currentDetails;
  }

  /** What it has reported to its worker since this was asked last. */
  metered(): (readonly [name: string, argument: unknown])[] {
    return this.#activator.getAndResetSinkCalls().map(({ fnName, args }) => [fnName, args[0]]);
  }

  async #resolve(at: number, result: Parameters<Activator['resolveActivity']>[0]['result']): Promise<void> {
    const asked = this.#activities[at];
    if (asked === undefined) throw new Error('no such activity waits for an answer');
    this.#activities = this.#activities.filter((one) => one !== asked);
    this.#activator.resolveActivity({ seq: asked.seq, result: result ?? null });
    await this.#settle();
  }

  /** Until nothing goes on by itself any more. */
  async #settle(): Promise<void> {
    for (let isMoving = true; isMoving;) {
      await turn();
      const { commands } = this.#activator.concludeActivation();
      for (const command of commands) this.#take(command);
      isMoving = tryUnblockConditions() > 0 || commands.length > 0;
    }
  }

  #take(command: Command): void {
    const { startTimer, cancelTimer, scheduleActivity, requestCancelActivity: cancelled } = command;
    const { startChildWorkflowExecution: child, signalExternalWorkflowExecution: signal } = command;
    if (startTimer) this.#timers.set(seqOf(startTimer), Date.now() + tsToMs(startTimer.startToFireTimeout));
    if (cancelTimer) this.#timers.delete(seqOf(cancelTimer));
    if (scheduleActivity) {
      const { activityType, arguments: given } = scheduleActivity;
      this.#activities.push({
        seq: seqOf(scheduleActivity),
        name: activityType ?? '',
        given: valueOf(given),
      });
    }
    if (cancelled) this.#cancel(seqOf(cancelled));
    if (child) {
      const [seq, name] = [seqOf(child), child.workflowId ?? ''];
      const isThere = this.#standing.has(name);
      if (!isThere) this.#children.push({ seq, name, given: valueOf(child.input) });
      const begun = isThere
        ? { failed: { workflowId: name, workflowType: child.workflowType ?? '', cause: alreadyExists } }
        : { succeeded: { runId: `run of ${seq}` } };
      this.#activator.resolveChildWorkflowExecutionStart({ seq, ...begun });
    }
    if (signal) this.#tell(signal);
    const fields = command.upsertWorkflowSearchAttributes?.searchAttributes?.indexedFields ?? {};
    for (const [name, payload] of Object.entries(fields)) this.#said.set(name, valueOf([payload]));
    this.#responses.push(command);
  }

  /** One that goes on hears it; any other has ended meanwhile. */
  #tell(signal: NonNullable<Command['signalExternalWorkflowExecution']>): void {
    const [seq, id] = [seqOf(signal), signal.workflowExecution?.workflowId ?? ''];
    const hears = this.#standing.get(id) === true;
    if (hears) this.#signals.push([id, valueOf(signal.args)]);
    const failure = hears ? null : { message: 'it has ended' };
    this.#activator.resolveSignalExternalWorkflow({ seq, failure });
  }

  /** An activity obeys at once. */
  #cancel(seq: number): void {
    this.#activities = this.#activities.filter((one) => one.seq !== seq);
    const failure = { message: 'Cancelled', canceledFailureInfo: {} };
    this.#activator.resolveActivity({ seq, result: { cancelled: { failure } } });
  }
}

/** What Temporal calls a workflow that cannot be started, for another one has its id. */
const alreadyExists =
  proto.coresdk.child_workflow.StartChildWorkflowExecutionFailedCause
    .START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_EXISTS;

/** What the next execution is given, of a workflow that has ended in order to go on there; else `null`. */
export function givenToNext(ended: unknown): unknown {
  return ended instanceof ContinueAsNew ? valueOf(ended.command.arguments) : null;
}

const seqOf = ({ seq }: { readonly seq?: number | null }): number => seq ?? 0;

const valueOf = (payloads: Payloads | null | undefined): unknown => {
  const [first] = payloads ?? [];
  return first?.metadata ? defaultPayloadConverter.fromPayload(first) : undefined;
};
