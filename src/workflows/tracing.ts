/**
 * Hands the trace in which a workflow was started on to its activities, children and legs. It makes no span of its own:
 * nothing here waits, so no history is replayed in another order whether traces are on or off.
 */
import type { Headers, WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** The header of `@temporalio/interceptors-opentelemetry`, which clients write and activities read. */
const traceHeader = '_tracer-data';

export const interceptors: WorkflowInterceptorsFactory = () => {
  let trace: Headers[string] | undefined;
  const traced = <I extends { readonly headers: Headers }>(input: I): I =>
    trace === undefined ? input : { ...input, headers: { ...input.headers, [traceHeader]: trace } };
  return {
    inbound: [
      {
        execute: (input, next) => {
          trace = input.headers[traceHeader];
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(traced(input)),
        startChildWorkflowExecution: (input, next) => next(traced(input)),
        continueAsNew: (input, next) => next(traced(input)),
      },
    ],
  };
};
