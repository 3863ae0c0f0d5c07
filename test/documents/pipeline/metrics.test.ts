/** Which metrics a job is waited for, as the document names them. */
import { describe, expect, it } from '@jest/globals';
import { experimentRunStat } from '../../../src/run/retraining/metrics.js';
import { documentOf } from '../../support/documents.js';

const job = (more = '') => `{ uses: job, ${more}with: { project: a/b, command: go } }`;
const namedOf = (steps: string, more = '') => {
  const { steps: checked } = documentOf('domino-dev', steps, { more });
  return Object.fromEntries(Object.entries(checked).map(([name, { metrics = [] }]) => [name, metrics]));
};

describe('a job is waited for', () => {
  it('by what is named of it, and not by what is named of another', () => {
    const named = namedOf(`  train: ${job()}
  report: ${job()}
  gate: { uses: gate, with: { job: "\${{ steps.train }}", conditions: [auc >= 0.9] } }
  said: { uses: job, with: { project: a/b, command: "go \${{ steps.train.metrics.f1 }} \${{ steps.report.metrics.?loss.orValue(0.0) }}" } }`);
    expect(named).toEqual({ train: ['auc', 'f1'], report: [], gate: [], said: [] });
  });

  it('by what is named of the best of several', () => {
    const named = namedOf(`  one: ${job()}
  many: ${job('each: [1, 2], ')}
  best: { uses: choose, with: { from: "\${{ steps.many }}", by: auc } }
  gate: { uses: gate, with: { job: "\${{ steps.best }}", conditions: [f1 >= 0.9] } }`);
    expect(named).toMatchObject({ one: [], many: ['auc', 'f1'] });
  });

  it('by what a condition names beside an expression, and by the expression that names it', () => {
    const named = namedOf(
      `  base: ${job()}
  train: ${job()}
  gate:
    uses: gate
    with:
      job: '\${{ steps.train }}'
      conditions: ['auc >= \${{ input.least }}', 'f1 <= baseline - \${{ input.n }}', '\${{ input.text }}', '"\${{ input.text }} 2" > 0.3']
  best: { uses: compare, with: { job: '\${{ steps.train }}', project: a/b, modelApi: m, metric: '\${{ input.text }}' } }`,
      'input: { properties: { least: { type: number }, n: { type: number }, text: { type: string } }, required: [least, n, text] }',
    );
    expect(named).toMatchObject({
      base: [],
      train: ['auc', 'f1', '${{ input.text }}', '"${{ input.text }} 2" > 0.3'],
    });
  });

  it('by the MLflow run that is registered, and by what the pipeline hands over', () => {
    const named = namedOf(
      `  train: ${job()}
  other: ${job()}
  wide: ${job()}
  register: { uses: register, with: { model: m, job: "\${{ steps.train }}" } }`,
      'outputs: { loss: "${{ steps.other.metrics.loss }}", all: "${{ steps.wide.metrics }}" }',
    );
    expect(named).toMatchObject({ train: [experimentRunStat], other: ['loss'], wide: [experimentRunStat] });
  });
});
