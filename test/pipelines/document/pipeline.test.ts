/** A document as the pipeline that the kernel and plans walk. */
import { describe, expect, it } from '@jest/globals';
import { digestOfSubject } from '../../../src/run/approvals/deployment-subject.js';
import { documentPipeline } from '../../../src/pipelines/document/pipeline.js';
import type { Json } from '../../../src/run/steps.js';
import { documentOf } from '../../support/documents.js';

const run = { runId: 'mine.r', startedAt: '2026-11-29T00:00:00.000Z' };
const pipelineOf = (steps: string, more = '') => documentPipeline(documentOf('dev', steps, { more }), run);
const job = (command: string, more = '') =>
  `{ uses: job, ${more}${more && ', '}with: { project: ds/churn, command: ${command} } }`;

describe('a step of a document', () => {
  const { steps } = pipelineOf(
    `  train: ${job('python train.py')}
  gate: { uses: gate, if: "\${{ input.strict == true }}", with: { job: "\${{ steps.train }}", conditions: [auc >= 0.9] } }
  register: { uses: register, with: { model: churn, job: "\${{ steps.train }}" } }
  told: ${job('python told.py', 'if: "${{ steps.train.state == \'failed\' }}"')}`,
    'input: { properties: { strict: { type: boolean } }, required: [strict] }',
  );
  const trained: Json = { jobId: 'j1', metrics: { auc: 0.95 }, experimentRunId: 'f'.repeat(32) };

  it('is passed over with the reason, and its own condition releases what it holds back', () => {
    const outputs = { train: trained };
    expect(steps['gate']?.passes({ strict: false }, outputs)).toEqual({
      reason: 'its condition does not hold: input.strict == true',
      isReleased: true,
    });
    expect(steps['gate']?.passes({ strict: true }, outputs)).toBeNull();
    const released = { gate: { state: 'skipped', isReleased: true } } as const;
    expect(steps['register']?.passes({}, { ...outputs, gate: null }, { ends: released })).toBeNull();
    const held = { gate: { state: 'skipped', reason: 'needs x' } } as const;
    expect(steps['register']?.passes({}, { ...outputs, gate: null }, { ends: held })).toEqual({
      reason: 'is held back by gate, which was skipped: needs x',
    });
  });

  it('is passed over when what it needs has failed, and reads how that has ended where it asks', () => {
    const seen = { ends: { train: { state: 'failed', reason: 'exit 1' } } } as const;
    expect(steps['register']?.passes({}, { train: null, gate: null }, seen)).toEqual({
      reason: 'needs train, which has failed: exit 1',
    });
    const released = {
      ...seen,
      ends: { ...seen.ends, gate: { state: 'skipped', isReleased: true } },
    } as const;
    expect(steps['told']?.passes({}, { train: null, gate: null }, released)).toBeNull();
  });

  it('acts where the document says, and nothing of it goes because an input has a `cleanup` of its own', () => {
    const pipeline = pipelineOf(`  train: { connection: other, ${job('python train.py').slice(1)}`);
    expect(pipeline.steps['train']?.connection).toBe('other');
    expect(pipeline.cleansUp({ cleanup: true })).toBe(false);
  });

  it('says what it acts on, as far as the document says it', () => {
    const { steps: all } = pipelineOf(`  train: ${job('python train.py')}
  ask: { uses: http, with: { service: reports, path: /x } }
  list: { uses: call, with: { endpoint: domino.datasets.list } }
  child: { uses: pipeline, with: { pipeline: train-and-deploy, input: { project: a/b, train: { command: go } } } }
  rest: { uses: pause, with: { for: 1h } }`);
    expect(Object.values(all).map((step) => step.on({}))).toEqual([
      ...['project ds/churn', 'reports', 'domino.datasets.list', 'train-and-deploy', ''],
    ]);
  });

  it('may be made again by what its kind and the document say', () => {
    const { steps: bounded } = pipelineOf(
      `  train: ${job('python train.py', 'within: 6h, onFailure: continue, tries: { count: 3, backoff: 2m, within: 1h }')}`,
    );
    expect(bounded['train']?.repeats).toEqual(['JOB_FAILED', 'JOB_BROKEN', 'TIMED_OUT']);
    expect(bounded['train']?.bounds).toEqual({
      ...{ onFailure: 'continue', withinMs: 21_600_000 },
      tries: { count: 3, backoffMs: 120_000, upToMs: 600_000, withinMs: 3_600_000 },
    });
  });
});

