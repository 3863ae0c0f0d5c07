/** Looking at the simulated platform, past Longhaul. */
import type { Simulator } from '../../src/simulator/index.js';

const read = async <T>({ url, apiKey }: Simulator, path: string): Promise<T> => {
  const response = await fetch(new URL(path, url), { headers: { 'x-domino-api-key': apiKey } });
  return (await response.json()) as T;
};

/** The status of a job, such as `Stopped`. */
export const jobStatus = async (simulator: Simulator, jobId: string): Promise<string> =>
  (await read<{ statuses: { executionStatus: string } }>(simulator, `/v4/jobs/${jobId}`)).statuses
    .executionStatus;

/** Whether an environment is archived. */
export const isArchived = async (simulator: Simulator, environmentId: string): Promise<boolean> =>
  (await read<{ archived: boolean }>(simulator, `/v4/environments/${environmentId}`)).archived;

/** A model API: whether it is archived, and which version serves. */
export async function modelApi(
  simulator: Simulator,
  modelApiId: string,
): Promise<{ readonly isArchived: boolean; readonly serves: string | null }> {
  const { isArchived: archived, activeVersion } = await read<{
    isArchived: boolean;
    activeVersion?: { id: string; deployment: { status: string; isPending: boolean } };
  }>(simulator, `/api/modelServing/v1/modelApis/${modelApiId}`);
  const { status, isPending } = activeVersion?.deployment ?? { status: 'none', isPending: false };
  return {
    isArchived: archived,
    serves: status === 'Running' && !isPending ? (activeVersion?.id ?? null) : null,
  };
}
