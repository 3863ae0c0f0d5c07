/** What steps do on UbiOps, and in which order, that deploy versions and send requests to them. */
import { describe, expect, it } from '@jest/globals';
import { deployment } from '../../../src/steps/ubiops/deployment.js';
import { request } from '../../../src/steps/ubiops/request.js';
import { runOf, trainingRun } from '../../../src/steps/ubiops/training-run.js';
import { effect, recordedStep } from '../recorded-step.js';

const attempt = { cleanup: false };

describe('a version of a deployment', () => {
  const shape = { input: 'plain', output: { y: 'double' } } as const;
  const spec = {
    ...{ project: 'p', deployment: 'churn', ...shape, description: 'd', supportsRequestFormat: true },
    ...{ settings: { environment: 'python3-12' }, files: { 'deployment.py': 'x' }, variables: {} },
    ...{ promote: true, needed: undefined, given: ['project'] },
  };
  const place = { project: 'p', deployment: 'churn', version: 'v2' };
  const made = { ...place, created: true, activeRevision: null };
  const answers = {
    ensureDeployment: [{ created: false, templateId: null }],
    getDefaultVersion: ['v1'],
    ensureVersion: [made],
    getPackages: [['old']],
    ensurePackage: [{ revisionId: 'new', created: true }],
    ensureServing: ['live'],
  };
  const references = [
    { kind: 'deployment', id: 'churn' },
    { kind: 'deploymentVersion', id: 'v2' },
  ];
  const takingBack = { undo: 'takeBackVersion', project: 'p', deployment: 'churn', previous: 'v1' };

  it('is made, built and put live; what served before takes over again where that fails', async () => {
    const { did, step } = recordedStep({ answers, preflight: 'looked up' });
    expect(await deployment.perform(step, { ...spec, serveWithin: '1h' })).toBe('live');
    const { project, given } = spec;
    const named = { connection: 'dev', project, deployment: 'churn' };
    const version = place;
    expect(did).toEqual([
      [
        'ensureDeployment',
        {
          ...{ ...effect, preflight: 'looked up', given },
          spec: { project, deployment: 'churn', ...shape, supportsRequestFormat: true, description: 'd' },
        },
      ],
      ['getDefaultVersion', named],
      ['undo', 'running', takingBack],
      [
        'ensureVersion',
        {
          ...{ ...effect, previous: 'v1', given },
          spec: {
            ...{ project, deployment: 'churn', version: undefined, settings: spec.settings },
            ...{ description: 'd', content: { files: spec.files, variables: {} } },
          },
        },
      ],
      ['answered', { id: 'v2', parent: 'churn', isOwn: true }, made, { ...takingBack, version: 'v2' }],
      ['waiting', 'version v2 of churn to build', ...references],
      ['getPackages', { connection: 'dev', version }],
      ['ensurePackage', { ...effect, version, package: { files: spec.files }, before: ['old'] }],
      ['awaitPackage', { connection: 'dev', version, revisionId: 'new', withinMs: 3_600_000 }],
      ['acting'],
      ['waiting', 'version v2 of churn to serve'],
      [
        'ensureServing',
        {
          ...{ ...effect, version: made, revisionId: 'new', previous: 'v1', promote: true },
          withinMs: 3_600_000,
        },
      ],
    ]);
  });

  it('has its variables before its package, holds its deployment, and is only built where it is not promoted', async () => {
    const { did, step } = recordedStep({ answers });
    const needed = { key: 'k', whenBusy: 'wait' } as const;
    const variables = { A: '1' };
    await deployment.perform(step, { ...spec, variables, needed, promote: false });
    expect(did[0]).toMatchObject(['ensureDeployment', { hold: { key: 'k' } }]);
    expect(did.map(([name]) => name)).toEqual([
      ...['ensureDeployment', 'getDefaultVersion', 'undo', 'ensureVersion', 'answered', 'waiting'],
      ...['ensureVariables', 'getPackages', 'ensurePackage', 'awaitPackage', 'ensureServing'],
    ]);
    expect(did[6]).toEqual(['ensureVariables', { ...effect, version: place, variables }]);
    expect(did[9]).toEqual([
      'awaitPackage',
      { connection: 'dev', version: place, revisionId: 'new', withinMs: undefined },
    ]);
    expect(did.at(-1)).toMatchObject(['ensureServing', { promote: false }]);
  });

  it('holds nothing where no model is named', async () => {
    const { did, step } = recordedStep({ answers });
    await deployment.perform(step, spec);
    expect(did[0]?.[1]).not.toHaveProperty('hold');
  });

  it('is made from what it runs, and taken back by what is known of it', () => {
    const { needed: _, given: _given, ...madeFrom } = spec;
    expect(deployment.madeFrom?.({ ...spec, serveWithin: '1h' })).toEqual(madeFrom);
    expect(deployment.running?.(spec)).toEqual({
      undo: 'takeBackVersion',
      project: 'p',
      deployment: 'churn',
    });
    const output = { ...place, created: false, revisionId: 'new', promoted: true, previous: null };
    expect(deployment.refersTo?.(output)).toEqual(references);
    expect(deployment.reuses?.(output, spec)).toBe('version v2 of churn');
    expect(deployment.reuses?.({ ...output, created: true }, spec)).toBeNull();
  });
});

