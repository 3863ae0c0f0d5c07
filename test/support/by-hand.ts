/** What somebody does on the platform by hand, past Longhaul. */
import type { Run } from '../../src/client.js';
import type { JobOutput } from '../../src/pipeline/effects.js';
import type { Simulator } from '../../src/simulator/index.js';

/** Stops a job of the project `ada/iris`. */
export async function stopJob(simulator: Simulator, jobId: string): Promise<void> {
  const query = 'ownerName=ada&projectName=iris';
  const { id } = await ask(simulator, `/v4/gateway/projects/findProjectByOwnerAndName?${query}`);
  await ask(simulator, '/v4/jobs/stop', { projectId: id, jobId, commitResults: false });
}

/** Registers the model that a run has trained. */
export async function registerByHand(simulator: Simulator, { steps }: Run, modelName: string): Promise<void> {
  const state = steps.find(({ name }) => name === 'train')?.state;
  const job = (state?.status === 'succeeded' ? state.output : null) as JobOutput | null;
  const mlflowSource = { experimentRunId: job?.experimentRunId };
  const modelSource = { sourceType: 'mlflow', mlflowSource };
  await ask(simulator, '/api/registeredmodels/v2', { modelName, create: true, description: '', modelSource });
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
