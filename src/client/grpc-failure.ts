/** What Temporal's server answers by gRPC when a call fails, with the status codes by name. */
import { ServiceError, isGrpcServiceError } from '@temporalio/client';

/** By number, as https://grpc.github.io/grpc/core/md_doc_statuscodes.html lists them. */
const codes = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type GrpcCode = (typeof codes)[number];

export interface GrpcFailure {
  /** A number that gRPC does not define is `UNKNOWN`. */
  readonly code: GrpcCode;
  /** What the server says, without the name of the code. */
  readonly details: string;
  /** The error itself, to be passed on as a cause. */
  readonly error: Error;
}

/** The failed call that an error is, or that Temporal's client has wrapped in a `ServiceError`; `null` for any other error. */
export function grpcFailureIn(error: unknown): GrpcFailure | null {
  const said = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(said)) return null;
  return { code: codes.at(said.code) ?? 'UNKNOWN', details: said.details, error: said };
}
