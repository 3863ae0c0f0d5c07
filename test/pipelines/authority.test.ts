/** Whose word counts for what a step has come to. */
import { describe, expect, it } from '@jest/globals';
import { asksForApproval, distrustedSteps, keptSteps } from '../../src/pipelines/authority.js';
import { pipelines } from '../../src/pipelines/built-in.js';
import { documentPipeline } from '../../src/pipelines/document/pipeline.js';
import { documentOf } from '../support/documents.js';

const { retrain, 'train-and-deploy': trainAndDeploy } = pipelines;
const asking = { approval: { by: ['ada'] } };

describe('an output that a person supplies', () => {
  it('is never an approval, nor what acts on one where the input asks for it', () => {
    expect([...keptSteps(retrain, {}).keys()]).toEqual(['approve']);
    expect([...keptSteps(retrain, asking).keys()]).toEqual(['approve', 'deploy']);
    expect(keptSteps(retrain, asking).get('deploy')).toContain('"deploy" deploys what was approved');
    expect(keptSteps(retrain, asking).get('approve')).toContain('longhaul run approve');
  });

  it('is any in a pipeline that asks nobody', () => {
    expect(keptSteps(trainAndDeploy, asking).size).toBe(0);
    expect(asksForApproval(trainAndDeploy, asking)).toBe(false);
    expect([asksForApproval(retrain, {}), asksForApproval(retrain, asking)]).toEqual([false, true]);
  });
});

describe('an output that a file names', () => {
  it('is no approval and, where one is asked for, nothing that comes of it or that no approver sees through', () => {
    expect([...distrustedSteps(retrain, {})]).toEqual(['approve']);
    expect([...distrustedSteps(retrain, asking)]).toEqual(['register', 'approve', 'deploy', 'watch']);
    expect([...distrustedSteps(trainAndDeploy, asking)]).toEqual([]);
  });

  it('is nothing that was measured and is not read again', () => {
    const { steps } = documentPipeline(
      documentOf(
        'ubiops-dev',
        `  ask: { uses: request, with: { project: p, deployment: d, data: { n: 1 } } }
  approve: { uses: approve }
  deploy: { uses: deployment, with: { project: p, deployment: d, input: plain, output: plain, environment: e, files: { deployment.py: pass } } }`,
      ),
      { runId: 'mine.r', startedAt: '2026-11-30T00:00:00.000Z' },
    );
    expect([...distrustedSteps({ steps }, {})]).toEqual(['ask', 'approve', 'deploy']);
  });
});
