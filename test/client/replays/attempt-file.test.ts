import { expect, it } from '@jest/globals';
import { parseAttempt } from '../../../src/client/replays/attempt-file.js';
import type { Json } from '../../../src/run/steps.js';
import { documentOf } from '../../support/documents.js';

const file = (step: string, output: Json) => ({
  format: 'longhaul.attempt/1',
  runId: 'retrain.a',
  attemptId: '1',
  firstAttemptId: '1',
  pipeline: 'retrain',
  connection: 'domino',
  input: { connection: 'domino', project: 'ada/iris' },
  inputDigest: 'd',
  trigger: { kind: 'cli', by: 'ada' },
  status: 'failed',
  steps: [{ name: step, tries: 1, references: [], state: { status: 'succeeded', output } }],
  startedAt: '2026-11-29T00:00:00Z',
});

it('is refused with an output that would stop the new attempt half-way', () => {
  expect(parseAttempt(file('gate', null)).runId).toBe('retrain.a');
  for (const [step, output] of [
    ['train', null],
    ['deploy', null],
    ['decide', { verdict: 'retrain', reason: 'r', evidence: null }],
    ['deploy', { modelApiId: 'm', versionId: 1 }],
  ] as const)
    expect(() => parseAttempt(file(step, output))).toThrow(
      expect.objectContaining({ code: 'REPLAY_INVALID', message: expect.stringContaining(`"${step}"`) }),
    );
});

it('keeps who let its schedule tick', () => {
  const askers = [{ ids: ['key:bob'], from: '2026-11-28T00:00:00Z', to: '2026-11-29T00:00:00Z' }];
  const trigger = { kind: 'schedule', by: 'nightly', ids: ['key:ada'], askers };
  expect(parseAttempt({ ...file('gate', null), trigger }).trigger).toEqual(trigger);
});

it('has no document with more steps than one may have: each looks at those before it', () => {
  const document = documentOf('dev', '  a: { uses: job, with: { project: a/b, command: go } }', {
    name: 'mine',
  });
  const many = (count: number) => ({
    ...document,
    steps: Object.fromEntries(Array.from({ length: count }, (_, at) => [`s${at}`, document.steps['a']])),
  });
  const attempt = {
    ...file('a', null),
    ...{ runId: 'mine.a', pipeline: 'mine', connection: 'dev', input: {}, steps: [] },
  };
  expect(parseAttempt({ ...attempt, document: many(200) }).runId).toBe('mine.a');
  const refused = expect.objectContaining({ message: expect.stringContaining('more than 200 steps') });
  expect(() => parseAttempt({ ...attempt, document: many(201) })).toThrow(refused);
  const children = { child: { ...many(201), pipeline: 'child' } };
  expect(() => parseAttempt({ ...attempt, document: { ...document, children } })).toThrow(refused);
});

it('says nothing in its own words of which attempt it is, and how that stands', () => {
  for (const field of ['attemptId', 'firstAttemptId', 'status'])
    expect(() => parseAttempt({ ...file('gate', null), [field]: 'a\n  sends     nothing' })).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(`^the file is no exported attempt: ${field}: `),
      }),
    );
});
