/** Steps that judge what others have made: gates, comparisons, approvals. */
import { describe, expect, it } from '@jest/globals';
import { approve } from '../../src/steps/approve.js';
import { deployingModel } from '../../src/steps/domino/approving.js';
import { choose } from '../../src/steps/choose.js';
import { compare } from '../../src/steps/compare.js';
import { gate } from '../../src/steps/gate.js';
import { recordedStep } from './recorded-step.js';

const live = (auc: number, more: object = {}) => ({ model: 'm', modelVersion: 3, metrics: { auc }, ...more });

describe('a gate', () => {
  const measured = { metrics: { auc: 0.9 } };
  const project = { project: 'a/b', modelApi: 'api' };

  it('asks for what is live by the metrics that it names, and judges beside it', async () => {
    const { did, step } = recordedStep({ answers: { getLiveModel: [live(0.8)] } });
    const output = await gate.perform(step, {
      conditions: ['auc > baseline'],
      measured,
      baseline: project,
    });
    expect(did).toEqual([['getLiveModel', { connection: 'dev', ...project, metrics: ['auc'] }]]);
    expect(output).toMatchObject({ baseline: live(0.8), verdicts: [{ condition: 'auc > baseline' }] });
  });

  it.each([
    [{ numbers: { auc: 0.5 } }, 'auc > baseline', 'numbers'],
    [null, 'auc > 0.5', null],
  ])('asks nothing where its baseline is %j', async (baseline, condition, said) => {
    const { did, step } = recordedStep();
    expect(await gate.perform(step, { conditions: [condition], measured, baseline })).toMatchObject({
      baseline: said,
    });
    expect(did).toEqual([]);
  });

  it('judges by the numbers that it is given', async () => {
    const spec = { conditions: ['auc > baseline'], measured, baseline: { numbers: { auc: 0.95 } } };
    await expect(gate.perform(recordedStep().step, spec)).rejects.toMatchObject({ type: 'GATE_REFUSED' });
  });

  it('fails the step where a condition does not hold', async () => {
    const spec = { conditions: ['auc > 0.95'], measured, baseline: null };
    await expect(gate.perform(recordedStep().step, spec)).rejects.toMatchObject({ type: 'GATE_REFUSED' });
  });
});

describe('a comparison', () => {
  const spec = {
    by: { metric: 'auc', better: 'higher' as const },
    measured: { metrics: { auc: 0.9 } },
    live: { project: 'a/b', modelApi: 'api', metrics: ['auc'] },
  };

  it('is made from the metric and the model API, and asks for what is live', async () => {
    const { did, step } = recordedStep({ answers: { getLiveModel: [live(0.8)] } });
    expect(await compare.perform(step, spec)).toMatchObject({ better: true, value: 0.9, live: 0.8 });
    expect(did).toEqual([['getLiveModel', { connection: 'dev', ...spec.live }]]);
    expect(compare.madeFrom?.(spec)).toEqual({ by: spec.by, project: 'a/b', modelApi: 'api' });
  });

  it('asks nothing where the metric was not measured, and fails where the live model lacks it', async () => {
    const unmeasured = recordedStep();
    await expect(
      compare.perform(unmeasured.step, { ...spec, measured: { metrics: {} } }),
    ).rejects.toMatchObject({ type: 'METRIC_MISSING' });
    expect(unmeasured.did).toEqual([]);
    const { step } = recordedStep({ answers: { getLiveModel: [{ ...live(0.8), metrics: {} }] } });
    await expect(compare.perform(step, spec)).rejects.toMatchObject({ type: 'BASELINE_UNKNOWN' });
  });

  it.each([
    [{ live: 0.95, bound: 0.95 }, 'auc 0.9 against 0.95 of the live model'],
    [{ live: 0.95, bound: 1 }, 'auc 0.9 against 0.95 of the live model (needed 1)'],
    [{ live: null, bound: 0.5 }, 'auc 0.9 against nothing of the live model (needed 0.5)'],
    [{ live: 0.95, bound: null }, 'auc 0.9 against 0.95 of the live model (needed 0)'],
  ])('ends the run where the new model is not better: %j', (than, conclusion) => {
    const comparison = { metric: 'auc', value: 0.9, liveVersion: null, ...than };
    expect(compare.ends?.({ ...comparison, better: false })).toEqual({ outcome: 'not-better', conclusion });
    expect(compare.ends?.({ ...comparison, better: true })).toBeNull();
  });
});

describe('a choice', () => {
  it('hands over the best, and fails where nothing can be chosen', async () => {
    const candidates = [{ metrics: { auc: 1 } }, null, { metrics: { auc: 0 } }];
    const { step } = recordedStep();
    const of = { candidates, by: 'auc', highest: true };
    expect(await choose.perform(step, of)).toEqual({ ...candidates[0], index: 0, value: 1 });
    expect(() => choose.perform(step, { ...of, by: 'f1' })).toThrow(
      'of 3 candidates, 2 have succeeded, and none of them has measured f1',
    );
    for (const metrics of [null, [1], 'auc'])
      expect(() => choose.perform(step, { ...of, candidates: [{ metrics }] })).toThrow('none of them');
  });
});

