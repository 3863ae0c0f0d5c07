/** `train-and-deploy` as a document: the same requests in the same order as the pipeline that Longhaul brings along. */
import { expect, it } from '@jest/globals';
import type { Run } from '../../src/client.js';
import { documentOf } from '../support/documents.js';
import { type Stage, createStage, fullInput } from '../support/stage.js';

const twin = (connection: string) =>
  documentOf(
    connection,
    `  environment: { uses: environment, with: { name: iris-training, base: { image: "registry.example/base:1" }, dockerfile: "RUN pip install --no-cache-dir pandas==2.0.0" } }
  revision: { uses: revision, with: { environment: "\${{ steps.environment }}", dockerfile: "RUN pip install --no-cache-dir pandas==2.0.0" } }
  build: { uses: build, with: { revision: "\${{ steps.revision }}" } }
  train: { uses: job, with: { project: ada/iris, command: python train.py, hardwareTier: small-k8s, environment: "\${{ steps.environment }}", build: "\${{ steps.build }}", trains: iris } }
  gate: { uses: gate, with: { job: "\${{ steps.train }}", conditions: [accuracy >= 0.9, accuracy >= baseline], baseline: { project: ada/iris, modelApi: iris-api } } }
  register: { uses: register, with: { model: iris, job: "\${{ steps.train }}" } }
  deploy: { uses: deploy, with: { modelApi: iris-api, project: ada/iris, job: "\${{ steps.train }}", environment: "\${{ steps.environment }}", from: "\${{ steps.register }}" } }
`,
    { name: 'twin' },
  );

/** The requests of a run on a platform of its own, without the looks of its waits. */
async function requestsOf(start: (stage: Stage) => Promise<string>): Promise<string[]> {
  // Slow enough that a build goes on when it is looked at first.
  const stage = await createStage({ speed: 40 });
  try {
    await stage.startWorker();
    const run: Run = await stage.client.wait(await start(stage), { timeoutMs: 90_000 });
    expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
    const requests = stage.simulator.ledger().map(({ endpoint }) => endpoint ?? 'none');
    // How often a wait looks depends on time alone.
    return requests.filter((endpoint, at) => endpoint !== requests[at - 1]);
  } finally {
    await stage.close();
  }
}

it('asks the platform the same in the same order', async () => {
  const builtIn = await requestsOf(
    async ({ client, connection }) => (await client.start('train-and-deploy', fullInput(connection))).runId,
  );
  const document = await requestsOf(
    async ({ client, connection }) => (await client.startPipeline(twin(connection), {})).runId,
  );
  expect(document).toEqual(builtIn);
});
