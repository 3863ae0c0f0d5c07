/** A stage with a simulated UbiOps beside Domino, by the connection `ubiops-dev`. */
import { type Simulator, type SimulatorOptions, createSimulator } from '../../src/simulator/index.js';
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
