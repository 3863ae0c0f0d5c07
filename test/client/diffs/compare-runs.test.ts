/** Two runs compared, of documents and of what Longhaul brings along. */
import { expect, it } from '@jest/globals';
import { compareSides } from '../../../src/client/diffs/compare-runs.js';
import type { RunSide } from '../../../src/client/diffs/run-side.js';
import { documentOf } from '../../support/documents.js';

const missing = { missing: 'there is no job' };
const side = (document: RunSide['document']): RunSide => ({
  run: {
    ...{ runId: 'mine.a', attemptId: 'a', pipeline: 'mine', connection: 'dev', status: 'succeeded' },
    ...{ trigger: { kind: 'cli' }, startedAt: '2026-11-29T00:00:00.000Z', steps: [] },
  },
  ...{ input: { value: {} }, document, codeVersion: missing, jobId: null },
  facts: { job: missing, runtime: missing, environment: missing, datasets: missing, log: missing },
});
const document = (command: string) =>
  documentOf('dev', `  train: { uses: job, with: { project: a/b, command: ${command} } }`);
const definition = (a: RunSide, b: RunSide) => compareSides(a, b).find(({ part }) => part === 'definition');

it('tells what differs of the documents that runs were started with', () => {
  const [one, other] = [document('python a.py'), document('python b.py')];
  expect(definition(side(one), side(one))).toMatchObject({ verdict: 'equal' });
  expect(definition(side(one), side(other))).toMatchObject({
    verdict: 'differs',
    changes: [{ name: 'steps.train.with.command', a: 'python a.py', b: 'python b.py' }],
  });
  expect(definition(side(one), side(null))?.verdict).toBe('differs');
});

it('does not speak of definitions where Longhaul has brought them along', () => {
  expect(definition(side(null), side(null))).toBeUndefined();
});
