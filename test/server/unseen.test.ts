/** Ids of runs that a caller may not see, in what it is answered. */
import { expect, it } from '@jest/globals';
import Fastify from 'fastify';
// What it says that a request of Fastify has.
import type {} from '../../src/server/route.js';
import { pipelineNames, visibleDocuments, withoutUnseenRuns } from '../../src/server/unseen.js';
import { documentOf } from '../support/documents.js';

it.each([
  ['retrain.secret has the model', 'another run has the model'],
  ['a line\nretrain.secret', 'a line\nanother run'],
  ['\u001bretrain.secret', '\u001banother run'],
  ['"retrain.secret"', '"another run"'],
  ['myretrain.txt and train-and-deploy.mine', 'myretrain.txt and train-and-deploy.mine'],
  ['sweep.secret has the model', 'another run has the model'],
])('%j is %j', async (said, shown) => {
  const app = Fastify();
  app.get('/', (request) => {
    const grants = [{ role: 'viewer' as const, pipelines: ['train-and-deploy'], connections: ['*'] }];
    request.pipelines = ['train-and-deploy', 'retrain', 'sweep'];
    request.principal = { id: 'k1', name: 'ada', kind: 'key', grants };
    return JSON.parse(withoutUnseenRuns(request, ['dev'])(JSON.stringify({ said }))) as unknown;
  });
  expect((await app.inject('/')).json()).toEqual({ said: shown });
  await app.close();
});

it.each([
  ['retrain.secret', 'retrain.secret has the model'],
  ['train-and-deploy.retrain.secret', 'another run has the model'],
  ['train-and-deploy._retrain.secret.x', 'another run has the model'],
])('who asks for %s reads that %s', async (asked, shown) => {
  const app = Fastify();
  app.get('/v1/runs/:runId', (request) => {
    const grants = [{ role: 'viewer' as const, pipelines: ['train-and-deploy'], connections: ['*'] }];
    request.pipelines = ['train-and-deploy', 'retrain'];
    request.principal = { id: 'k1', name: 'ada', kind: 'key', grants };
    return { said: withoutUnseenRuns(request, ['dev'])('retrain.secret has the model') };
  });
  expect((await app.inject(`/v1/runs/${asked}`)).json()).toEqual({ said: shown });
  await app.close();
});

it('counts the pipelines of faulty documents, which may have runs', () => {
  const faulty = [
    { pipeline: 'torn', faults: ['torn.yaml:1:1: is wrong'] },
    { pipeline: null, faults: ['x.yaml:1:1: is no YAML'] },
  ];
  expect(pipelineNames({ documents: {}, faulty })).toEqual([
    ...['train-and-deploy', 'retrain', 'build-environment'],
    'torn',
  ]);
});

it('shows a document to who may see its pipeline on each connection that it names', () => {
  const score = '{ uses: job, connection: prod, with: { project: a/b, command: go } }';
  const documents = {
    here: documentOf('dev', '  a: { uses: job, with: { project: a/b, command: go } }', { name: 'here' }),
    both: documentOf('dev', `  a: { uses: job, with: { project: a/b, command: go } }\n  b: ${score}`, {
      name: 'both',
    }),
    none: documentOf('dev', '  wait: { uses: pause, with: { for: 1m } }', { name: 'none' }),
  };
  const seenBy = (pipelines: string[], connections: string[]) => {
    const grants = [{ role: 'viewer' as const, pipelines, connections }];
    return Object.keys(visibleDocuments({ id: 'k1', name: 'ada', kind: 'key', grants }, documents));
  };
  expect(seenBy(['*'], ['dev'])).toEqual(['here', 'none']);
  expect(seenBy(['*'], ['dev', 'prod'])).toEqual(['here', 'both', 'none']);
  expect(seenBy(['both', 'none'], ['*'])).toEqual(['both', 'none']);
});
