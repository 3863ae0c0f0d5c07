/** What the package gives programs that start documents of their own. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { checkPipelineDocument } from '../../../src/documents/pipeline/public.js';

const text = `longhaul: pipeline/v1
pipeline: mine
connection: dev
steps:
  a: { uses: http, with: { service: reports, method: POST, path: /x } }
  b: { uses: pipeline, needs: a, with: { pipeline: other } }
`;
const connections = { dev: 'domino' };

it('is exported by the package, beside the client', () => {
  const { exports } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  expect(exports['./documents']).toEqual({
    types: './dist/documents/pipeline/public.d.ts',
    default: './dist/documents/pipeline/public.js',
  });
});

it('makes a document of a text, or tells every fault', () => {
  const other = checkPipelineDocument(
    'longhaul: pipeline/v1\npipeline: other\nsteps: { p: { uses: pause, with: { for: 1s } } }\n',
    { connections },
  );
  const documents = other.ok ? { other: other.document } : {};
  expect(checkPipelineDocument(text, { connections, documents, services: { reports: true } })).toMatchObject({
    ok: true,
    document: { pipeline: 'mine', children: { other: { pipeline: 'other' } } },
  });
  expect(
    checkPipelineDocument(text, { connections, services: { reports: ['GET'] }, file: 'm.yaml' }),
  ).toEqual({
    ok: false,
    faults: [
      { file: 'm.yaml', line: 5, column: 54, message: 'service reports takes GET alone' },
      {
        file: 'm.yaml',
        line: 6,
        column: 52,
        message: expect.stringContaining('there is no pipeline "other"'),
      },
    ],
  });
});