describe('a step with items', () => {
  const { steps } = pipelineOf(
    `  train: ${job('"python train.py ${{ item }} ${{ index }}"', 'each: "${{ input.list }}", atOnce: 2')}
  best: { uses: choose, with: { from: "\${{ steps.train }}", by: auc } }`,
    'input: { properties: { list: { type: array, items: { type: number } } }, required: [list] }',
  );

  it('is done for each by a spec of its own', () => {
    const each = steps['train']?.each;
    expect(each?.atOnce).toBe(2);
    expect(each?.itemsOf({ list: [7, 8] }, {})).toEqual([7, 8]);
    expect(each?.stepOf(8, 1).specOf({ list: [7, 8] }, {})).toMatchObject({ command: 'python train.py 8 1' });
    expect(() => each?.itemsOf({ list: null }, {})).toThrow(
      'each of "train" must be a list; it came to null',
    );
  });

  it('leaves nothing of its own on the platform', () => {
    const train = steps['train'];
    expect(train?.unfinished({}, { cleanup: true })).toEqual([]);
    expect(train?.beside({ items: [] })).toBeNull();
    expect(train?.twin({ items: [] }, {}, { cleanup: true })).toBeNull();
  });

  it('is read by those below as a list', () => {
    const output: Json = { items: [{ state: 'succeeded', metrics: { auc: 0.9 } }], counts: {} };
    expect(steps['best']?.specOf({ list: [1] }, { train: output })).toMatchObject({
      candidates: [{ metrics: { auc: 0.9 } }],
    });
  });
});

describe('a deployment that somebody approves', () => {
  const { steps } = pipelineOf(`  train: ${job('python train.py')}
  register: { uses: register, with: { model: churn, job: "\${{ steps.train }}" } }
  approve: { uses: approve, if: "\${{ steps.train.metrics.auc < 0.99 }}", with: { within: 1d } }
  deploy: { uses: deploy, with: { modelApi: churn-api, project: ds/churn, job: "\${{ steps.train }}", environment: env1, from: "\${{ steps.register }}" } }`);
  const train: Json = {
    ...{ projectId: 'p1', jobId: 'j1', metrics: { auc: 0.9 }, experimentRunId: null },
    ...{ outputCommitId: null, revisionId: null },
  };
  const outputs = { train, register: { model: 'churn', version: 3 } };
  const approved = (version: number): Json => {
    const spec = steps['approve']?.specOf({}, { ...outputs, register: { model: 'churn', version } });
    if (spec === undefined || spec === null || !('subject' in spec)) throw new Error('nothing is approved');
    return { decision: 'approved', digest: digestOfSubject(spec.subject as never) };
  };

  it('is done by that approval alone', () => {
    const refusal = (approve: Json) => steps['deploy']?.refusal({}, { ...outputs, approve });
    expect(steps['deploy']?.reads).toEqual(['approve']);
    expect(refusal(approved(3))).toBeNull();
    expect(refusal(approved(2))).toEqual({
      code: 'APPROVAL_MISSING',
      message: 'what would be deployed is not what "approve" approved',
    });
    expect(refusal({ decision: 'approved' })).toMatchObject({ code: 'APPROVAL_MISSING' });
  });

  it('is done without one where none is asked for', () => {
    expect(steps['deploy']?.refusal({}, { ...outputs, approve: null })).toBeNull();
    expect(steps['deploy']?.refusal({}, outputs)).toBeNull();
  });
});

