/** Requests that really run, by Python. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Stage, newVersion, onStage, zipOf } from '../../simulator/ubiops/stage.js';

const open = (test: (stage: Stage) => Promise<void>) => onStage({ execute: true, speed: 200 }, test);

async function serve(stage: Stage, code: string, deployment = {}): Promise<void> {
  await newVersion(stage, { deployment });
  const file = zipOf({ 'package/deployment.py': code, 'package/factor.txt': '3' });
  await stage.upload('/deployments/d/versions/v1/revisions', { file });
  await stage.pass(200);
}

const triples = `
import os
class Deployment:
    def __init__(self, base_directory, context):
        with open(os.path.join(base_directory, 'factor.txt')) as file:
            self.factor = int(file.read())
    def request(self, data):
        print('asked for', data['x'])
        return {'x': data['x'] * self.factor}
`;

describe('a request that really runs', () => {
  it(
    'answers what the code of the package answers, and logs what it prints',
    open(async (stage) => {
      await serve(stage, triples);
      const { body } = await stage.post('/deployments/d/requests', { x: 14 });
      expect(body).toMatchObject({ status: 'completed', result: { x: 42 } });
      const query = encodeURIComponent(`| deployment_request_id=\`${body.id}\``);
      expect((await stage.get(`/logs?query=${query}`)).list).toMatchObject([{ log: 'asked for 14' }]);
    }),
  );

  it(
    'fails with the last line of what the code says',
    open(async (stage) => {
      await serve(
        stage,
        `${triples}        raise ValueError('unreachable')\n`.replace(
          "return {'x'",
          "raise ValueError('no'); {'x'",
        ),
      );
      const { body } = await stage.post('/deployments/d/requests', { x: 1 });
      expect(body).toMatchObject({ status: 'failed', error_message: 'ValueError: no' });
    }),
  );

  it(
    'ends when it is cancelled, and when its time is over',
    open(async (stage) => {
      await serve(stage, triples.replace("print('asked for', data['x'])", '__import__("time").sleep(60)'));
      const { body } = await stage.post('/deployments/d/requests?timeout=1', { x: 1 });
      expect(body).toMatchObject({
        status: 'failed',
        error_message: 'The request timed out after 1 seconds',
      });
      const [made] = (await stage.post('/deployments/d/versions/v1/requests/batch', [{ x: 1 }])).list;
      const at = `/deployments/d/requests/${made?.id ?? ''}`;
      await stage.call('PATCH', at, { status: 'cancelled' });
      await stage.pass(5);
      expect((await stage.get(at)).body.status).toBe('cancelled');
    }),
  );

  it(
    'has files of buckets in its own folder, whatever they and the fields that name them are called',
    open(async (stage) => {
      await serve(
        stage,
        `
import os
class Deployment:
    def __init__(self, base_directory, context):
        pass
    def request(self, data):
        said = {}
        for name, path in data.items():
            with open(path) as file:
                said[name] = [os.path.realpath(path).startswith(os.getcwd() + os.sep), file.read()]
        return said
`,
        { input_type: 'plain', output_type: 'plain' },
      );
      const outside = join(tmpdir(), `longhaul-escaped-${process.pid}`);
      const names = ['a/..', '../..', 'a/../../..', '/etc/x', 'nul\0', 'x'.repeat(900), 'a\nb.csv'];
      const fields = [
        'plain',
        '../../../escaped',
        `/../../..${outside}`,
        'nul\0',
        'y'.repeat(900),
        '..',
        'x/y',
      ];
      for (const name of names) {
        const { body } = await stage.post(`/buckets/default/files/${encodeURIComponent(name)}`, {});
        expect((await fetch(body.url, { method: 'PUT', body: name })).status).toBe(200);
      }
      const input = Object.fromEntries(
        fields.map((field, at) => [field, `ubiops-file://default/${names[at]}`]),
      );
      const { body } = await stage.post('/deployments/d/requests', input);
      expect(body).toMatchObject({ status: 'completed' });
      expect(body['result']).toEqual(
        Object.fromEntries(fields.map((field, at) => [field, [true, names[at]]])),
      );
      expect(readdirSync(tmpdir()).filter((name) => name.includes('escaped'))).toEqual([]);
    }),
  );

  it(
    'trains with the code of a file, and keeps the artifact in the bucket',
    open(async (stage) => {
      const { get, post, upload, pass } = stage;
      const [template] = (await get('//template-deployments')).list;
      await post('/deployments', template?.['details']);
      const at = '/deployments/training-base-deployment/versions';
      await post(at, { version: 'first', environment: 'python3-12' });
      await upload(`${at}/first/revisions`, { template_deployment_id: template?.id ?? '' });
      await pass(200);
      const code = `
import json
def train(training_data, parameters, context):
    with open('model.json', 'w') as file:
        json.dump(parameters, file)
    return {'artifact': 'model.json', 'metadata': {}, 'metrics': {'auc': 0.9}, 'additional_output_files': []}
`;
      const { body } = await post('/buckets/default/files/code.zip', {});
      await fetch(body.url, { method: 'PUT', body: zipOf({ 'train.py': code }) });
      const input = {
        ...{ name: 'first', description: null, training_code: 'ubiops-file://default/code.zip' },
        ...{ training_data: null, parameters: { depth: 3 } },
      };
      const run = await post(`${at}/first/requests`, input);
      expect(run.body).toMatchObject({ status: 'completed', result: { metrics: { auc: 0.9 } } });
      const { artifact } = run.body['result'] as { artifact: string };
      const name = artifact.replace('ubiops-file://default/', '');
      const there = await get(`/buckets/default/files/${encodeURIComponent(name)}/download`);
      expect(await (await fetch(there.body.url)).json()).toEqual({ depth: 3 });
    }),
  );
});
