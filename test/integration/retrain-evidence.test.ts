/** Decisions on retraining, end to end: what was read on the platform, on Temporal and by a probe. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PipelineInput, Run } from '../../src/client.js';
import type { Decision } from '../../src/run/retraining/retraining.js';
import { created } from '../support/ledger.js';
import { retrainInput, world } from '../support/retraining.js';
import { type Stage, createStage } from '../support/stage.js';

/** A service that tells the drift, and wants its secret. */
const drift = { psi: 0.1, asked: 0 };
const service = createServer(({ headers }, response) => {
  drift.asked += 1;
  response.statusCode = headers.authorization === 'Bearer hunter2' ? 200 : 401;
  response.end(JSON.stringify({ drift: { psi: drift.psi } }));
});

let stage: Stage;
beforeEach(async () => {
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  const { port } = service.address() as AddressInfo; // of a TCP server that listens
  const url = `http://127.0.0.1:${port}/`;
  const probes = { drift: { url, internal: true, token: { env: 'DRIFT' }, metrics: { psi: '/drift/psi' } } };
  stage = await createStage({ world, settings: { probes }, env: { DRIFT: 'hunter2' } });
  await stage.startWorker();
});
afterEach(async () => {
  await stage.close();
  service.closeAllConnections();
  service.close();
  await once(service, 'close');
});

type When = PipelineInput<'retrain'>['when'];

/** A tick, to its end. */
async function tick(key: string, when: When): Promise<Run> {
  const input = await retrainInput(stage, '0.8', { when });
  const { runId } = await stage.client.start('retrain', input, { key });
  const run = await stage.client.wait(runId, { timeoutMs: 90_000 });
  expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
  return run;
}

/** What a tick has decided. */
const decisionOf = ({ result }: Run): Decision => (result as unknown as { decision: Decision }).decision; // of `retrain`

