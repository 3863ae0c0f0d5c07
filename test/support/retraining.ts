/** The inputs of retrainings, and what the simulated platform serves. */
import type { PipelineInput, Run } from '../../src/client.js';
import { created } from './ledger.js';
import { type Stage, statuses, until } from './stage.js';

/** A world in which commands say how good a model becomes. */
export const world = new URL('retraining.yaml', import.meta.url).pathname;

/** Asks the simulator. */
export async function ask<T>(stage: Stage, path: string): Promise<T> {
  const headers = { 'x-domino-api-key': stage.simulator.apiKey };
  const answer = await fetch(new URL(path, stage.simulator.url), { headers });
  return (await answer.json()) as T;
}

/** An input that trains a model of this accuracy, and is deployed to `modelApi`. */
export async function retrainInput(
  stage: Stage,
  accuracy: string,
  more: Partial<PipelineInput<'retrain'>> = {},
): Promise<PipelineInput<'retrain'>> {
  const { id } = await ask<{ id: string }>(stage, '/v4/environments/defaultEnvironment');
  return {
    connection: stage.connection,
    project: 'ada/iris',
    train: { command: `python train.py --accuracy ${accuracy}` },
    compare: { metric: 'accuracy' },
    register: { model: 'iris' },
    deploy: { modelApi: 'iris-api', environmentId: id },
    watch: { for: '2s' },
    ...more,
  };
}

interface Version {
  readonly id: string;
  readonly number: number;
  readonly deployment: { readonly status: string; readonly isPending: boolean };
}

/** The numbers of the versions of a model API that run, newest first. */
export async function running(stage: Stage, name: string): Promise<number[]> {
  const { items } = await ask<{ items: { id: string; name: string }[] }>(
    stage,
    '/api/modelServing/v1/modelApis',
  );
  const id = items.find((one) => one.name === name)?.id;
  if (id === undefined) return [];
  const versions = await ask<Version[]>(stage, `/api/modelServing/v1/modelApis/${id}/versions`);
  return versions
    .filter(
      ({ deployment }) => ['Running', 'Unreachable'].includes(deployment.status) && !deployment.isPending,
    )
    .map(({ number }) => number);
}

type More = Partial<PipelineInput<'retrain'>>;

/** Retrainings on the stage that a test has at the moment. */
export function retrainingsOn(at: () => Stage) {
  const begin = async (key: string, accuracy: string, more?: More): Promise<string> => {
    const input = await retrainInput(at(), accuracy, more);
    return (await at().client.start('retrain', input, { key })).runId;
  };
  const ended = (runId: string): Promise<Run> => at().client.wait(runId, { timeoutMs: 90_000 });
  return {
    begin,
    ended,
    retrain: async (key: string, accuracy: string, more?: More) => ended(await begin(key, accuracy, more)),
    /** Lets the newest version fail while the run watches it. */
    failing: async (runId: string): Promise<Run> => {
      const stage = at();
      await until(stage.client, runId, (run) => statuses(run)['watch'] === 'waiting');
      const [modelApiId] = created(stage.simulator, 'modelApi');
      const versionId = created(stage.simulator, 'modelApiVersion').at(-1);
      await stage.control('health', { modelApiId, versionId, status: 'Failed' });
      return ended(runId);
    },
    /** A model API whose versions are not well for long. */
    sick: async (): Promise<More> => {
      const { deploy } = await retrainInput(at(), '0.8');
      return { deploy: { ...deploy, modelApi: 'sick-api' }, watch: { for: '15s', failures: 2 } };
    },
  };
}