describe('an approval', () => {
  const model = {
    subject: { connection: 'dev', project: 'a/b', deploys: { name: 'api' }, trained: { jobId: 'j' } },
    job: { metrics: { auc: 0.9, f1: 1 }, commitId: 'c'.repeat(40) } as never,
    registered: { model: 'm', version: 4 } as never,
    live: { project: 'a/b', modelApi: 'api', metrics: ['auc'] },
  };
  const spec = {
    ...deployingModel(model),
    asked: { by: ['lead'], within: '3d', byStarter: true },
    decision: {
      verdict: 'retrain',
      evidence: [
        { verdict: 'holds', condition: 'drift', value: 'psi 0.3' },
        { verdict: 'holds', condition: 'age' },
        { verdict: 'holds', condition: 'always' },
        { verdict: 'fails', condition: 'not this' },
      ],
    } as never,
    decideStep: 'decide',
  };
  const asked = async (given: object, more: object = {}, of: unknown = live(0.8)) => {
    const { did, step } = recordedStep({ answers: { getLiveModel: [of], ask: ['decided'] }, ...given });
    expect(await approve.perform(step, { ...spec, ...more })).toBe('decided');
    const [, , ask] = did;
    expect(did.slice(0, 2)).toEqual([
      ['record', 'awaiting-approval'],
      ['getLiveModel', { connection: 'dev', ...model.live }],
    ]);
    return (ask?.[1] as [unknown, { changed: string[] }])[1];
  };

  it('shows what would be deployed beside what is live, and what has changed', async () => {
    expect(await asked({}, {}, live(0.8, { commitId: 'd'.repeat(40) }))).toEqual({
      ...{ model: 'm', version: 4, metrics: { auc: 0.9, f1: 1 }, subject: model.subject, lines: spec.lines },
      live: { version: 3, metrics: { auc: 0.8 } },
      changed: ['drift: psi 0.3', 'age', 'trained on commit cccccccccccc, the live model on dddddddddddd'],
    });
    expect(await asked({}, {}, null)).toMatchObject({ live: null, changed: ['drift: psi 0.3', 'age'] });
  });

  it.each([{ commitId: 'c'.repeat(40) }, { commitId: null }])('tells no other commit: %j', async (commit) => {
    expect((await asked({}, { decision: undefined }, live(0.8, commit))).changed).toEqual([]);
    const untold = deployingModel({ ...model, job: { metrics: {}, commitId: null } as never });
    const other = live(0.8, { commitId: 'd'.repeat(40) });
    const changed = await asked({}, { decision: undefined, ...untold }, other);
    expect(changed.changed).toEqual([]);
  });

  it('says why it is asked again, and what a person has supplied, whose evidence is none', async () => {
    const run = {
      continuation: { asksAgain: 'replayed by bob' },
      supplied: () => [
        { name: 'decide', reason: 'ada: it is due' },
        { name: 'job', reason: 'bob: by hand' },
      ],
    };
    const supplied = [
      'the output of "decide" was supplied by ada: it is due',
      'the output of "job" was supplied by bob: by hand',
    ];
    expect((await asked({ run })).changed).toEqual(['replayed by bob', ...supplied]);
    expect((await asked({ run, again: 'it has changed' })).changed).toEqual([
      'approval is asked again: it has changed',
      ...supplied,
    ]);
    expect((await asked({ run }, { decideStep: 'other' })).changed).toContain('age');
    expect((await asked({}, { decision: {} })).changed).toEqual([]);
  });

  it.each([
    [{ decision: 'approved' }, null],
    [
      { decision: 'rejected', by: 'ada', reason: 'no' },
      { outcome: 'rejected', conclusion: 'ada: no' },
    ],
    [{ decision: 'rejected' }, { outcome: 'rejected', conclusion: 'somebody: no reason' }],
    [{ decision: 'expired' }, { outcome: 'approval-expired', conclusion: 'nobody decided in time' }],
  ])('ends the run unless it is approved: %j', (output, ending) => {
    expect(approve.ends?.(output as never)).toEqual(ending);
  });

  it('is made from what is asked, and counts for what it was given for', () => {
    expect(approve.madeFrom?.(spec)).toBe(spec.asked);
    expect(approve.fault?.({ decision: 'approved' } as never, undefined)).toBe(
      'what would be deployed is not known yet',
    );
    expect(approve.fault?.({ decision: 'approved' } as never, spec)).toBe(
      'the decision does not say what it was on',
    );
  });
});
