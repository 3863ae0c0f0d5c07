/** The same seven steps without Longhaul: what the bare SDK costs. */
import { proxyActivities } from '@temporalio/workflow';

const platform = proxyActivities({
  taskQueue: 'bare-activities',
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '100 milliseconds', backoffCoefficient: 1 },
});

export async function bare({ name, project, environment, dockerfile }) {
  const environmentId = await platform.environment(environment);
  const revisionId = await platform.revision({ environmentId, dockerfile });
  await platform.build({ environmentId, revisionId });
  const job = await platform.startJob({ project, environmentId, revisionId, name });
  const experimentRunId = await platform.awaitJob(job);
  const version = await platform.register({ name, experimentRunId });
  const deployment = await platform.deploy({ name, version, environmentId, projectId: job.projectId });
  return platform.awaitDeployment(deployment);
}
