/** The readers of evidence, against the simulator over HTTP. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createLiveModels } from '../../../../src/activities/domino/models/live-model.js';
import { createDecider } from '../../../../src/activities/domino/retraining/retraining.js';
import { HistoryUnreadable, type RunHistory } from '../../../../src/activities/retrain/run-history.js';
import type { FailureCode } from '../../../../src/run/failures/errors.js';
import { When } from '../../../../src/run/inputs/retrain-input.js';
import { type Probes, type Setting, addVersion, freshAttempt, openSetting } from '../../retraining-stage.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function open(options: Parameters<typeof openSetting>[0] = {}): Promise<Setting> {
  const setting = await openSetting(options);
  closing.push(() => setting.close());
  return setting;
}

const dayMs = 86_400_000;
/** No retraining so far. */
const noRuns: RunHistory = {
  retentionMs: () => Promise.resolve(400 * dayMs),
  began: () => Promise.resolve([]),
};

/** Decides on `iris-api`. */
function deciderOn({ deps }: Setting, history = noRuns) {
  const decide = createDecider(deps, createLiveModels(deps));
  const about = {
    ...{ connection: 'domino-test', project: 'ada/iris', modelApi: 'iris-api' },
    ...{ model: 'domino-test/ada/iris/iris-api', runId: 'retrain.now' },
  };
  return (when: object, stayed: readonly FailureCode[] = []) => {
    const attempt = { ...freshAttempt(), hasStayed: (code: FailureCode) => stayed.includes(code) };
    return decide({ ...about, when: When.parse(when) }, { history, attempt });
  };
}

const only = async (setting: Setting, condition: object, history = noRuns) =>
  (await deciderOn(setting, history)({ all: [condition] })).evidence[0];

