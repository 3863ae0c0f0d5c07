import { expect, it } from '@jest/globals';
import { subjectLines } from '../../../src/steps/domino/approving.js';

const asked = { connection: 'domino-prod', project: 'ada/iris' };
const named = { name: 'iris-api', environmentId: 'env1', projectId: 'p1' };
const told = (deploys: Parameters<typeof subjectLines>[0]['deploys'], trained: object) =>
  subjectLines({ ...asked, deploys: { ...named, ...deploys }, trained: { jobId: 'j1', ...trained } }).map(
    ({ name, value }) => `${name}: ${value}`,
  );

it('a deployment of a registered version is read as names and values', () => {
  const source = { model: 'iris', version: 3 };
  const trained = { experimentRunId: 'e1', revisionId: 'r1' };
  expect(told({ source, commitId: 'c2', replicas: 2, hardwareTier: 'big' }, trained)).toEqual([
    ...['model API: iris-api', 'connection: domino-prod', 'project: ada/iris (p1)'],
    ...['source: iris version 3', 'training: job j1, MLflow run e1'],
    ...['environment: env1, trained on revision r1', 'commit: c2', 'hardware tier: big', 'replicas: 2'],
  ]);
});

it('leaves out what there is none of, and tells what it does not know as it is', () => {
  const source = { file: 'a.py', function: 'f' };
  expect(told({ source, more: true }, { experimentRunId: null, revisionId: null })).toEqual([
    ...['model API: iris-api', 'connection: domino-prod', 'project: ada/iris (p1)', 'source: f of a.py'],
    ...['training: job j1', 'environment: env1', 'more: true'],
  ]);
  expect(told({ source: 'a text' }, {})).toContain('source: a text');
});
