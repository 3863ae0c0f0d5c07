/** Several runs, or several items of one run, that need what is known by one name: one of them makes it, the others take it. */
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { documentIn } from '../support/documents.js';
import { created, fromNowOn } from '../support/ledger.js';
import { type UbiOpsStage, createUbiOpsStage } from '../support/ubiops.js';

let stage: UbiOpsStage;
let ubiops: ReturnType<typeof fromNowOn>;
beforeAll(async () => {
  stage = await createUbiOpsStage();
  await stage.startWorker();
});
beforeEach(() => {
  ubiops = fromNowOn(stage.ubiops);
});
afterAll(() => stage.close());

const building = (name: string, each = '') => `
  environment: { uses: environment, with: { project: iris, name: ${name}, base: python3-12 } }
  revision:
    uses: revision
    ${each}
    with: { environment: '\${{ steps.environment }}', files: { requirements.txt: 'numpy==2.0.0' } }
`;
const serving = `
  serve:
    uses: deployment
    with:
      project: iris
      deployment: echo
      input: { text: string }
      output: { text: string }
      environment: '\${{ steps.revision }}'
      files: { deployment.py: 'class Deployment: pass' }
      variables: { MODEL: iris }
`;
const document = (connection: string, steps: string) =>
  documentIn(`longhaul: pipeline/v1\npipeline: shared\nconnection: ${connection}\nsteps:\n${steps}`);

/** Runs it under each key at once; answers how each has ended. */
async function run(keys: readonly string[], of: ReturnType<typeof document>): Promise<readonly unknown[]> {
  const started = await Promise.all(keys.map((key) => stage.client.startPipeline(of, {}, { key })));
  const ended = await Promise.all(
    started.map(({ runId }) => stage.client.wait(runId, { timeoutMs: 60_000 })),
  );
  return ended.map(({ status, failure }) => failure ?? status);
}
const made = (...kinds: readonly string[]) => kinds.map((kind) => created(ubiops, kind).length);

it('four runs at once make one environment, one revision, one deployment and one version on UbiOps', async () => {
  const of = document('ubiops-dev', building('tools') + serving);
  expect(await run(['a', 'b', 'c', 'd'], of)).toEqual(Array(4).fill('succeeded'));
  expect(made('environment', 'environmentRevision', 'environmentBuild')).toEqual([1, 1, 1]);
  expect(made('deployment', 'deploymentVersion', 'deploymentRevision')).toEqual([1, 1, 1]);
});

it('items of one run add one revision of one content on UbiOps', async () => {
  const of = document('ubiops-dev', building('items', 'each: [1, 2, 3, 4]'));
  expect(await run(['items'], of)).toEqual(['succeeded']);
  expect(made('environment', 'environmentRevision', 'environmentBuild')).toEqual([1, 1, 1]);
});

it('items of one run make one environment of a name on Domino', async () => {
  const base = "{ image: 'registry.example/base:1' }";
  const steps = `
  environment: { uses: environment, each: [1, 2, 3, 4], with: { name: tools, base: ${base} } }
`;
  expect(await run(['domino'], document('domino-dev', steps))).toEqual(['succeeded']);
  expect(created(stage.simulator, 'environment')).toHaveLength(1);
});

it('items of one run that take snapshots of one dataset take one each, also when an answer is lost', async () => {
  await stage.inject({ endpoint: 'datasets.createSnapshot', kind: 'lose-answer' });
  const steps = `
  snapshot: { uses: snapshot, each: [a, b, c], with: { project: ada/iris, dataset: measurements, paths: ['\${{ item }}'] } }
`;
  expect(await run(['snapshots'], document('domino-dev', steps))).toEqual(['succeeded']);
  const { steps: done } = await stage.client.get('shared.snapshots');
  const taken = done.flatMap(({ references }) => references.map(({ id }) => id));
  expect([...new Set(taken)].sort()).toEqual(created(stage.simulator, 'snapshot').sort());
});