const place = { project: 'p', deployment: 'churn', version: 'v1' };
const kept = { logLines: 20, metrics: ['auc'], resultBytes: 100 };
const begun = { ...place, requestId: 'q', jobId: 'p/churn/v1/q' };
const output = {
  ...{ ...begun, metrics: {}, artifact: null, result: null, startedAt: null, completedAt: null },
  logTail: [],
};

describe('a request', () => {
  const spec = { project: 'p', deployment: 'churn', data: { x: 1 }, marked: '_longhaul', given: ['project'] };
  const sent = { data: { x: 1 }, marked: '_longhaul', timeoutSeconds: undefined };

  it('goes to the version that it names, and is awaited as long as it may take', async () => {
    const answers = { ensureRequest: [begun], awaitRequest: ['answered'] };
    const { did, step } = recordedStep({ answers, preflight: 'looked up' });
    expect(await request.perform(step, { ...spec, ...kept, version: 'v1', within: '1h' })).toBe('answered');
    expect(did).toEqual([
      ['undo', 'running', { undo: 'stopRequests', ...place }],
      [
        'ensureRequest',
        {
          ...{ ...effect, preflight: 'looked up', given: ['project'] },
          spec: { version: place, isDefault: false, ...sent },
        },
      ],
      ['answered', { id: begun.jobId, isOwn: true }, begun],
      ['waiting', 'request q to end', { kind: 'job', id: begun.jobId }],
      ['awaitRequest', { connection: 'dev', request: begun, ...kept, withinMs: 3_600_000 }],
    ]);
  });

  it('goes to the default of now; a retry looks for it at all versions, for the default may have changed', async () => {
    const answers = { getDefaultVersion: ['v1'], ensureRequest: [begun] };
    const first = recordedStep({ answers });
    await request.perform(first.step, { ...spec, ...kept });
    expect(first.did.slice(0, 3)).toEqual([
      [
        'getDefaultVersion',
        {
          ...{ connection: 'dev', project: 'p', deployment: 'churn', given: ['project'] },
          ...{ preflight: undefined, begunBefore: false },
        },
      ],
      ['undo', 'running', { undo: 'stopRequests', ...place }],
      [
        'ensureRequest',
        { ...effect, given: ['project'], spec: { version: place, isDefault: true, ...sent } },
      ],
    ]);
    expect(first.did.at(-1)).toEqual([
      'awaitRequest',
      { connection: 'dev', request: begun, ...kept, withinMs: undefined },
    ]);
    const begunBefore = { ...effect, begunBefore: true };
    const retry = recordedStep({ answers, effect: begunBefore });
    await request.perform(retry.step, { ...spec, ...kept });
    expect(retry.did[1]).toEqual([
      'undo',
      'running',
      { undo: 'stopRequests', project: 'p', deployment: 'churn' },
    ]);
    const named = recordedStep({ answers: { ensureRequest: [begun] }, effect: begunBefore });
    await request.perform(named.step, { ...spec, ...kept, version: 'v1' });
    expect(named.did[0]).toEqual(['undo', 'running', { undo: 'stopRequests', ...place }]);
  });

  it('is refused where the deployment has no version that serves', async () => {
    const { did, step } = recordedStep({ answers: { getDefaultVersion: [null] } });
    await expect(request.perform(step, { ...spec, ...kept })).rejects.toMatchObject({
      type: 'NOT_FOUND',
      message: expect.stringMatching(/^deployment churn of project p has no version that requests go to/),
    });
    expect(did).toHaveLength(1);
  });

  it('is made from what it sends, and stopped by its marker or its id', () => {
    const { given: _, ...madeFrom } = spec;
    expect(request.madeFrom?.({ ...spec, ...kept, within: '1h' })).toEqual(madeFrom);
    expect(request.running?.({ ...spec, ...kept })).toEqual({
      ...{ undo: 'stopRequests', project: 'p', deployment: 'churn', version: undefined },
    });
    expect(request.leaves?.twin?.(output, { ...spec, ...kept }, attempt)).toEqual({
      target: { undo: 'stopRequests', ...place },
      made: { id: begun.jobId },
    });
  });
});

