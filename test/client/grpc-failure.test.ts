import { describe, expect, it } from '@jest/globals';
import { ServiceError } from '@temporalio/client';
import { grpcFailureIn } from '../../src/client/grpc-failure.js';

const said = (code: number) =>
  Object.assign(new Error(`${code} of the server`), { code, details: 'of the server', metadata: {} });

describe('a failed call of gRPC', () => {
  it.each([
    [1, 'CANCELLED'],
    [3, 'INVALID_ARGUMENT'],
    [4, 'DEADLINE_EXCEEDED'],
    [5, 'NOT_FOUND'],
    [6, 'ALREADY_EXISTS'],
    [7, 'PERMISSION_DENIED'],
    [9, 'FAILED_PRECONDITION'],
    [10, 'ABORTED'],
    [14, 'UNAVAILABLE'],
    [16, 'UNAUTHENTICATED'],
    [99, 'UNKNOWN'],
  ])('%d is %s, also where the client of Temporal has wrapped it', (code, name) => {
    const error = said(code);
    const failure = { code: name, details: 'of the server', error };
    expect(grpcFailureIn(error)).toEqual(failure);
    expect(grpcFailureIn(new ServiceError('Failed to start Workflow', { cause: error }))).toEqual(failure);
  });

  it.each([
    [2, 'transport error'],
    [1, 'operation was canceled'],
  ])('is UNAVAILABLE where the connection of a worker says %d, %s', (code, message) => {
    const error = Object.assign(new ServiceError(message), { code, details: '', metadata: {} });
    expect(grpcFailureIn(error)).toMatchObject({ code: 'UNAVAILABLE', error });
  });

  it('is no error with a number as its code that did not come by gRPC, and nothing that is no error', () => {
    expect(grpcFailureIn(Object.assign(new Error('spawn'), { code: 5 }))).toBeNull();
    expect(grpcFailureIn('no error at all')).toBeNull();
  });
});
