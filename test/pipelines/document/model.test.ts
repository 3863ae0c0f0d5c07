/** By which model runs of a document are listed. */
import { expect, it } from '@jest/globals';
import { modelOfDocument } from '../../../src/pipelines/document/model.js';
import { documentOf } from '../../support/documents.js';

const train = `  train: { uses: job, with: { project: "\${{ input.project }}", command: python train.py } }\n`;
const register = `  register: { uses: register, with: { model: churn, job: "\${{ steps.train }}" } }\n`;
const deploy = (modelApi: string, more = '') =>
  `{ uses: deploy, ${more}with: { modelApi: "${modelApi}", project: ds/serving, environment: e1, job: "\${{ steps.train }}", from: "\${{ steps.register }}" } }\n`;
const input =
  'input: { properties: { project: { type: string }, api: { type: string } }, required: [project, api] }';
const modelOf = (steps: string, api = 'churn-api') =>
  modelOfDocument(documentOf('dev', steps, { more: input }), { project: 'ds/churn', api });

it('is the first model API that it deploys to, where that is', () => {
  expect(
    modelOf(`${train}${register}  live: ${deploy('${{ input.api }}')}  canary: ${deploy('other')}`),
  ).toBe('dev/ds/serving/churn-api');
});

it('is the registered model where it deploys none, in the project of what has trained it', () => {
  expect(modelOf(`${train}${register}`)).toBe('dev/ds/churn/churn');
});

it('is none where it makes none, or a run alone tells which', () => {
  expect(modelOf(train)).toBeNull();
  expect(modelOf(`${train}${register}  live: ${deploy('${{ input.api }}')}`, 'a'.repeat(701))).toBe(
    'dev/ds/churn/churn',
  );
  expect(modelOf(`${train}${register}  live: ${deploy('${{ steps.register.model }}')}`)).toBe(
    'dev/ds/churn/churn',
  );
  expect(
    modelOf(
      `${train}  each: { uses: register, each: [a, b], with: { model: "\${{ item }}", job: "\${{ steps.train }}" } }\n`,
    ),
  ).toBeNull();
});