describe('a training', () => {
  const spec = {
    ...{ project: 'p', experiment: 'trees', settings: { environment: 'python3-12' }, bucket: 'mine' },
    ...{ code: 'ubiops-file://default/train.zip', parameters: { depth: 3 }, given: ['project'], ...kept },
  };
  const experiment = { project: 'p', deployment: 'training-base-deployment', version: 'trees' };
  const run = {
    version: experiment,
    data: {
      ...{ name: 'mine.k', description: '', training_code: spec.code, training_data: null },
      parameters: { depth: 3 },
    },
    ...{ marked: 'name', timeoutSeconds: undefined },
  };
  const answersOf = (templateId: string | null, activeRevision: string | null) => ({
    ensureDeployment: [{ created: true, templateId }],
    ensureVersion: [{ ...experiment, created: true, activeRevision }],
    getPackages: [['old']],
    ensurePackage: [{ revisionId: 'new', created: true }],
    ensureRequest: [begun],
    awaitRequest: ['trained'],
  });

  it('makes its experiment from the template of the platform, and runs in it', async () => {
    const { did, step } = recordedStep({ answers: answersOf('tpl', null), preflight: 'looked up' });
    expect(await trainingRun.perform(step, spec)).toBe('trained');
    expect(did.slice(0, 8)).toEqual([
      [
        'ensureDeployment',
        {
          ...{ ...effect, preflight: 'looked up', given: ['project'] },
          spec: { project: 'p', deployment: 'training-base-deployment', isForTraining: true },
        },
      ],
      ['ensureVersion', { ...effect, given: ['project'], spec: { ...experiment, settings: spec.settings } }],
      ['waiting', 'experiment trees', { kind: 'experiment', id: 'p/trees' }],
      ['ensureVariables', { ...effect, version: experiment, variables: { SYS_DEFAULT_BUCKET: 'mine' } }],
      ['getPackages', { connection: 'dev', version: experiment }],
      ['ensurePackage', { ...effect, version: experiment, package: { templateId: 'tpl' }, before: ['old'] }],
      ['awaitPackage', { connection: 'dev', version: experiment, revisionId: 'new' }],
      ['undo', 'running', { undo: 'stopRequests', ...experiment }],
    ]);
    expect(did[8]).toEqual([
      'ensureRequest',
      { ...effect, preflight: 'looked up', given: ['project'], spec: run },
    ]);
  });

  it.each([
    ['runs a package already', 'tpl', 'active'],
    ['comes from no template', null, null],
  ])('uploads nothing to an experiment that %s', async (_, templateId, activeRevision) => {
    const { did, step } = recordedStep({ answers: answersOf(templateId, activeRevision) });
    await trainingRun.perform(step, spec);
    expect(did.map(([name]) => name)).toEqual([
      ...['ensureDeployment', 'ensureVersion', 'waiting', 'ensureVariables'],
      ...['undo', 'ensureRequest', 'answered', 'waiting', 'awaitRequest'],
    ]);
  });

  it('is sent with what it is told, under its own name if it has one', () => {
    const told = {
      ...spec,
      name: 'n',
      description: 'd',
      data: 'ubiops-file://default/x',
      timeoutSeconds: 60,
    };
    expect(runOf(spec, { runId: 'mine.k' })).toEqual(run);
    expect(runOf(told, { runId: 'mine.k' })).toEqual({
      ...{ ...run, timeoutSeconds: 60 },
      data: { ...run.data, name: 'n', description: 'd', training_data: 'ubiops-file://default/x' },
    });
  });

  it('is stopped by its marker or its id', () => {
    expect(trainingRun.running?.(spec)).toEqual({ undo: 'stopRequests', ...experiment });
    expect(trainingRun.leaves?.twin?.({ ...output, version: 'trees' }, spec, attempt)).toEqual({
      target: { undo: 'stopRequests', ...experiment },
      made: { id: begun.jobId },
    });
  });
});
