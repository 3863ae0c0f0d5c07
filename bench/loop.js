/** The script that Longhaul replaces: create, poll every so often, go on. It counts its own requests. */
import { setTimeout as delay } from 'node:timers/promises';

/** It looks every 30 s at a build and a deployment, and every 5 s at a job, as Domino's own client does. */
const lookSeconds = { build: 30, job: 5, deploy: 30 };

/** One run of the script against a simulator; `speed` is how much faster than real its clock goes. */
export async function countLoopCalls({ url, apiKey }, speed) {
  let calls = 0;
  const ask = async (method, path, body) => {
    calls += 1;
    const headers = { 'x-domino-api-key': apiKey, 'content-type': 'application/json' };
    const response = await fetch(new URL(path, url), {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const poll = async (seconds, isOver) => {
    while (!(await isOver())) await delay((seconds * 1_000) / speed);
  };

  const { id: projectId } = await ask(
    'GET',
    '/v4/gateway/projects/findProjectByOwnerAndName?ownerName=ada&projectName=iris',
  );
  const image = { image: 'registry.example/base:1', addBaseDependencies: false };
  const { environment } = await ask('POST', '/api/environments/beta/environments', {
    name: 'loop',
    ...image,
  });
  const path = `/api/environments/v1/environments/${environment.id}`;
  await ask('POST', `/api/environments/beta/environments/${environment.id}/revisions`, {
    dockerfileInstructions: 'RUN true',
  });
  await poll(
    lookSeconds.build,
    async () => (await ask('GET', path)).environment.latestRevision.status === 'succeeded',
  );

  const { job } = await ask('POST', '/api/jobs/v1/jobs', {
    projectId,
    runCommand: 'python train.py',
    environmentId: environment.id,
  });
  await poll(
    lookSeconds.job,
    async () => (await ask('GET', `/api/jobs/beta/jobs/${job.id}`)).job.status.isCompleted,
  );

  const modelApi = await ask('POST', '/api/modelServing/v1/modelApis', {
    ...{ name: 'loop', description: '', environmentId: environment.id, environmentVariables: [] },
    ...{ isAsync: false, strictNodeAntiAffinity: false },
    version: {
      projectId,
      source: { type: 'File', file: 'predict.py', function: 'predict' },
      logHttpRequestResponse: false,
      monitoringEnabled: false,
    },
  });
  const version = `/api/modelServing/v1/modelApis/${modelApi.id}/versions/${modelApi.activeVersion.id}`;
  await poll(lookSeconds.deploy, async () => (await ask('GET', version)).deployment?.status === 'Running');
  return calls;
}