const post = async (path: string, body: object): Promise<unknown> => {
  const response = await fetch(new URL(path, stage.simulator.url), {
    method: 'POST',
    headers: { 'x-domino-api-key': stage.simulator.apiKey },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
};

/** Takes a snapshot of a new or known dataset of the project, and lets it be copied. */
async function snapshot(name: string): Promise<void> {
  const headers = { 'x-domino-api-key': stage.simulator.apiKey };
  const read = async (path: string): Promise<unknown> =>
    (await fetch(new URL(path, stage.simulator.url), { headers })).json();
  const { id: projectId } = (await read(
    '/v4/gateway/projects/findProjectByOwnerAndName?ownerName=ada&projectName=iris',
  )) as { id: string };
  const { datasets } = (await read('/api/datasetrw/v2/datasets')) as {
    datasets: { dataset: { id: string; name: string } }[];
  };
  const known = datasets.find(({ dataset }) => dataset.name === name)?.dataset;
  const made =
    known ??
    ((await post('/api/datasetrw/v1/datasets', { name, projectId })) as { dataset: { id: string } }).dataset;
  await post(`/api/datasetrw/v1/datasets/${made.id}/snapshots`, { relativeFilePaths: ['.'] });
  await post('/_simulator/clock', { advanceSeconds: 60 });
}

describe('a decision', () => {
  it('follows the data: at first nothing is live, then nothing is new, then a snapshot is', async () => {
    const when: When = { all: [{ newData: { dataset: 'rows' } }] };
    await snapshot('rows');
    const first = await tick('first', when);
    expect(first.result).toMatchObject({ outcome: 'deployed' });
    expect(decisionOf(first).evidence).toMatchObject([{ verdict: 'holds', reason: 'nothing is live' }]);

    const second = await tick('second', when);
    expect(second.result).toMatchObject({ outcome: 'skipped' });
    expect(decisionOf(second).reason).toMatch(/^does not hold: new data in the dataset rows \(\d{4}-/);

    await snapshot('rows');
    const third = await tick('third', when);
    expect(decisionOf(third)).toMatchObject({ verdict: 'retrain', evidence: [{ verdict: 'holds' }] });
    expect(created(stage.simulator, 'job')).toHaveLength(2);
  });

  it('follows a metric that a probe tells, whose secret is nowhere in the run', async () => {
    const when: When = { all: [{ metric: 'psi > 0.2', from: { probe: 'drift' } }] };
    drift.psi = 0.1;
    const calm = await tick('calm', when);
    expect(calm.result).toMatchObject({ outcome: 'skipped' });
    expect(decisionOf(calm)).toMatchObject({
      reason: 'does not hold: psi > 0.2, by the probe drift (0.1)',
      evidence: [{ verdict: 'fails', value: 0.1, bound: 0.2, source: 'the probe drift' }],
    });
    drift.psi = 0.3;
    const drifted = await tick('drifted', when);
    expect(drifted.result).toMatchObject({ outcome: 'deployed', decision: { verdict: 'retrain' } });
    expect(JSON.stringify([calm, drifted])).not.toContain('hunter2');
  });

  it('keeps the limits, which Temporal’s list of runs tells, without asking the platform', async () => {
    const limits: When = { all: [{ notMoreOftenThan: '6h' }] };
    expect((await tick('first', limits)).result).toMatchObject({ outcome: 'deployed' });
    const before = stage.simulator.ledger().length;
    const second = await tick('second', limits);
    expect(decisionOf(second)).toMatchObject({
      verdict: 'skip',
      evidence: [{ verdict: 'fails', bound: '6h', source: 'the runs of this model' }],
    });
    const asked = stage.simulator.ledger().slice(before);
    expect(asked.map(({ endpoint }) => endpoint)).toEqual(['environments.getDefault']); // by the test itself
    // The namespace of a stage keeps runs for a day.
    const monthly = await tick('third', { all: [{ atMostPerMonth: 2 }] });
    expect(decisionOf(monthly)).toMatchObject({
      verdict: 'undecided',
      reason:
        'could not be read: at most 2 in 30 days (Temporal keeps runs for 1 day only; raise the namespace’s retention to 30 days)',
    });
    expect(decisionOf(await tick('fourth', { all: [{ atMostPerMonth: 1 }] }))).toMatchObject({
      verdict: 'skip',
      evidence: [{ verdict: 'fails', value: 1, bound: 1 }],
    });
  });

  it('is made in the end, whatever is answered for a moment, and however often', async () => {
    await snapshot('rows');
    const answers = [
      { status: 503, times: 3 },
      { status: 401, body: { error: 'no' } },
      { status: 403, body: { error: 'no' } },
      { status: 404, body: { error: 'no' } },
      { status: 404, body: '<html>' },
    ];
    for (const answer of answers)
      await stage.inject({ ...answer, endpoint: 'projects.find', kind: 'status' });
    const run = await tick('first', { all: [{ newData: { dataset: 'rows' } }] });
    expect(run.result).toMatchObject({ outcome: 'deployed' });
  });

  it('is undecided when the budget cannot be read, and trains nothing', async () => {
    const refusal = { kind: 'status', status: 403, body: { error: 'no' }, times: 1_000 };
    await stage.inject({ ...refusal, endpoint: 'cost.allocation' });
    const run = await tick('first', { all: [{ budget: { atMost: 10 } }] });
    expect(run.result).toMatchObject({ outcome: 'undecided' });
    expect(decisionOf(run).reason).toBe(
      'could not be read: a cost of at most 10 in 30 days (the platform has no cost API for this credential (403))',
    );
    expect(created(stage.simulator, 'job')).toEqual([]);
    await stage.heal();
    expect(decisionOf(await tick('second', { all: [{ budget: { atMost: 10 } }] }))).toMatchObject({
      verdict: 'retrain',
      evidence: [{ verdict: 'holds', value: 0 }],
    });
  });
});
