import { existsSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createSimulator } from '../../../src/simulator/index.js';
import { type Stage, onStage } from '../../simulator/stage.js';

const train = `
import { writeFileSync } from 'node:fs';
console.log('training in', process.env.DOMINO_PROJECT_OWNER + '/' + process.env.DOMINO_PROJECT_NAME);
console.error('a warning');
writeFileSync('weights.json', JSON.stringify({ factor: Number(process.argv[2]) }));
writeFileSync('dominostats.json', JSON.stringify({ accuracy: 0.97, note: 'fine' }));
`;
const predict = `
import { readFileSync } from 'node:fs';
const { factor } = JSON.parse(readFileSync(new URL('weights.json', import.meta.url), 'utf8'));
export function predict({ x }) {
  console.log('asked for', x);
  if (x === 'throw') throw new TypeError('not a number');
  return x * factor;
}
export const slow = () => new Promise(() => setInterval(() => {}, 1000));
`;
const files = { 'train.mjs': train, 'predict.js': predict, 'weights.json': '{"factor":1}' };
const options = { execute: true, files, speed: 1000 };

async function completed({ get, startJob }: Stage, fields: object) {
  const id = await startJob(fields);
  for (;;) {
    const { job } = (await get(`/api/jobs/beta/jobs/${id}`)).body;
    if (job.status.isCompleted) return job;
    await wait(10);
  }
}

/** Whether a process runs; one that ended but was not yet collected by its parent does not. */
const runs = async (pid: string): Promise<boolean> =>
  !/^(\d+ \(.*\) Z|$)/.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''));

/** Waits until a version runs and asks it. */
async function deployed({ get, post, projectId, environmentId }: Stage, version: object): Promise<string> {
  const created = await post('/api/modelServing/v1/modelApis', {
    name: 'iris',
    description: '',
    environmentId: await environmentId(),
    environmentVariables: [],
    isAsync: false,
    strictNodeAntiAffinity: false,
    version: {
      projectId: await projectId(),
      logHttpRequestResponse: false,
      monitoringEnabled: false,
      ...version,
    },
  });
  expect(created.status).toBe(201);
  const path = `/api/modelServing/v1/modelApis/${created.body.id}`;
  while ((await get(path)).body.activeVersion.deployment.isPending) await wait(10);
  return created.body.id;
}

