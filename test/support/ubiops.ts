/** A stage with a simulated UbiOps beside Domino, by the connection `ubiops-dev`. */
import type { Run } from '../../src/client.js';
import { type Simulator, type SimulatorOptions, createSimulator } from '../../src/simulator/index.js';
import { documentIn } from './documents.js';
import { eventually } from './eventually.js';
import { type Stage, createStage } from './stage.js';

export interface UbiOpsStage extends Stage {
  readonly ubiops: Simulator;
  /** Tells the simulated UbiOps something at `/_simulator/<path>`. */
  tellUbiOps(path: string, body: object): Promise<void>;
  /** Puts a file into the bucket `default` of a project. */
  addFile(project: string, name: string, text: string): Promise<void>;
}

const world = new URL('ubiops.yaml', import.meta.url).pathname;

/** Sets it; `domino` is what the stage is made with. */
export async function createUbiOpsStage(
  options: Pick<SimulatorOptions, 'dialect'> = {},
  domino: Parameters<typeof createStage>[0] = {},
): Promise<UbiOpsStage> {
  const ubiops = await createSimulator({ platform: 'ubiops', speed: 120, seed: 7, world, ...options });
  const { dialect = 'v2.1' } = options;
  const stage = await createStage({
    ...{ connection: 'domino-dev', ...domino },
    connections: {
      'ubiops-dev': {
        ...{ platform: 'ubiops' as const, url: ubiops.url, dialect, apiKey: { env: 'UBIOPS_KEY' } },
        ...{ requestsPerSecond: 500, requestTimeoutMs: 5_000 },
      },
    },
    env: { UBIOPS_KEY: ubiops.apiKey },
  });
  const tellUbiOps = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(new URL(`/_simulator/${path}`, ubiops.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  const addFile: UbiOpsStage['addFile'] = async (project, name, text) => {
    const path = `/${dialect}/projects/${project}/buckets/default/files/${encodeURIComponent(name)}`;
    const asked = await fetch(new URL(path, ubiops.url), {
      method: 'POST',
      headers: { authorization: `Token ${ubiops.apiKey}`, 'content-type': 'application/json' },
      body: '{}',
    });
    const { url } = (await asked.json()) as { url: string };
    const put = await fetch(url, { method: 'PUT', body: text });
    if (!put.ok) throw new Error(await put.text());
  };
  return {
    ...{ ...stage, ubiops, tellUbiOps, addFile },
    close: async () => {
      await stage.close();
      await ubiops.close();
    },
  };
}

/** A step of a document that deploys `echo`; another model makes another version. */
export const deployingEcho = (model: string): string => `
  deploy:
    uses: deployment
    with:
      project: iris
      deployment: echo
      input: { text: string }
      output: { text: string }
      environment: python3-12
      files: { deployment.py: 'class Deployment: pass' }
      variables: { MODEL: ${model} }
`;

/** Starts a document of these steps. */
export const startOnUbiOps = async (
  { client }: UbiOpsStage,
  name: string,
  steps: string,
): Promise<string> => {
  const text = `longhaul: pipeline/v1\npipeline: ${name}\nconnection: ubiops-dev\nsteps:\n${steps}`;
  return (await client.startPipeline(documentIn(text), {})).runId;
};

/** The run, when nothing of it goes on any more. */
export async function settledRun({ client }: UbiOpsStage, runId: string): Promise<Run> {
  await client.wait(runId, { timeoutMs: 60_000 });
  await eventually(async () => (await client.get(runId)).cleanup?.afterwards !== 'going-on');
  return client.get(runId);
}
