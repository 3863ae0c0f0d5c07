import { describe, expect, it } from '@jest/globals';
import { onStage } from './stage.js';

const project = '/v1/projects/ada/iris';
/** A file as the list tells it. */
interface File {
  readonly path: string;
  readonly key: string;
  readonly url: string;
}

const hex = (digits: number) => expect.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`));

describe('runs of legacy /v1', () => {
  it(
    'are started by the name of a tier, told with times in milliseconds, and are the jobs of the public API',
    onStage({}, async ({ get, post, pass }) => {
      const command = ['main.py', 'hi mom', "it's"];
      const started = await post(`${project}/runs`, {
        command,
        isDirect: false,
        title: 'first',
        tier: 'Small',
      });
      expect(started.body).toEqual({ runId: hex(24), message: expect.stringContaining('ada/iris') });
      const { runId } = started.body;
      const queued = await get(`${project}/runs/${runId}`);
      expect(queued.body).toMatchObject({
        id: runId,
        number: 1,
        title: 'first',
        status: 'Queued',
        commitId: hex(40),
        outputCommitId: null,
        completed: null,
        hardwareTierId: 'small-k8s',
      });
      await pass(100);
      const { data } = (await get(`${project}/runs`)).body;
      expect(data).toEqual([
        expect.objectContaining({
          status: 'Succeeded',
          isCompleted: true,
          completed: expect.any(Number),
          outputCommitId: hex(40),
        }),
      ]);
      const { job } = (await get(`/api/jobs/beta/jobs/${runId}`)).body;
      expect(job).toMatchObject({ id: runId, runCommand: String.raw`main.py 'hi mom' 'it'\''s'` });
    }),
  );

  it(
    'are told their output in one piece, and apart from it what the platform wrote before',
    onStage({}, async ({ get, post, pass }) => {
      const { runId } = (await post(`${project}/runs`, { command: ['echo a', 'b'], isDirect: true })).body;
      await pass(100);
      expect((await get(`${project}/run/${runId}/stdout`)).body).toEqual({
        setup: expect.stringContaining('The container started\n'),
        stdout: '+ echo a b\ndone\n',
      });
    }),
  );

  it(
    'are refused without a command, on a tier that has no such name, and of another project',
    onStage({}, async ({ get, post }) => {
      const start = (fields: object) => post(`${project}/runs`, { isDirect: false, ...fields });
      expect((await start({})).status).toBe(400);
      expect((await start({ command: [] })).status).toBe(400);
      expect(await start({ command: ['a'], tier: 'small-k8s' })).toMatchObject({
        status: 400,
        body: { error: 'There is no hardware tier named "small-k8s"' },
      });
      expect((await post('/v1/projects/ada/none/runs', { command: ['a'], isDirect: false })).status).toBe(
        404,
      );
      expect((await get(`${project}/runs/${'0'.repeat(24)}`)).status).toBe(404);
    }),
  );
});

describe('files of legacy /v1', () => {
  it(
    'are read by the key of their content, from whichever commit has it',
    onStage({ files: { 'a.csv': 'one' } }, async ({ get, call, newestCommit }) => {
      const { text } = await get(`${project}/files/${await newestCommit()}/`);
      const file = (JSON.parse(text) as { data: File[] }).data.find(({ path }) => path === 'a.csv');
      expect(file?.url).toBe(`${project}/blobs/${file?.key}`);
      await call('PUT', `${project}/a.csv`, 'two');
      const old = await get(file?.url ?? '');
      expect(old).toMatchObject({ status: 200, text: 'one' });
      expect((await get(`${project}/blobs/${'0'.repeat(40)}`)).status).toBe(404);
    }),
  );
});
