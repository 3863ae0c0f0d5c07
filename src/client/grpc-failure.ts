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
  // A worker’s own connection throws another class of the same name, which the SDK takes for this one.
  const said = error instanceof ServiceError && !isGrpcServiceError(error) ? error.cause : error;
  if (!isGrpcServiceError(said)) return null;
  const code = isBrokenOff(said) ? 'UNAVAILABLE' : codes.at(said.code);
  return { code: code ?? 'UNKNOWN', details: said.details, error: said };
}

/** How a worker’s connection says that it is gone: not by the code that gRPC has for it. */
const isBrokenOff = ({ message }: Error): boolean =>
  ['transport error', 'operation was canceled'].includes(message);