describe('execution of jobs', () => {
  it(
    'runs a command that begins with a script by the program for it',
    onStage(options, async (stage) => {
      const { status, dominoStats } = await completed(stage, { runCommand: 'train.mjs 2' });
      expect(status.executionStatus).toBe('Succeeded');
      expect(dominoStats).toContainEqual({ name: 'accuracy', value: '0.97' });
    }),
  );

  it(
    'really runs the command in a copy of the project, and keeps its log, statistics and files',
    onStage(options, async (stage) => {
      const { get, projectId } = stage;
      const job = await completed(stage, { runCommand: 'node train.mjs 2' });
      expect(job.status.executionStatus).toBe('Succeeded');
      expect(job.dominoStats).toEqual([
        { name: 'mlflow_run_id', value: expect.stringMatching(/^[0-9a-f]{32}$/) },
        { name: 'accuracy', value: '0.97' },
        { name: 'note', value: 'fine' },
      ]);
      const { logs } = (await get(`/api/jobs/beta/jobs/${job.id}/logs?logType=complete`)).body;
      const lines = logs.logContent.map(({ log }) => log);
      expect(lines).toEqual(expect.arrayContaining(['training in ada/iris', 'a warning']));
      const file = async (commit: string) =>
        (await get(`/api/projects/v1/projects/${await projectId()}/files/${commit}/weights.json/content`))
          .text;
      expect(await file(job.commitDetails.outputCommitId)).toBe('{"factor":2}');
      expect(await file(job.commitDetails.inputCommitId)).toBe('{"factor":1}');
    }),
  );

  it(
    'fails a job whose command exits non-zero, and tells the exit code',
    onStage(options, async (stage) => {
      const job = await completed(stage, { runCommand: 'echo lost >&2; exit 3' });
      expect(job.status.executionStatus).toBe('Failed');
      expect((await stage.get(`/v4/jobs/${job.id}`)).body.abnormalStatus).toEqual({
        runFailureReason: 'UserCodeFailed',
        runFailureMessage: 'The command ended with exit code 3',
      });
    }),
  );

  it(
    'gives a command none of the simulator’s own environment',
    onStage(options, async (stage) => {
      process.env['SIMULATOR_TEST_SECRET'] = 'leaked';
      const job = await completed(stage, { runCommand: 'env | cut -d= -f1 | sort | tr "\\n" " "' });
      delete process.env['SIMULATOR_TEST_SECRET'];
      const { logs } = (await stage.get(`/api/jobs/beta/jobs/${job.id}/logs?logType=stdOut`)).body;
      expect(logs.logContent.map(({ log }) => log.trim())).toEqual([
        'DOMINO_PROJECT_NAME DOMINO_PROJECT_OWNER DOMINO_RUN_ID DOMINO_STARTING_USERNAME HOME MLFLOW_RUN_ID PATH PWD',
      ]);
    }),
  );

  it(
    'stops a command with everything that it started',
    onStage(options, async (stage) => {
      const { get, post, projectId, startJob } = stage;
      const jobId = await startJob({ runCommand: 'sh -c "sleep 60" & echo $!; sleep 60' });
      const pid = async () =>
        (await get(`/api/jobs/beta/jobs/${jobId}/logs?logType=stdOut`)).body.logs.logContent[0]?.log;
      while ((await pid()) === undefined) await wait(10);
      await post('/v4/jobs/stop', { projectId: await projectId(), jobId, commitResults: true });
      const statuses = async () => (await get(`/v4/jobs/${jobId}`)).body.statuses;
      while (!(await statuses()).isCompleted) await wait(10);
      expect((await statuses()).executionStatus).toBe('Stopped');
      expect(await runs((await pid()) ?? '')).toBe(false);
    }),
  );

  it('leaves nothing running and no folder behind when it is closed', async () => {
    let pid = '';
    let folder = '';
    await onStage(options, async ({ get, startJob }) => {
      const id = await startJob({ runCommand: 'echo $$; exec sleep 60' });
      while (pid === '') {
        await wait(10);
        pid = (await get(`/api/jobs/beta/jobs/${id}/logs?logType=stdOut`)).body.logs.logContent[0]?.log ?? '';
      }
      // Simulators of other test files make folders of the same kind beside this one.
      [folder = ''] = (await readlink(`/proc/${pid}/cwd`)).match(/^.*\/domino-simulator-[^/]+/) ?? [];
    })();
    expect(await runs(pid)).toBe(false);
    expect(folder).toMatch(/domino-simulator/);
    expect(existsSync(folder)).toBe(false);
  });

  it('is refused on a host that others can reach', async () => {
    await expect(createSimulator({ execute: true, host: '0.0.0.0' })).rejects.toThrow(
      'execute runs what a request says, so it needs a loopback host, not 0.0.0.0',
    );
  });
});

describe('predictions', () => {
  it(
    'come from the function of a file at a commit',
    onStage(options, async (stage) => {
      const id = await deployed(stage, { source: { type: 'File', file: 'predict.js', function: 'predict' } });
      const ask = (x: unknown) => stage.post(`/models/${id}/latest/model`, { data: { x } });
      expect((await ask(21)).body).toMatchObject({ result: 21, release: { model_version_number: 1 } });
      expect(await ask('throw')).toMatchObject({
        status: 500,
        body: { error: 'The model failed: TypeError: not a number' },
      });
      expect((await stage.post(`/models/${id}/latest/model`, {})).status).toBe(400);
      expect((await stage.post(`/models/${id}/2/model`, { data: {} })).status).toBe(404);
    }),
  );

  it(
    'of a registered model come from the files of the job that trained it',
    onStage(options, async (stage) => {
      const job = await completed(stage, { runCommand: 'node train.mjs 2' });
      const experimentRunId = job.dominoStats[0]?.value;
      await stage.post('/api/registeredmodels/v2', {
        modelName: 'iris',
        create: true,
        modelSource: { sourceType: 'mlflow', mlflowSource: { experimentRunId } },
      });
      const source = { type: 'Registry', registeredModelName: 'iris', registeredModelVersion: 1 };
      const id = await deployed(stage, { source });
      expect((await stage.post(`/models/${id}/1/model`, { data: { x: 21 } })).body.result).toBe(42);
    }),
  );

  it(
    'are not given by a version whose file is not there',
    onStage(options, async (stage) => {
      const id = await deployed(stage, { source: { type: 'File', file: 'nothing.js', function: 'predict' } });
      const { activeVersion } = (await stage.get(`/api/modelServing/v1/modelApis/${id}`)).body;
      expect(activeVersion.deployment).toEqual({ status: 'Failed', isPending: false });
      expect((await stage.post(`/models/${id}/latest/model`, { data: {} })).status).toBe(503);
    }),
  );
});
