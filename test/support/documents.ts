/** Documents that tests write. */
import { checkDocument } from '../../src/documents/pipeline/check.js';
import type { PipelineDocument } from '../../src/client.js';
import { httpMethods } from '../../src/run/documents/requests.js';

/** By the name of a connection. */
const platformOf = (connection: string): string => (connection.startsWith('ubiops') ? 'ubiops' : 'domino');

/** A document that has no fault, and may run these. */
export function documentIn(text: string, ...children: readonly PipelineDocument[]): PipelineDocument {
  const checked = checkDocument(text, {
    ...{ file: 'test.yaml', platformOf, methodsOf: () => httpMethods },
    documentOf: (name) => children.find(({ pipeline }) => pipeline === name) ?? null,
  });
  if (checked.ok) return checked.document;
  throw new Error(
    checked.faults.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n'),
  );
}

/** One of these steps, on a connection. */
export const documentOf = (
  connection: string,
  steps: string,
  { name = 'mine', more = '' }: { readonly name?: string; readonly more?: string } = {},
): PipelineDocument =>
  documentIn(
    `longhaul: pipeline/v1\npipeline: ${name}\nconnection: ${connection}\n${more}\nsteps:\n${steps}`,
  );
