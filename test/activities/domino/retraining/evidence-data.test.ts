/** What a list does not show at one moment may be there. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { newInDataset } from '../../../../src/activities/domino/retraining/evidence-data.js';
import type { LiveModel } from '../../../../src/run/undoing/effects.js';
import { type Setting, openSetting } from '../../retraining-stage.js';

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(() => setting.close());

it('a dataset that a list leaves out is looked for once more', async () => {
  const { deps, projectId, inject } = setting;
  const live = { model: 'iris', modelVersion: 1, trainedAt: '2026-11-21T03:00:00Z' } as LiveModel; // what is asked of it
  const about = { project: 'ada/iris', modelApi: 'iris-api', model: 'iris', runId: 'retrain.x' };
  const sources = { deps, about, projectId, live: () => Promise.resolve(live) };
  const body = { datasets: [], metadata: { offset: 0, limit: 100, totalCount: 0 } };
  await inject({ endpoint: 'datasets.list', kind: 'status', status: 200, body });
  expect(await newInDataset(sources, 'measurements')).toMatchObject({
    ...{ verdict: 'fails', reason: 'it has no finished snapshot' },
  });
  await inject({ endpoint: 'datasets.list', kind: 'status', status: 200, body, times: 2 });
  expect(await newInDataset(sources, 'measurements')).toMatchObject({ verdict: 'unknown' });
  const missing = { kind: 'status', status: 404, body: { errors: ['no'] } };
  await inject({ endpoint: 'datasets.list', ...missing, times: 3 });
  await expect(newInDataset(sources, 'measurements')).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
});