describe('a pipeline of a document', () => {
  it('looks up what the input alone tells of its steps, projects first', () => {
    const pipeline = pipelineOf(
      `  environment: { uses: environment, with: { name: churn, base: { environmentId: base1 } } }
  train: { uses: job, with: { project: ds/churn, command: python train.py, hardwareTier: "\${{ input.tier }}", environment: "\${{ steps.environment }}" } }
  each: { uses: job, each: [1], with: { project: ds/other, command: python each.py } }
  serve: { uses: deploy, with: { modelApi: api, project: ds/churn, job: "\${{ steps.train }}", environment: env1, source: { file: a.py, function: f } } }`,
      'input: { properties: { tier: { type: string } }, required: [tier] }',
    );
    expect(pipeline.preflights({ tier: 'small' })).toEqual([
      {
        connection: 'dev',
        project: 'ds/churn',
        named: [
          { kind: 'project', field: 'steps.train.with.project', value: 'ds/churn' },
          { kind: 'project', field: 'steps.each.with.project', value: 'ds/other' },
          { kind: 'environment', field: 'steps.environment.with.base.environmentId', value: 'base1' },
          { kind: 'hardware tier', field: 'steps.train.with.hardwareTier', value: 'small' },
          { kind: 'environment', field: 'steps.serve.with.environment', value: 'env1' },
        ],
      },
    ]);
    expect(pipelineOf('  end: { uses: end, with: { outcome: a, conclusion: b } }').preflights({})).toEqual(
      [],
    );
  });

  describe('on UbiOps', () => {
    const more = 'input: { properties: { go: { type: boolean, default: true } } }';
    const namesIn = (steps: string, input: Json = {}) =>
      documentPipeline(documentOf('ubiops-dev', steps, { more }), run)
        .preflights(input)
        .flatMap(({ named }) =>
          named.map(({ kind, field, value, project, within }) =>
            [kind, field.replace('steps.', '').replace('with.', ''), value, project, within]
              .filter((part) => part !== undefined)
              .join(' '),
          ),
        );
    const serve = (name: string, more = '') =>
      `{ uses: deployment, with: { project: iris, deployment: ${name}, input: plain, output: plain, files: { deployment.py: x }, ${more} } }`;

    it('looks up whatever its steps name and do not make, each in its project', () => {
      expect(
        namesIn(`
  env: { uses: environment, with: { project: iris, name: mine, base: python3-12 } }
  rev: { uses: revision, with: { environment: "\${{ steps.env }}", sourceEnvironment: other, sourceTag: t1 } }
  train: { uses: training-run, each: [1], with: { project: churn, experiment: e, environment: conda, tag: t2, instanceType: big, bucket: data, code: ubiops-file://default/a/train.py, parameters: { n: "\${{ item }}" } } }
  ask: { uses: request, with: { project: iris, deployment: echo, version: v1, data: {} } }`),
      ).toEqual([
        'project env.project iris',
        'project train.project churn',
        'environment env.base python3-12 iris',
        'environment rev.sourceEnvironment other iris',
        'tag rev.sourceTag t1 iris other',
        'environment train.environment conda churn',
        'tag train.tag t2 churn conda',
        'instance type train.instanceType big churn',
        'bucket train.bucket data churn',
        'bucket train.code default churn',
        'file train.code a/train.py churn default',
        'deployment ask.deployment echo iris',
        'version ask.version v1 iris echo',
      ]);
    });

    it('looks up nothing that another step makes, or may make before', () => {
      expect(
        namesIn(`
  env: { uses: environment, with: { project: iris, name: mine, base: python3-12 } }
  serve: ${serve('echo', 'environment: mine, tag: t1')}
  ask: { uses: request, needs: [serve], with: { project: iris, deployment: echo, version: v1, data: {} } }
  files: { uses: training-run, needs: [ask], with: { project: iris, experiment: e, environment: conda, code: ubiops-file://b/train.py } }
  other: { uses: call, with: { endpoint: ubiops.projects.get, params: { projectName: iris } } }
  last: { uses: request, needs: [other], with: { project: iris, deployment: unknown, data: {} } }`),
      ).toEqual([
        'project env.project iris',
        'environment env.base python3-12 iris',
        'environment files.environment conda iris',
      ]);
    });

    it('looks up what is named under a condition, or for each of a list, where the input says that it runs', () => {
      const ask = (more: string) =>
        `  ask: { uses: request, ${more}, with: { project: iris, deployment: echo, data: {} } }`;
      const found = ['project ask.project iris', 'deployment ask.deployment echo iris'];
      expect(namesIn(ask('if: "${{ input.go }}"'), { go: true })).toEqual(found);
      expect(namesIn(ask('if: "${{ input.go }}"'), { go: false })).toEqual([]);
      expect(namesIn(ask('each: "${{ input.go ? [1] : [] }}"'), { go: false })).toEqual([]);
      expect(namesIn(ask('each: "${{ input.go ? [1] : [] }}"'), { go: true })).toEqual(found);
    });

    it('looks up nothing in a project that is not known yet', () => {
      expect(
        namesIn(`
  one: { uses: request, with: { project: iris, deployment: echo, data: {} } }
  two: { uses: request, with: { project: "\${{ steps.one.project }}", deployment: other, data: {} } }`),
      ).toEqual(['project one.project iris', 'deployment one.deployment echo iris']);
    });
  });

  it('looks it up on each connection that its steps use', () => {
    const named = (name: string, project: string) => ({
      ...{ kind: 'project', field: `steps.${name}.with.project`, value: project },
    });
    const pipeline = pipelineOf(
      `  score: { uses: job, connection: other, with: { project: ds/score, command: go } }\n  train: ${job('go')}`,
    );
    expect(pipeline.preflights({})).toEqual([
      { connection: 'other', project: 'ds/score', named: [named('score', 'ds/score')] },
      { connection: 'dev', project: 'ds/churn', named: [named('train', 'ds/churn')] },
    ]);
  });

  it('hands over what there is of its outputs, and names what has failed without ending it', () => {
    const pipeline = pipelineOf(
      `  one: ${job('python one.py', 'onFailure: continue')}
  two: ${job('python two.py')}`,
      'outputs: { one: "${{ steps.one.jobId }}", two: "${{ steps.two.jobId }}", id: "${{ run.id }}" }',
    );
    const outputs = { one: null, two: { jobId: 'j2' } };
    const seen = { ends: { one: { state: 'failed' } } } as const;
    const ending = pipeline.end(outputs, seen);
    expect(ending).toEqual({ outcome: 'succeeded', conclusion: 'without one, which failed' });
    expect(pipeline.result({}, outputs, ending, seen)).toEqual({
      ...{ outcome: 'succeeded', conclusion: 'without one, which failed' },
      outputs: { two: 'j2', id: 'mine.r' },
    });
    expect(pipeline.end(outputs, {})).toBeNull();
  });

  it('tells the steps that are done last how the run has ended', () => {
    const pipeline = pipelineOf(
      `  train: ${job('python train.py')}
finally:
  within: 5m
  steps:
    report: ${job('[python, "${{ run.outcome }}", "${{ run.reason }}", "${{ run.failed.size() }}", "${{ run.left.size() }}"]')}`,
    );
    const ended = { outcome: 'failed', reason: 'exit 1', failed: ['train'], left: [] };
    const seen = { ends: { train: { state: 'failed' } }, run: ended } as const;
    expect(pipeline.last?.withinMs).toBe(300_000);
    const report = pipeline.last?.steps['report'];
    expect(report?.passes({}, { train: null }, seen)).toBeNull();
    expect(report?.specOf({}, { train: null }, seen)).toMatchObject({
      command: "python failed 'exit 1' 1 0",
    });
  });
});
