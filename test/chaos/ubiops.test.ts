import { afterEach, describe, expect, it } from '@jest/globals';
import { createDice } from '../../src/chaos/dice.js';
import { createPlatform, ownerBy } from '../../src/chaos/platform.js';
import { ubiopsWing } from '../../src/chaos/ubiops/wing.js';
import { ubiopsWorkload } from '../../src/chaos/ubiops/workload.js';
import type { StagedConnection } from '../../src/chaos/workload.js';
import { checkStart } from '../../src/client.js';
import { type Simulator, createSimulator } from '../../src/simulator/index.js';

const sharing = { group: 2, retrain: 0.1 };
const place = {
  ...{ connection: 'ubiops-chaos', project: 'iris', environmentId: null, taken: null },
  prefix: 'ubiops-calm-1',
};
const planned = (seed: number) =>
  Array.from({ length: 300 }, (_, index) =>
    ubiopsWorkload.plan(index, { dice: createDice(seed, 'runs'), place, sharing }),
  );

describe('the runs of a trial on UbiOps', () => {
  it('pass the door in both dialects, and are the same for the same seed', () => {
    const runs = planned(1);
    for (const { pipeline, input } of runs) checkStart(pipeline, input, {});
    expect(new Set(runs.map(({ pipeline }) => pipeline)).size).toBe(2);
    expect(planned(1)).toEqual(runs);
    expect(planned(2)).not.toEqual(runs);
  });

  it('are to end in every way', () => {
    const ends = new Set(planned(1).flatMap((one) => one.ends));
    expect([...ends].sort()).toEqual(['BUILD_FAILED', 'GATE_REFUSED', 'JOB_FAILED', 'succeeded']);
  });
});

let simulator: Simulator | undefined;
afterEach(() => simulator?.close());

const connections: readonly StagedConnection[] = ubiopsWorkload.connections;

describe.each(connections)('what is on UbiOps: $name', (connection) => {
  const runId = 'serve.ubiops-calm-1-0000';
  const text = `(Longhaul, ${runId}) [lh:abc2345678]`;

  it('is read in the words of evidence', async () => {
    const { dialect } = connection;
    simulator = await createSimulator({
      ...{ platform: 'ubiops', apiKey: 'key', speed: 3_000, ...(dialect && { dialect }) },
      world: { ...(ubiopsWorkload.worldOf(connection, { secret: 'key', jobPace: 100 }) as object) }, // its own
    });
    const root = ubiopsWing.rootOf(dialect);
    const platform = createPlatform({ url: simulator.url, root, headers: ubiopsWing.headersOf('key') });
    for (const name of ['kept', 'gone'])
      await platform.post('/projects/iris/environments', {
        ...{ name, description: text, ...(dialect === undefined && { base_environment: 'python3-12' }) },
      });
    const headers = ubiopsWing.headersOf('key');
    await fetch(`${simulator.url}${root}/projects/iris/environments/gone`, { method: 'DELETE', headers });
    await platform.post('/projects/iris/deployments', {
      ...{ name: 'served', description: text, input_type: 'plain', output_type: 'plain' },
    });
    for (const version of ['one', 'two'])
      await platform.post('/projects/iris/deployments/served/versions', {
        version,
        [dialect === undefined ? 'environment' : 'environment_name']: 'python3-12',
        description: text,
      });
    const { objects, refer } = await ubiopsWing.readObjects({
      ...{ platform, connection, ledger: simulator.ledger(), realMs: (ms) => ms, runs: [] },
      ownerOf: ownerBy([runId]),
    });
    const owned = { runId, marker: 'lh:abc2345678' };
    expect(objects.environments).toMatchObject([
      { ...owned, name: 'kept', archived: false },
      { marker: 'lh:abc2345678', archived: true },
    ]);
    expect(objects.modelApis).toMatchObject([{ ...owned, name: `${connection.name}/served` }]);
    // The first version of a deployment serves as soon as it is there.
    expect(objects.versions).toMatchObject([
      { ...owned, isLive: true, serves: true },
      { ...owned, isLive: true, serves: false },
    ]);
    const named = refer([
      { kind: 'environment', id: 'kept' },
      { kind: 'deployment', id: 'served' },
      { kind: 'deploymentVersion', id: 'two' },
      { kind: 'job', id: 'iris/served/two/request-1' },
    ]);
    expect(named).toEqual([
      { kind: 'environment', id: objects.environments[0]?.id },
      { kind: 'modelApi', id: objects.modelApis[0]?.id },
      { kind: 'modelApiVersion', id: objects.versions[1]?.id },
      { kind: 'job', id: 'request-1' },
    ]);
  });
});
