/** What somebody does on the platform by hand, past Longhaul. */
import type { Run } from '../../src/client.js';
import type { JobOutput } from '../../src/run/undoing/effects.js';
import type { Simulator } from '../../src/simulator/index.js';

/** Stops a job of the project `ada/iris`. */
export async function stopJob(simulator: Simulator, jobId: string): Promise<void> {
  const projectId = await projectIdOf(simulator);
  await ask(simulator, '/v4/jobs/stop', { projectId, jobId, commitResults: false });
}

/** Starts jobs in the project `ada/iris`. */
export async function startJobs(simulator: Simulator, count: number): Promise<void> {
  const projectId = await projectIdOf(simulator);
  for (let job = 0; job < count; job += 1)
    await ask(simulator, '/api/jobs/v1/jobs', { projectId, runCommand: 'other', title: `other ${job}` });
}

/** Archives the project `ada/iris` and makes another one of that name, whose id is answered. */
export async function makeProjectAnew(simulator: Simulator): Promise<string> {
  const projects = '/api/projects/beta/projects';
  await ask(simulator, `${projects}/${await projectIdOf(simulator)}`, undefined, 'DELETE');
  await ask(simulator, projects, { name: 'iris', description: '', visibility: 'Private' });
  return projectIdOf(simulator);
}

/** The id of the project `ada/iris`. */
export async function projectIdOf(simulator: Simulator): Promise<string> {
  const query = 'ownerName=ada&projectName=iris';
  const { id } = await ask(simulator, `/v4/gateway/projects/findProjectByOwnerAndName?${query}`);
  if (id === undefined) throw new Error('the answer has no id');
  return id;
}

/** Registers the model that a run has trained. */
export async function registerByHand(simulator: Simulator, { steps }: Run, modelName: string): Promise<void> {
  const state = steps.find(({ name }) => name === 'train')?.state;
  const job = (state?.status === 'succeeded' ? state.output : null) as JobOutput | null;
  const mlflowSource = { experimentRunId: job?.experimentRunId };
  const modelSource = { sourceType: 'mlflow', mlflowSource };
  await ask(simulator, '/api/registeredmodels/v2', { modelName, create: true, description: '', modelSource });
}

/** Adds a revision to an environment, which begins to build. */
export async function addRevision(simulator: Simulator, environmentId: string): Promise<void> {
  const body = { dockerfileInstructions: 'RUN install something-else' };
  await ask(simulator, `/api/environments/beta/environments/${environmentId}/revisions`, body);
}

/** Restricts a revision. */
export async function restrictRevision(
  simulator: Simulator,
  { environmentId, revisionId }: { readonly environmentId: string; readonly revisionId: string },
): Promise<void> {
  const path = `/api/environments/beta/environments/${environmentId}/revisions/${revisionId}`;
  await ask(simulator, path, { isRestricted: true }, 'PATCH');
}

/** Archives an environment. */
export async function archiveEnvironment(simulator: Simulator, environmentId: string): Promise<void> {
  await ask(simulator, `/api/environments/v1/environments/${environmentId}`, undefined, 'DELETE');
}

async function ask(
  { url, apiKey }: Simulator,
  path: string,
  body?: object,
  method = body === undefined ? 'GET' : 'POST',
): Promise<{ id?: string }> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: { 'x-domino-api-key': apiKey, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as { id?: string };
}
