/** How something on UbiOps has ended, where it is told in words that nobody knows, at great length, or in half numbers. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { type RequestStepSpec, request } from '../../../src/steps/ubiops/request.js';
import type { RequestOutput } from '../../../src/steps/ubiops/requests.js';
import { calls } from '../../support/ledger.js';
import { type ServingSetting, openServing } from './serving-setting.js';

let setting: ServingSetting;
afterEach(() => setting.close());

const version = { project: 'iris', deployment: 'echo', version: 'v1' };
const spec: RequestStepSpec = {
  ...{ project: 'iris', deployment: 'echo', data: { text: 'good' }, marked: 'text' },
  ...{ logLines: 3, metrics: [], resultBytes: 65_536 },
};

async function open(log: readonly string[] = []): Promise<void> {
  setting = await openServing(
    'v2.1',
    `requests: [{ deployment: ^echo$, status: failed, error: boom, log: ${JSON.stringify(log)} }]`,
  );
  await setting.addVersion('v1');
}

/** A request that is answered for as stated from now on. */
async function answered(told: (requestId: string) => string): Promise<RequestOutput> {
  await open();
  const { effect, effects } = setting.step();
  const asked = await effects.ensureRequest({ ...effect, spec: { ...spec, version } });
  const headers = { 'content-type': 'application/json' };
  const answer = { kind: 'status', status: 200, headers, body: told(asked.requestId), times: 1_000 };
  await setting.inject({ endpoint: 'versionRequests.get', ...answer });
  const { logLines, metrics, resultBytes } = spec;
  return effects.awaitRequest({
    ...{ connection: effect.connection, request: asked, logLines, metrics, resultBytes },
  });
}

it('the end of a log is its end, however long it is', async () => {
  await open([...Array.from({ length: 12_000 }, (_, line) => `epoch ${line}`), 'ValueError: no data']);
  await expect(request.perform(setting.step(), spec)).rejects.toMatchObject({
    type: 'JOB_FAILED',
    message: expect.stringContaining('log: epoch 11998 | epoch 11999 | ValueError: no data') as unknown,
  });
});

it('a request that has completed in a status that nobody knows waits for a person', async () => {
  const told = (id: string) =>
    JSON.stringify({ id, status: 'completed_with_warnings', time_completed: '2026-11-30T10:00:00Z' });
  await expect(answered(told)).rejects.toMatchObject({
    type: 'OUTCOME_UNKNOWN',
    message: expect.stringMatching(/is completed_with_warnings, and completed/) as unknown,
  });
});

it('what is no number in a result is said to be none, as it was written', async () => {
  const told = (id: string) =>
    `{"id":"${id}","status":"completed","result":{"auc":0.9,"loss":NaN,"best":-Infinity,"note":"NaN \\" is NaN"}}`;
  expect(await answered(told)).toMatchObject({
    metrics: { auc: 0.9 },
    notNumbers: { loss: 'NaN', best: '-Infinity', note: 'NaN " is NaN' },
    result: { loss: 'NaN' },
  });
});

it('the log of a request that has just failed is read again: its last lines come late', async () => {
  const told = (id: string) =>
    JSON.stringify({ id, status: 'failed', time_completed: new Date().toISOString(), error_message: 'boom' });
  await expect(answered(told)).rejects.toMatchObject({ type: 'JOB_FAILED' });
  expect(calls(setting.simulator, 'logs.list')).toBe(4);
});

it('a metric of a training that is null, or true, is said to be no number', async () => {
  const told = (id: string) =>
    `{"id":"${id}","status":"completed","result":{"metrics":{"auc":null,"done":true,"loss":0.1},"artifact":null}}`;
  expect(await answered(told)).toMatchObject({
    ...{ metrics: { loss: 0.1 }, notNumbers: { auc: 'null', done: 'true' } },
  });
});

describe('in /v2', () => {
  it.each([
    [{ status: 'running', built: true }, 'succeeds'],
    [{ status: 'archived', built: true }, 'is archived, and built'],
    [{ status: 'expired', error_message: 'too old' }, 'is expired, and has failed'],
  ] as const)('a tag that is %j %s', async (told, outcome) => {
    setting = await openServing('v2');
    const { effect, effects } = setting.step();
    const body = { id: 't1', name: '1', environment: 'own', ...told };
    await setting.inject({ endpoint: 'tags.get', kind: 'status', status: 200, body, times: 1_000 });
    const place = { project: 'iris', environment: 'own', revisionId: 't1', buildId: 't1', tag: '1' };
    const { connection } = effect;
    const awaited = effects.awaitBuild({ connection, revision: { ...place, content: 'c' } });
    if (outcome === 'succeeds') expect(await awaited).toEqual({ ...place, size: null });
    else
      await expect(awaited).rejects.toMatchObject({
        type: 'OUTCOME_UNKNOWN',
        message: expect.stringContaining(outcome) as unknown,
      });
  });

  it.each([
    { status: 'running', built: true },
    { status: 'expired', error_message: 'too old' },
  ])('the build of a tag that is %j is over: nothing is cancelled, and nothing left', async (told) => {
    setting = await openServing('v2');
    const { effect, effects } = setting.step();
    const body = { id: 't1', name: '1', environment: 'own', ...told };
    await setting.inject({ endpoint: 'tags.get', kind: 'status', status: 200, body, times: 1_000 });
    const of = { ...effect, project: 'iris', environment: 'own', tag: '1', made: { id: 't1', parent: 't1' } };
    expect(await effects.cancelEnvironmentBuild(of)).toEqual({ undone: [], leftBehind: [] });
    expect(calls(setting.simulator, 'tags.update')).toBe(0);
  });
});
