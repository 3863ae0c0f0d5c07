/** What is shown of an approval. */
import { expect, it } from '@jest/globals';
import {
  approvalFault,
  awaitedApproval,
  awaitedApprovals,
  linesOf,
  metricRows,
} from '../../../src/run/approvals/approvals.js';
import { digestOfSubject } from '../../../src/run/approvals/deployment-subject.js';

it('a run awaits what its steps wait for, the first of them first', () => {
  const [one, other] = [{ model: 'one' }, { model: 'other' }];
  const steps = [
    { state: { status: 'waiting' } },
    { state: { status: 'waiting', approval: one } },
    { state: { status: 'succeeded', approval: one } },
    { state: { status: 'waiting', approval: other } },
  ];
  const of = (some: object[]) => ({ steps: some }) as never; // of a run, what is asked
  expect(awaitedApprovals(of(steps))).toEqual([one, other]);
  expect([awaitedApproval(of(steps)), awaitedApproval(of([]))]).toEqual([one, null]);
});

it('what would be deployed is told as its kind says it, and part by part where a version before has asked', () => {
  const subject = { connection: 'dev', project: 'a/b', deploys: { name: 'api' }, trained: { jobId: 'j' } };
  const lines = [{ name: 'model API', value: 'api' }];
  expect(linesOf({ subject, lines })).toBe(lines);
  expect(linesOf({ subject }).map(({ name, value }) => `${name} ${value}`)).toEqual([
    ...['connection dev', 'project a/b', 'deploys {"name":"api"}', 'trained {"jobId":"j"}'],
  ]);
  expect(linesOf({})).toEqual([]);
});

it('metrics stand beside those of the live model, those of the new one first', () => {
  const live = { version: 1, metrics: { f1: 0.5, auc: 0 } };
  expect(metricRows({ metrics: { auc: 0, mse: 2 }, live })).toEqual([
    { metric: 'auc', value: 0, live: 0 },
    { metric: 'mse', value: 2, live: null },
    { metric: 'f1', value: null, live: 0.5 },
  ]);
  expect(metricRows({ metrics: { auc: 1 }, live: null })).toEqual([{ metric: 'auc', value: 1, live: null }]);
});

it('a decision holds for what it was on, and says what has changed', () => {
  const subject = {
    ...{ connection: 'dev', project: 'a/b', deploys: { name: 'api' } },
    trained: { jobId: 'j', experimentRunId: null, revisionId: null },
  } as never as Parameters<typeof digestOfSubject>[0]; // as far as a digest sees
  const digest = digestOfSubject(subject);
  const decided = (more: object) => ({ decision: 'approved', ...more }) as never; // as far as a fault is told
  expect(approvalFault(decided({ digest }), subject)).toBeNull();
  expect(approvalFault(decided({ digest }), undefined)).toBe('what would be deployed is not known yet');
  const unsaid = 'the decision does not say what it was on';
  expect(approvalFault(decided({ digest, subject }), null)).toBe(unsaid);
  expect(approvalFault(decided({ digest: 'other' }), subject)).toBe(unsaid);
  const moved = { ...subject, project: 'a/c' };
  expect(approvalFault(decided({ digest, subject }), moved)).toBe('project: "a/b" is now "a/c"');
  expect(approvalFault(decided({ digest, subject }), { ...moved, connection: 'prod' })).toBe(
    'connection: "dev" is now "prod", and 1 more',
  );
  expect(approvalFault(decided({ digest: 'other', subject }), subject)).toBe(
    'what would be deployed has changed',
  );
});