/** Another service: each of its answers in turn, the last one again and again. */
async function service(...answers: readonly string[]): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((_request, response) => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? '';
    asked += 1;
    if (/^\d{3}$/.test(answer)) response.statusCode = Number(answer);
    response.end(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo; // of a TCP server that listens
  return { url: `http://127.0.0.1:${port}/`, asked: () => asked };
}

describe('new data in a dataset', () => {
  const condition = { newData: { dataset: 'measurements' } };
  const snapshot = async ({ get, post }: Setting) => {
    const listed = (await get('/api/datasetrw/v2/datasets')).body as unknown as {
      datasets: readonly { dataset: { id: string } }[];
    };
    const id = listed.datasets[0]?.dataset.id ?? '';
    await post(`/api/datasetrw/v1/datasets/${id}/snapshots`, { relativeFilePaths: ['.'] });
    return id;
  };

  it('holds while nothing is live, without looking at the dataset', async () => {
    const setting = await open();
    expect(await only(setting, condition)).toEqual({
      condition: 'new data in the dataset measurements',
      verdict: 'holds',
      reason: 'nothing is live',
    });
    expect(setting.asked()).toEqual(['projects.find', 'modelApis.list', 'modelApis.list']);
  });

  it('holds from the moment at which a snapshot after the training is copied, by name and by id', async () => {
    const setting = await open();
    const older = await snapshot(setting);
    await setting.pass(100);
    await setting.deploy();
    const before = await only(setting, condition);
    expect(before).toMatchObject({ verdict: 'fails', source: 'the newest snapshot' });
    await snapshot(setting);
    expect(await only(setting, condition)).toEqual(before);
    await setting.pass(30);
    const after = await only(setting, condition);
    expect(after).toMatchObject({ verdict: 'holds', bound: before?.bound });
    expect(Date.parse(String(after?.value))).toBeGreaterThan(Date.parse(String(after?.bound)));
    expect(await only(setting, { newData: { dataset: older } })).toMatchObject({ verdict: 'holds' });
  });

  it('fails without a snapshot, and is unknown without the dataset', async () => {
    const setting = await open();
    await setting.deploy();
    expect(await only(setting, condition)).toMatchObject({
      verdict: 'fails',
      reason: 'it has no finished snapshot',
    });
    expect(await only(setting, { newData: { dataset: 'mesurements' } })).toMatchObject({
      verdict: 'unknown',
      reason: 'the project has no dataset "mesurements"',
    });
  });

  it('is unknown when what is live was deployed from a file', async () => {
    const setting = await open();
    await addVersion(setting, { type: 'File', file: 'predict.js', function: 'predict' });
    expect(await only(setting, condition)).toMatchObject({
      verdict: 'unknown',
      reason: 'the live version of iris-api was deployed from a file, not from a registered model',
    });
  });
});

describe('new data in files', () => {
  const holds = (path: string) => ({ newData: { files: path } });

  it('fails while there is no commit since, or none that changed them', async () => {
    const setting = await open({ files: { 'rows.csv': '1' } });
    await setting.deploy();
    expect(await only(setting, holds('rows.csv'))).toMatchObject({
      verdict: 'fails',
      reason: 'there is no commit since',
    });
    await setting.upload('data/other.csv', '1');
    await setting.upload('rows.csv', '1');
    expect(await only(setting, holds('rows.csv'))).toMatchObject({
      verdict: 'fails',
      value: 0,
      reason: 'no file has changed',
    });
  });

  it('does not hold after one 404 of a folder', async () => {
    const setting = await open({ files: { 'rows.csv': '1' } });
    await setting.deploy();
    await setting.upload('other.csv', '1');
    const fault = { endpoint: 'projectFiles.list', kind: 'status', status: 404, body: { error: 'no' } };
    await setting.inject({ ...fault, occurrence: 3 }); // the first two ask for a folder of the file’s name
    expect(await only(setting, holds('rows.csv'))).toMatchObject({ verdict: 'fails', value: 0 });
  });

  it('holds for what is changed or added, and names up to five files', async () => {
    const setting = await open({ files: { 'rows.csv': '1' } });
    await setting.deploy();
    await setting.upload('rows.csv', '2');
    expect(await only(setting, holds('rows.csv'))).toMatchObject({
      verdict: 'holds',
      value: 1,
      reason: 'changed: rows.csv',
    });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await setting.upload(`data/2026 11/${name}.csv`, name);
    expect(await only(setting, holds('./data/2026 11/'))).toMatchObject({
      verdict: 'holds',
      value: 6,
      reason: `changed: ${['a', 'b', 'c', 'd', 'e'].map((name) => `data/2026 11/${name}.csv`).join(', ')} and 1 more`,
    });
    expect(await only(setting, holds('/'))).toMatchObject({ verdict: 'holds', value: 7 });
    expect(await only(setting, holds('nowhere'))).toMatchObject({
      verdict: 'unknown',
      reason: 'the project has no file "nowhere"',
    });
    expect(await only(setting, holds('../secrets'))).toMatchObject({ verdict: 'unknown' });
  });
});

describe('a metric', () => {
  it('of the live model is what its training measured', async () => {
    const setting = await open();
    expect(await only(setting, { metric: 'accuracy < 0.9' })).toMatchObject({
      verdict: 'holds',
      reason: 'nothing is live',
    });
    await setting.deploy();
    expect(await only(setting, { metric: 'accuracy < 0.9' })).toEqual({
      condition: 'accuracy < 0.9, by the live model',
      verdict: 'fails',
      value: 0.95,
      bound: 0.9,
      source: 'the live model',
    });
    expect(await only(setting, { metric: 'f1 < 0.9' })).toMatchObject({
      verdict: 'unknown',
      reason: 'version 1 of iris has no f1',
    });
  });

  it('of a job is that of the newest that has succeeded', async () => {
    const more = `jobs: [{ command: 'bad', status: Failed, stats: { psi: '9' } }, { command: 'check', status: Succeeded, stats: { psi: '0.3' } }]`;
    const setting = await open({ more });
    const condition = { metric: 'psi > 0.2', from: { job: 'drift' } };
    expect(await only(setting, condition)).toMatchObject({
      verdict: 'unknown',
      reason: 'no job has succeeded whose title begins with "drift"',
    });
    for (const [title, runCommand] of [
      ['drift of Monday', 'check'],
      ['drift of Tuesday', 'bad'],
      ['other', 'check'],
    ])
      await setting.startJob({ title, runCommand });
    await setting.pass(200);
    expect(await only(setting, condition)).toMatchObject({ verdict: 'holds', value: 0.3, bound: 0.2 });
    await setting.startJob({ title: 'drift of today', runCommand: 'check' });
    expect(await only(setting, { ...condition, metric: 'f1 > 1' })).toMatchObject({
      verdict: 'unknown',
      reason: 'job 1 has no f1',
    });
  });

  it('of a probe is asked for three times, and of one answer for several metrics', async () => {
    const flaky = await service('503', '<html>', '{"drift":{"psi":0.3},"f1":0.8}');
    const down = await service('503');
    const probes: Probes = {
      drift: { url: flaky.url, metrics: { psi: '/drift/psi' } },
      down: { url: down.url },
    };
    const setting = await open({ probes });
    const from = { probe: 'drift' };
    const { verdict, evidence } = await deciderOn(setting)({
      all: [
        { metric: 'psi > 0.2', from },
        { metric: 'f1 < 0.9', from },
        { metric: 'f1 < 0.9', from: { probe: 'down' } },
      ],
    });
    expect(verdict).toBe('undecided');
    expect(evidence).toMatchObject([
      { verdict: 'holds', value: 0.3, source: 'the probe drift' },
      { verdict: 'holds', value: 0.8 },
      { verdict: 'unknown', reason: 'it answered 503' },
    ]);
    expect([flaky.asked(), down.asked()]).toEqual([3, 3]);
    expect(await only(setting, { metric: 'f1 < 0.9', from: { probe: 'gone' } })).toMatchObject({
      verdict: 'unknown',
      reason: 'the configuration of this worker has no such probe',
    });
    expect(setting.asked()).toEqual([]);
  });

  it('of a probe of the model API itself is unknown while nothing is live', async () => {
    const url = 'SIMULATOR/models/{modelApiId}/latest/model';
    const setting = await open({ probes: { own: { url } } });
    expect(await only(setting, { metric: 'f1 < 0.9', from: { probe: 'own' } })).toMatchObject({
      verdict: 'unknown',
      reason: 'it asks about a model API, and none is live',
    });
  });
});

describe('a budget', () => {
  const budget = (atMost: number) => ({ budget: { atMost } });
  const cost = { endpoint: 'cost.allocation', kind: 'status' };

  it('holds while the project has cost no more', async () => {
    const setting = await open({ more: `jobs: [{ command: train, status: Succeeded, minutes: 300 }]` });
    await setting.startJob({ runCommand: 'train' });
    await setting.pass(400 * 60);
    expect(await only(setting, budget(5))).toMatchObject({ verdict: 'holds', value: 3, bound: 5 });
    expect(await only(setting, budget(2.5))).toMatchObject({ verdict: 'fails', value: 3, bound: 2.5 });
    await setting.inject({
      endpoint: 'cost.allocation',
      kind: 'status',
      status: 200,
      body: {
        code: 200,
        data: [{ [await setting.projectId()]: { totalCost: 12.345 }, __idle__: { totalCost: 9 } }],
      },
    });
    expect(await only(setting, budget(5))).toEqual({
      condition: 'a cost of at most 5 in 30 days',
      verdict: 'fails',
      value: 12.35,
      bound: 5,
      source: 'the platform’s cost API',
    });
  });

  it('is unknown where costs are not tracked, or are not for this credential for as long as patience lasts', async () => {
    expect(await only(await open({ more: 'costApi: absent' }), budget(5))).toMatchObject({
      verdict: 'unknown',
      reason: 'the platform has no cost API for this credential (404)',
    });
    const decide = deciderOn(await open({ more: 'costApi: forbidden' }));
    await expect(decide({ all: [budget(5)] })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await decide({ all: [budget(5)] }, ['PERMISSION_DENIED'])).toMatchObject({
      verdict: 'undecided',
      evidence: [{ reason: 'the platform has no cost API for this credential (403)' }],
    });
  });

  it('is read after one 404 as before it', async () => {
    const setting = await open();
    await setting.inject({ ...cost, status: 404, body: { error: 'no such route' } });
    expect(await only(setting, budget(5))).toMatchObject({ verdict: 'holds', value: 0 });
  });

  it.each<[string, object, string]>([
    ['a page with 403', { status: 403, body: '<html>' }, 'PROXY_PAGE'],
    ['a page with 404', { status: 404, body: '<html>' }, 'PROXY_PAGE'],
    ['another form', { status: 200, body: { totals: [] } }, 'ANSWER_UNEXPECTED'],
  ])('is not unknown after %s: that may pass', async (_what, answer, code) => {
    const setting = await open();
    await setting.inject({ ...cost, ...answer });
    await expect(only(setting, budget(5))).rejects.toMatchObject({ code });
  });

  it('is unknown when costs of users are answered', async () => {
    const setting = await open();
    await setting.inject({ ...cost, status: 200, body: { data: [{ ada: { totalCost: 1 } }] } });
    expect(await only(setting, budget(5))).toMatchObject({
      verdict: 'unknown',
      reason: 'the platform’s cost API answered without costs by project',
    });
  });
});

describe('a decision', () => {
  const when = { all: [{ newData: { dataset: 'measurements' } }, { notMoreOftenThan: '1d' }] };

  it('asks the platform for little, and for less once it knows what is live', async () => {
    const setting = await open();
    await setting.deploy();
    const decide = deciderOn(setting);
    const asked: string[][] = [];
    for (let tick = 0; tick < 2; tick += 1) {
      const since = setting.asked().length;
      expect((await decide(when)).verdict).toBe('skip');
      asked.push(setting.asked(since));
    }
    expect(asked[0]).toEqual([
      ...[
        'projects.find',
        'modelApis.list',
        'modelApis.getVersion',
        'registeredModels.getVersion',
        'jobs.list',
      ],
      ...['datasets.list', 'datasets.listSnapshots'],
    ]);
    expect(asked[1]).toEqual(['modelApis.list', 'datasets.list', 'datasets.listSnapshots']);
  });

  it('asks the platform for nothing when a limit decides', async () => {
    const setting = await open();
    const history = { ...noRuns, began: () => Promise.resolve([new Date()]) };
    expect((await deciderOn(setting, history)(when)).verdict).toBe('skip');
    expect(setting.asked()).toEqual([]);
  });

  it('takes a refusal of Temporal to list runs for evidence', async () => {
    const history = {
      ...noRuns,
      began: () => Promise.reject(new HistoryUnreadable('Temporal refused to list runs: no')),
    };
    expect(await only(await open(), { atMostPerMonth: 1 }, history)).toMatchObject({
      verdict: 'unknown',
      reason: 'Temporal refused to list runs: no',
    });
  });

  it.each<[string, object, string]>([
    ['503', { status: 503 }, 'PLATFORM_UNAVAILABLE'],
    ['429', { status: 429 }, 'PLATFORM_THROTTLED'],
    ['401', { status: 401, body: { errors: ['no'] } }, 'CREDENTIALS_REJECTED'],
    ['403', { status: 403, body: { errors: ['no'] } }, 'PERMISSION_DENIED'],
    ['404', { status: 404, body: { errors: ['no'] } }, 'OBJECT_MISSING'],
    ['a page', { status: 200, body: '<html>' }, 'PROXY_PAGE'],
    ['another form', { status: 200, body: {} }, 'ANSWER_UNEXPECTED'],
  ])('is tried again after %s, however many tries there were', async (_what, answer, code) => {
    const setting = await open();
    await setting.deploy();
    for (const endpoint of ['projects.find', 'datasets.list'].slice(0, code === 'OBJECT_MISSING' ? 1 : 2)) {
      await setting.inject({ endpoint, kind: 'status', ...answer });
      await expect(deciderOn(setting)(when)).rejects.toMatchObject({ code });
    }
    expect(await deciderOn(setting)(when)).toMatchObject({ verdict: 'skip' });
  });

  it('is undecided when a permission is refused for as long as patience lasts', async () => {
    const setting = await open();
    await setting.deploy();
    const body = { errors: ['no'] };
    await setting.inject({ endpoint: 'datasets.list', kind: 'status', status: 403, body });
    const { verdict, reason } = await deciderOn(setting)(when, ['PERMISSION_DENIED']);
    expect([verdict, reason]).toEqual(['undecided', expect.stringMatching(/^could not be read: .* no\)$/)]);
  });
});
