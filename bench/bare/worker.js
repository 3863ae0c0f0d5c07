/** The worker of the bare workflow: the same requests as a Longhaul run makes, by got, and nothing around them. */
import { Agent } from 'node:http';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { got } from 'got';

// With the metrics that any worker in production serves, as Longhaul's does.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { metrics: { prometheus: { bindAddress: '127.0.0.1:0' } } },
});
const http = got.extend({
  prefixUrl: process.env.PLATFORM_URL,
  headers: { 'x-domino-api-key': process.env.KEY },
  agent: { http: new Agent({ keepAlive: true }) },
  retry: { limit: 0 },
  followRedirect: false,
  timeout: { request: 30_000 },
});
const get = (path, searchParams) => http.get(path, { searchParams }).json();
const post = (path, json) => http.post(path, { json }).json();
const notYet = () =>
  ApplicationFailure.create({ message: 'not yet', category: 'BENIGN', nextRetryDelay: '100 milliseconds' });

const activities = {
  async environment(name) {
    return (await get('v4/environments/self')).find((one) => one.name === name).id;
  },
  async revision({ environmentId, dockerfile }) {
    const { latestRevision, latestRevisionDetails } = await get(`v4/environments/${environmentId}`);
    if (latestRevisionDetails.dockerfileInstructions === dockerfile) return latestRevision.id;
    await get(`v4/environments/${environmentId}/page/1/pageSize/100/revisions`);
    const path = `api/environments/beta/environments/${environmentId}/revisions`;
    const { environmentRevision } = await post(path, { dockerfileInstructions: dockerfile, summary: 'bare' });
    return environmentRevision.id;
  },
  async build({ environmentId, revisionId }) {
    const { status } = await get(`v4/environments/${environmentId}/environmentRevision/${revisionId}`);
    if (status !== 'Succeeded') throw notYet();
    await get(`v4/environments/environmentRevision/${revisionId}`);
  },
  async startJob({ project, environmentId, revisionId, name }) {
    const query = { ownerName: 'ada', projectName: project };
    const { id: projectId } = await get('v4/gateway/projects/findProjectByOwnerAndName', query);
    const { job } = await post('api/jobs/v1/jobs', {
      projectId,
      runCommand: 'python train.py',
      title: name,
      environmentId,
      environmentRevisionSpec: `SomeRevision(${revisionId})`,
      hardwareTier: 'small-k8s',
    });
    return { projectId, jobId: job.id };
  },
  async awaitJob({ projectId, jobId }) {
    const { job } = await get(`api/jobs/beta/jobs/${jobId}`);
    if (!job.status.isCompleted) throw notYet();
    await get('api/jobs/beta/jobs', { projectId, sortBy: 'number', ascending: false, offset: 0, limit: 100 });
    await Promise.all([
      get(`v4/jobs/${jobId}/runtimeExecutionDetails`),
      get(`api/jobs/beta/jobs/${jobId}/logs`, { logType: 'complete', limit: 10_000 }),
    ]);
    return job.dominoStats.find(({ name }) => name === 'mlflow_run_id').value;
  },
  async register({ name, experimentRunId }) {
    await http.get(`api/registeredmodels/v1/${name}`, { throwHttpErrors: false });
    const modelSource = { sourceType: 'mlflow', mlflowSource: { experimentRunId } };
    const { modelVersion } = await post('api/registeredmodels/v2', {
      modelName: name,
      create: true,
      modelSource,
    });
    return modelVersion.modelVersion;
  },
  async deploy({ name, version, environmentId, projectId }) {
    await get('api/modelServing/v1/modelApis', { projectId, name: `^${name}$`, offset: 0, limit: 100 });
    const created = await post('api/modelServing/v1/modelApis', {
      name,
      description: name,
      environmentId,
      environmentVariables: [],
      isAsync: false,
      strictNodeAntiAffinity: false,
      replicas: 1,
      version: {
        projectId,
        source: { type: 'Registry', registeredModelName: name, registeredModelVersion: version },
        environmentId,
        shouldDeploy: true,
        logHttpRequestResponse: false,
        monitoringEnabled: false,
      },
    });
    return { modelApiId: created.id, versionId: created.activeVersion.id };
  },
  async awaitDeployment({ modelApiId, versionId }) {
    const { deployment } = await get(`api/modelServing/v1/modelApis/${modelApiId}/versions/${versionId}`);
    if (deployment?.status !== 'Running' || deployment.isPending) throw notYet();
  },
};

const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS });
// Bundled beforehand, as Longhaul's: a bundler would leave its heap to this process.
const workflowBundle = { codePath: process.env.WORKFLOW_BUNDLE };
const workers = await Promise.all([
  Worker.create({ connection, taskQueue: 'bare', workflowBundle, maxCachedWorkflows: 500 }),
  Worker.create({ connection, taskQueue: 'bare-activities', activities }),
]);
console.error('worker started');
await Promise.all(workers.map((worker) => worker.run()));
await connection.close();
