/** The same seven steps without Longhaul: what the bare SDK costs. */
import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';

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

/** Says whether a name was free: what one workflow for all names would cost, in place of holds. */
export async function keeper() {
  const taken = new Set();
  setHandler(defineUpdate('take'), (name) => {
    const isFree = !taken.has(name);
    taken.add(name);
    return isFree;
  });
  await condition(() => false);
}
