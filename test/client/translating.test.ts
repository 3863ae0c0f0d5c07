/** What Temporal answers, told apart: no such run, no such namespace, nobody there. */
import { expect, it } from '@jest/globals';
import { NamespaceNotFoundError } from '@temporalio/common';
import { translateRunError } from '../../src/client/translating.js';

const grpc = (code: number, details: string): Error =>
  Object.assign(new Error(`${code} NOT_FOUND: ${details}`), { code, details, metadata: {} });

it.each([
  [new NamespaceNotFoundError('wrong'), 'NAMESPACE_UNKNOWN'],
  [grpc(5, 'Namespace wrong is not found.'), 'NAMESPACE_UNKNOWN'],
  [new Error('Namespace wrong is not found.'), 'NAMESPACE_UNKNOWN'], // as a worker’s connection says it
  [grpc(5, 'workflow not found for ID: a.b'), 'RUN_NOT_FOUND'],
  [grpc(14, 'connection refused'), 'TEMPORAL_UNREACHABLE'],
])('%s is %s', (error, code) => {
  expect(translateRunError(error, 'a.b', 'temporal:7233')).toMatchObject({ code });
});

it('names the namespace and the variable that says it', () => {
  expect(translateRunError(grpc(5, 'Namespace wrong is not found.'), 'a.b', 'temporal:7233')).toMatchObject({
    message: 'Temporal at temporal:7233 has no namespace "wrong" (TEMPORAL_NAMESPACE)',
  });
});
