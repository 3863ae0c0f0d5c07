/** What Temporal answers to a client, as failures of the table. */
import {
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, NamespaceNotFoundError } from '@temporalio/common';
import { LonghaulError, isFailureCode } from '../run/failures/errors.js';
import { type GrpcFailure, grpcFailureIn } from './grpc-failure.js';

/** What a caller is told too: nothing in it is of one machine. */
export const attributesMissing =
  'the namespace lacks Longhaul’s search attributes; a worker registers them when it starts: run `longhaul worker` once';

/** That nobody answers at an address. */
export const unreachable = (address: string, cause: unknown): LonghaulError =>
  new LonghaulError('TEMPORAL_UNREACHABLE', `Temporal does not answer at ${address} (TEMPORAL_ADDRESS)`, {
    cause,
  });

/** That the Temporal that answers has no such namespace. */
const namespaceUnknown = (namespace: string, address: string, cause: unknown): LonghaulError =>
  new LonghaulError(
    'NAMESPACE_UNKNOWN',
    `Temporal at ${address} has no namespace "${namespace}" (TEMPORAL_NAMESPACE)`,
    { cause },
  );

/** An error of a call about a run as ours; one that is no error of Temporal stays as it is. */
export function translateRunError(error: unknown, runId: string, address: string): unknown {
  const namespace = missingNamespaceIn(error);
  if (namespace !== undefined) return namespaceUnknown(namespace, address, error);
  if (error instanceof WorkflowNotFoundError)
    return new LonghaulError('RUN_NOT_FOUND', `there is no run ${runId}`, {
      cause: error,
    });
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    const { type, message } = error.cause;
    return new LonghaulError(isFailureCode(type) ? type : 'INTERNAL', message, { cause: error });
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
    return new LonghaulError(
      'WORKER_SILENT',
      'no worker has taken this in time, and one may still take it: look at how it stands before you try again',
      { cause: error },
    );
  const unreadable = unreadableIn(error);
  if (unreadable !== null) return unreadable;
  const failed = grpcFailureIn(error);
  return failed === null ? error : fromGrpc(failed, runId, address);
}

/** What is encrypted with a key that is not here: the SDK wraps whatever a call throws. */
export const unreadableIn = (error: unknown): LonghaulError | null =>
  error instanceof ServiceError && error.cause instanceof LonghaulError ? error.cause : null;

/** By gRPC, of a client and of a worker, it is the answer to any call, with the code of a run that is not there. */
const noNamespace = /^(?:\d+ NOT_FOUND: )?Namespace (\S+) is not found/;

function missingNamespaceIn(error: unknown): string | undefined {
  if (error instanceof NamespaceNotFoundError) return error.namespace;
  return error instanceof Error ? noNamespace.exec(error.message)?.[1] : undefined;
}

function fromGrpc({ code, error }: GrpcFailure, runId: string, address: string): LonghaulError {
  if (code === 'NOT_FOUND')
    return new LonghaulError('RUN_NOT_FOUND', `there is no run ${runId}`, { cause: error });
  if (code === 'DEADLINE_EXCEEDED' || code === 'UNAVAILABLE') return unreachable(address, error);
  if (code === 'INVALID_ARGUMENT' && error.message.includes('search attribute'))
    return new LonghaulError('CONFIG_INVALID', attributesMissing, { cause: error });
  return new LonghaulError('INTERNAL', `Temporal refused: ${error.message}`, { cause: error });
}
