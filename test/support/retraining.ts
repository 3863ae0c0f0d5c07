/** The inputs of retrainings, and what the simulated platform serves. */
import type { PipelineInput } from '../../src/client.js';
import type { Stage } from './stage.js';

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
