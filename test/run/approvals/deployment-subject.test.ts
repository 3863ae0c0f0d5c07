import { describe, expect, it } from '@jest/globals';
import { approvalFault } from '../../../src/run/approvals/approvals.js';
import { digestOfSubject, subjectChanges, subjectOf } from '../../../src/run/approvals/deployment-subject.js';
import type { JobOutput } from '../../../src/run/undoing/effects.js';
import type { DeploymentSubject } from '../../../src/run/retraining/retraining.js';

const job: JobOutput = {
  projectId: 'p1',
  jobId: 'j1',
  number: 7,
  link: '',
  commitId: 'c1',
  outputCommitId: 'c2',
  revisionId: 'r1',
  metrics: { accuracy: 0.9 },
  experimentRunId: 'e1',
  startedAt: null,
  completedAt: null,
  logTail: [],
  duplicatesStopped: 0,
};
const input = {
  connection: 'domino-prod',
  project: 'ada/iris',
  deploy: { modelApi: 'iris-api', replicas: 2 },
};
const made = {
  environment: { environmentId: 'env1' },
  revisionId: 'r0',
  job,
  registered: { model: 'iris', version: 3, created: true },
};
const subject = subjectOf(input, made) as DeploymentSubject; // there is something to deploy

describe('what an approval is for', () => {
  it('is where, what from and how: all that is sent, and the training', () => {
    expect(subject).toEqual({
      connection: 'domino-prod',
      project: 'ada/iris',
      deploys: {
        name: 'iris-api',
        projectId: 'p1',
        environmentId: 'env1',
        source: { model: 'iris', version: 3 },
        commitId: 'c2',
        replicas: 2,
      },
      trained: { jobId: 'j1', experimentRunId: 'e1', revisionId: 'r1' },
    });
  });

  it.each([
    ['the connection', { ...input, connection: 'domino-dev' }, made],
    ['the project', { ...input, project: 'ada/other' }, made],
    ['the model API', { ...input, deploy: { ...input.deploy, modelApi: 'other' } }, made],
    ['the replicas', { ...input, deploy: { modelApi: 'iris-api' } }, made],
    ['the hardware', { ...input, deploy: { ...input.deploy, hardwareTier: 'big' } }, made],
    ['the environment', input, { ...made, environment: { environmentId: 'env2' } }],
    ['the source', { ...input, deploy: { ...input.deploy, source: { file: 'a.py', function: 'f' } } }, made],
    ['the version', input, { ...made, registered: { ...made.registered, version: 4 } }],
    ['the job', input, { ...made, job: { ...job, jobId: 'j2' } }],
    ['where its project is', input, { ...made, job: { ...job, projectId: 'p2' } }],
    ['the commit', input, { ...made, job: { ...job, outputCommitId: 'c3' } }],
    ['the revision', input, { ...made, job: { ...job, revisionId: 'r2' } }],
    ['the MLflow run', input, { ...made, job: { ...job, experimentRunId: 'e2' } }],
    ['the MLflow run that is stated', { ...input, register: { experimentRunId: 'e3' } }, made],
  ])('has another digest when %s is another', (_what, otherInput, otherMade) => {
    const other = subjectOf(otherInput, otherMade) as DeploymentSubject; // there is something to deploy
    expect(digestOfSubject(other)).not.toBe(digestOfSubject(subject));
    expect(subjectChanges(subject, other)).not.toEqual([]);
  });

  it('has the digest that any SHA-256 of its sorted JSON has, whatever the order of its keys', () => {
    const turned = Object.fromEntries(Object.entries(subject).reverse()) as DeploymentSubject; // the same keys
    expect(digestOfSubject(turned)).toBe(digestOfSubject(subject));
    expect(digestOfSubject(subject)).toBe('9bfd0b9e5cc8e341dc9a8c3c59638f03f4c634155efa5a78854027b3c6c1a7c6');
  });

  it('says what differs, long texts by their beginning', () => {
    const deploys = (name: string) => ({ ...subject, deploys: { name } });
    expect(subjectChanges(deploys('a'), deploys('b'.repeat(100)))).toEqual([
      `deploys.name: "a" is now "${'b'.repeat(58)}…`,
    ]);
  });

  it('has a digest of its own whatever is written in it', () => {
    const digests = ['é', 'e', '模型', '\u{1f600}', '\\u00e9'].map((modelApi) =>
      digestOfSubject(subjectOf({ ...input, deploy: { modelApi } }, made) as DeploymentSubject),
    );
    expect(new Set(digests).size).toBe(5);
  });

  it('is nothing without an environment or a source', () => {
    expect(subjectOf(input, { ...made, environment: null })).toBeNull();
    expect(subjectOf(input, { ...made, registered: null })).toBeNull();
    expect(subjectOf({ ...input, deploy: undefined }, made)).toBeNull();
  });
});

describe('a decision of an earlier attempt', () => {
  const decided = { decision: 'approved', at: '2026-11-21T10:00:00.000Z' } as const;

  it('holds for what it was on, says what differs, and never holds where it does not say what it was on', () => {
    const output = { ...decided, subject, digest: digestOfSubject(subject) };
    const other = subjectOf({ ...input, connection: 'domino-dev' }, made);
    expect([
      approvalFault(output, subject),
      approvalFault(output, other),
      approvalFault({ ...output, digest: '' }, subject),
      approvalFault(decided, subject),
      approvalFault(output, undefined),
    ]).toEqual([
      null,
      'connection: "domino-prod" is now "domino-dev"',
      'what would be deployed has changed',
      'the decision does not say what it was on',
      'what would be deployed is not known yet',
    ]);
  });
});
