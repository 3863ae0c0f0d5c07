/** Plans of replays of documents, made by looking at the simulator over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { markerOf } from '../../src/activities/effect/attempt.js';
import { cutOffIn, goingOn as goingOnBeside } from '../../src/activities/replay/going-on.js';
import { cleaningOf } from '../../src/activities/replay/left-running.js';
import { startFrom } from '../../src/activities/replay/replay-start.js';
import type { AttemptRecord, ReplayPlan, ReplayRequest } from '../../src/run/replays/replays.js';
import type { Step, StepState } from '../../src/run/steps.js';
import { documentOf } from '../support/documents.js';
import { at, failed, job, step, succeeded } from './attempt-steps.js';
import { type Setting, openSetting, planOn } from './retraining-stage.js';

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(() => setting.close());

const skipped: StepState = { status: 'skipped', endedAt: at, reason: 'needs train, which has failed' };

const sweep = (command = 'python train.py', more = '') =>
  documentOf(
    'domino-test',
    `  data: { uses: job, with: { project: ada/iris, command: python data.py } }
  train:
    uses: job
    needs: data
    each: "\${{ input.depths }}"
    with: { project: ada/iris, command: "${command} \${{ item }}" }
  best: { uses: choose, with: { from: "\${{ steps.train }}", by: auc } }
${more}`,
    {
      name: 'sweep',
      more: 'input: { properties: { depths: { type: array, items: { type: number } } }, required: [depths] }',
    },
  );

const record = (steps: readonly Step[], change: Partial<AttemptRecord> = {}): AttemptRecord => ({
  ...{ format: 'longhaul.attempt/1', runId: 'sweep.x', attemptId: 'a2', firstAttemptId: 'a1' },
  ...{ pipeline: 'sweep', document: sweep(), connection: 'domino-test', inputDigest: 'd' },
  ...{ input: { depths: [4, 6] }, trigger: { kind: 'cli' }, status: 'failed', startedAt: at },
  steps,
  ...change,
});

const planOf = (of: AttemptRecord, request: Partial<ReplayRequest> = {}) => planOn(setting, of, request);
const actions = ({ steps }: ReplayPlan) =>
  Object.fromEntries(steps.map(({ name, action }) => [name, action]));

/** Its jobs are on the platform. */
async function halfDone(): Promise<readonly Step[]> {
  const ids = [];
  for (const title of ['data', 'train']) ids.push(await setting.startJob({ runCommand: 'train', title }));
  await setting.pass(200);
  return [
    step('data', succeeded(job(ids[0] ?? ''))),
    step('train', failed, { items: 2, tries: 0 }),
    step('train.0', succeeded(job(ids[1] ?? '')), { item: 4 }),
    step('train.1', failed, { item: 6 }),
    step('best', skipped),
  ];
}

describe('a replay of a document', () => {
  it('runs the item again that has failed, and hands over the others', async () => {
    const of = record(await halfDone());
    const plan = await planOf(of);
    expect(actions(plan)).toEqual({
      ...{ data: 'reused', train: 'run', 'train.0': 'reused', 'train.1': 'run', best: 'run' },
    });
    expect(plan.steps.find(({ name }) => name === 'train')?.why).toBe('2 items: 1 reused, 1 to run');
    const start = startFrom(of, plan, {
      replaying: { plan: plan.hash, by: 'ada', reason: 'again' },
      ...{ resolvers: [], isFork: false, isFromFile: false },
    });
    expect(start.document).toEqual(of.document);
    expect(Object.keys(start.continuation?.outputs ?? {})).toEqual(['data', 'train.0']);
    expect(start.continuation?.startedAt).toBe(at);
  });

  it('plans an item that is new, and one that is another', async () => {
    const plan = await planOf(record(await halfDone()), { set: { depths: [5, 6, 8] } });
    expect(actions(plan)).toMatchObject({ 'train.0': 'run', 'train.1': 'run', 'train.2': 'run' });
    expect(plan.steps.find(({ name }) => name === 'train.0')).toMatchObject({ generation: 2 });
  });

  it('runs one item again, and what reads it', async () => {
    const plan = await planOf(record(await halfDone()), { from: 'train.0' });
    expect(actions(plan)).toEqual({
      ...{ data: 'reused', train: 'run', 'train.0': 'run', 'train.1': 'run', best: 'run' },
    });
  });

  it('makes all items anew that were begun, where what they are made from is made anew', async () => {
    const plan = await planOf(record(await halfDone()), { from: 'data' });
    expect(actions(plan)).toMatchObject({ data: 'run', train: 'run', 'train.0': 'run', 'train.1': 'run' });
    expect(plan.steps.map(({ generation }) => generation)).toEqual([2, 1, 2, 2, 1]);
  });

  it('goes on by another document, and says what differs', async () => {
    const document = sweep('python other.py');
    const of = record(await halfDone());
    const plan = await planOf(of, { document });
    expect(actions(plan)).toMatchObject({ data: 'reused', 'train.0': 'run', 'train.1': 'run' });
    expect(plan.differences).toContainEqual({
      what: 'definition',
      detail: 'steps.train.with.command: "python train.py ${{ item }}" is now "python other.py ${{ item }}"',
    });
    expect(plan.hash).not.toBe((await planOf(of)).hash);
    const start = startFrom(of, plan, {
      replaying: { plan: plan.hash, by: 'ada', reason: 'again' },
      ...{ resolvers: [], isFork: true, isFromFile: false },
    });
    expect(start.document).toEqual(document);
    expect(start.continuation?.startedAt).toBeUndefined();
  });

  it('goes on by the defaults of another document', async () => {
    const document = documentOf(
      'domino-test',
      `  data: { uses: job, with: { project: ada/iris, command: python data.py } }
  more: { uses: job, with: { project: ada/iris, command: [python, more.py, "\${{ input.kind }}"] } }`,
      {
        name: 'sweep',
        more: 'input: { properties: { depths: {}, kind: { type: string, default: new } } }',
      },
    );
    const plan = await planOf(record((await halfDone()).slice(0, 1)), { document });
    expect(plan.input).toEqual({ depths: [4, 6], kind: 'new' });
    expect(actions(plan)).toEqual({ data: 'reused', more: 'run' });
  });

  it('goes on with what has failed in a run that has succeeded without it', async () => {
    const steps = [...(await halfDone()).slice(0, 1), step('train', failed, { items: 0 })];
    await expect(planOf(record(steps, { status: 'succeeded' }))).resolves.toMatchObject({
      of: { status: 'succeeded' },
    });
  });

  it('is refused where a step would park again, and where what is asked for is no step', async () => {
    const of = record(await halfDone(), {
      document: sweep(
        'python train.py',
        '  next: { uses: job, with: { project: ada/iris, command: [python, "${{ steps.data.metrics.f1 }}"] } }',
      ),
    });
    await expect(planOf(of)).rejects.toMatchObject({ code: 'REPLAY_INVALID' });
    await expect(planOf(of)).rejects.toThrow('"next" would park again: ${{ steps.data.metrics.f1 }}');
    await expect(planOf(record(await halfDone()), { from: 'train.9' })).rejects.toThrow(
      'sweep has no step "train.9"',
    );
    await expect(planOf(record(await halfDone()), { set: { depths: 'all' } })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
  });
});

describe('what a step has running with which the document does not go on', () => {
  const origin = { runId: 'sweep.x', firstAttemptId: 'a1', generation: 1 };
  const waiting: StepState = { status: 'waiting', startedAt: at, waitingFor: 'job 1' };
  const other = { uses: 'job', name: 'other', connection: 'domino-test' };
  const docOf = (change: Partial<typeof other> = {}, more = '') => {
    const { uses, name, connection } = { ...other, ...change };
    const given =
      uses === 'job'
        ? '{ project: ada/iris, command: python other.py }'
        : '{ name: other, base: { image: "python:3.12" } }';
    return documentOf(
      'domino-test',
      `  data: { uses: job, with: { project: ada/iris, command: python data.py } }
  ${name}: { uses: ${uses}, connection: ${connection}, with: ${given} }
${more}`,
      { name: 'sweep' },
    );
  };
  const running = (name: string, of = origin) =>
    setting.startJob({ runCommand: 'wait', title: `other ${markerOf({ ...of, step: name })}` });
  const goingOn = (steps: readonly Step[], change: Partial<AttemptRecord> = {}) =>
    record(steps, { ...{ document: docOf(), input: {}, status: 'running' }, ...change });

  it('is stopped where it has no such step any more', async () => {
    const id = await running('other');
    const of = goingOn([step('other', waiting, { references: [{ kind: 'job', id }] })]);
    const plan = await planOf(of, { document: docOf({ name: 'renamed' }), stopFirst: true });
    expect(plan.steps.at(-1)).toMatchObject({
      ...{ name: 'other', action: 'dropped', generation: 1 },
      cleans: [{ endpoint: 'jobs.stop' }],
    });
    expect(actions(plan)).toMatchObject({ renamed: 'run' });
    expect(cleaningOf(of, 'other')).toMatchObject({ target: { undo: 'stopJobs' }, made: { id } });
    const cutOff = { ...of, status: 'terminated' } as const;
    expect(goingOnBeside(cutOff, plan.steps, { cutOff: cutOffIn(cutOff), open: [] })).toMatchObject([
      { target: { undo: 'stopJobs' }, made: { id } },
    ]);
    expect((await planOf(of, { document: docOf({ name: 'renamed' }), forkTo: 'y' })).steps).toHaveLength(2);
  });

  it('is stopped where it has a step of another kind by this name', async () => {
    await running('other');
    const plan = await planOf(goingOn([step('other', waiting)]), {
      ...{ document: docOf({ uses: 'environment' }), stopFirst: true },
    });
    expect(plan.steps.at(-1)).toMatchObject({
      ...{ name: 'other', action: 'clean', generation: 2 },
      cleans: [{ endpoint: 'jobs.stop' }],
    });
  });

  it('is stopped where the step acts on another connection now, or has acted there', async () => {
    await running('other');
    const there = docOf({ connection: 'domino-prod' });
    const plan = await planOf(goingOn([step('other', waiting)]), { document: there, stopFirst: true });
    expect(plan.steps.at(-1)).toMatchObject({ generation: 2, cleans: [{ endpoint: 'jobs.stop' }] });
    const of = goingOn([step('other', waiting)], { document: there });
    const back = await planOf(of, { document: docOf(), stopFirst: true });
    const stops = [{ endpoint: 'jobs.stop', on: 'what it has on domino-prod' }];
    expect(back.steps.at(-1)).toMatchObject({ generation: 2, cleans: stops });
    // It is not looked at from here, but by what goes on beside the new attempt.
    expect(goingOnBeside(of, back.steps, { cutOff: [], open: [] })).toMatchObject([
      { connection: 'domino-prod', target: { undo: 'stopJobs' } },
    ]);
    const ended = await planOf({ ...of, status: 'failed' }, { document: docOf() });
    expect(ended.steps.at(-1)).toMatchObject({ cleans: [] });
  });

  it('is stopped where the step is done for fewer items, or for none', async () => {
    const items = (list: string) =>
      documentOf(
        'domino-test',
        `  train: { uses: job${list}, with: { project: ada/iris, command: python train.py } }`,
        { name: 'sweep' },
      );
    await running('train.1');
    const of = goingOn(
      [
        step('train', waiting, { items: 2, tries: 0 }),
        step('train.0', waiting, { item: 4 }),
        step('train.1', waiting, { item: 6 }),
      ],
      { document: items(', each: [4, 6]') },
    );
    for (const list of [', each: [4]', '']) {
      const plan = await planOf(of, { document: items(list), stopFirst: true });
      expect(plan.steps.find(({ name }) => name === 'train.1')).toMatchObject({
        ...{ action: 'dropped', cleans: [{ endpoint: 'jobs.stop' }] },
      });
    }
  });

  it('is stopped where it was done last', async () => {
    const last = documentOf('domino-test', '  data: { uses: job, with: { project: ada/iris, command: a } }', {
      name: 'sweep',
      more: 'finally: { steps: { report: { uses: job, with: { project: ada/iris, command: [say, "${{ run.outcome }}"] } } } }',
    });
    await running('report', { ...origin, attemptId: 'a2' } as typeof origin);
    const of = goingOn([step('data', failed), step('report', waiting)], { document: last });
    const plan = await planOf(of, { stopFirst: true });
    expect(plan.steps.at(-1)).toMatchObject({ name: 'report', action: 'dropped' });
    expect(plan.steps.at(-1)?.cleans).toHaveLength(1);
  });

  it('does not hold where what has finished has another connection or kind now, and what reads it runs too', async () => {
    const reading = (change: Partial<typeof other>) =>
      docOf(
        change,
        '  reader: { uses: job, with: { project: ada/iris, command: [say, "${{ steps.other.state }}"] }, needs: other }',
      );
    const steps = [step('other', succeeded(job('j1'))), step('reader', succeeded(job('j2')))];
    const of = goingOn(steps, { document: reading({}), status: 'succeeded' });
    const plan = await planOf(of, { document: reading({ connection: 'domino-prod' }) });
    expect(plan.steps.find(({ name }) => name === 'other')).toMatchObject({
      ...{ action: 'run', generation: 2 },
      why: expect.stringContaining('it has acted on domino-test, and acts on domino-prod now'),
    });
    expect(actions(plan)).toMatchObject({ reader: 'run' });
    const built = await planOf(of, { document: reading({ uses: 'environment' }) });
    expect(built.steps.find(({ name }) => name === 'other')?.why).toContain(
      'it was a domino.job, and is a domino.environment now',
    );
    const more = await planOf(of, {
      document: docOf({}, '  more: { uses: job, with: { project: ada/iris, command: a } }'),
    });
    expect(more.steps.find(({ name }) => name === 'more')?.why).toContain('it is new in the document');
  });

  it('is named where nobody can tell where it has acted', async () => {
    const was = documentOf(
      'domino-test',
      '  other: { uses: job, with: { project: "${{ input.projects[0] }}", command: python other.py } }',
      {
        ...{ name: 'sweep' },
        more: 'input: { properties: { projects: { type: array, items: { type: string } } }, required: [projects] }',
      },
    );
    const of = goingOn([step('other', waiting, { references: [{ kind: 'job', id: 'j7' }] })], {
      ...{ document: was, input: { projects: [] } },
    });
    const document = documentOf(
      'domino-test',
      '  renamed: { uses: job, with: { project: ada/iris, command: a } }',
      {
        ...{ name: 'sweep', more: 'input: { properties: { projects: {} } }' },
      },
    );
    const plan = await planOf(of, { document, stopFirst: true });
    expect(plan.warnings).toContain(
      'what "other" has left is not stopped, for nobody can tell where it has acted: look at job j7',
    );
  });
});

describe('what stands under `finally`', () => {
  const reporting = (state: string) =>
    documentOf('domino-test', `  train: { uses: job, with: { project: ada/iris, command: ${state} } }`, {
      name: 'sweep',
      more: `finally: { steps: { report: { uses: job, with: { project: ada/iris, command: [python, report.py, "\${{ run.outcome }}"] } } } }`,
    });

  it('is no part of a plan, and whoever names it is told why', async () => {
    const of = record([step('train', failed), step('report', succeeded(job('j9')))], {
      ...{ document: reporting('python train.py'), input: {} },
    });
    expect(actions(await planOf(of))).toEqual({ train: 'run' });
    for (const request of [{ fresh: ['report'] }, { from: 'report' }, { skip: { report: null } }])
      await expect(planOf(of, request)).rejects.toThrow(
        '"report" stands under `finally`: every attempt does it anew at its end',
      );
  });
});

it('takes no output of an item from a person where somebody approves what it acts on', async () => {
  const document = documentOf(
    'domino-test',
    `  train: { uses: job, with: { project: ada/iris, command: python train.py } }
  register: { uses: register, with: { model: iris, job: "\${{ steps.train }}" } }
  approve: { uses: approve, with: { within: 1d } }
  deploy: { uses: deploy, with: { modelApi: api, project: ada/iris, job: "\${{ steps.train }}", environment: env1, from: "\${{ steps.register }}" } }
  after: { uses: job, needs: approve, each: [1, 2], with: { project: ada/iris, command: "python x.py \${{ item }}" } }`,
    { name: 'sweep' },
  );
  const of = record([step('after', failed, { items: 1 }), step('after.0', failed, { item: 1 })], {
    ...{ document, input: {} },
  });
  await expect(planOf(of, { skip: { 'after.0': job('j') } })).rejects.toThrow(
    '"after" deploys what was approved: where the input asks for an approval, its output cannot be supplied',
  );
});

describe('a file of a run that asks for an approval', () => {
  const documentWith = (condition: string) =>
    documentOf(
      'domino-test',
      `  train: { uses: job, with: { project: ada/iris, command: python train.py } }
  best: { uses: choose, with: { from: ["\${{ steps.train }}"], by: accuracy } }
  gate: { uses: gate, with: { job: "\${{ steps.best }}", conditions: [${condition}] } }
  register: { uses: register, needs: gate, with: { model: iris, job: "\${{ steps.best }}" } }
  approve: { uses: approve, with: { within: 1d } }
  deploy: { uses: deploy, with: { modelApi: api, project: ada/iris, job: "\${{ steps.best }}", environment: env1, from: "\${{ steps.register }}" } }`,
      { name: 'sweep' },
    );
  /** As somebody has edited it: the training was better than it was. */
  async function edited(condition: string): Promise<AttemptRecord> {
    const title = markerOf({ runId: 'sweep.x', firstAttemptId: 'a1', step: 'train', generation: 1 });
    const jobId = await setting.startJob({ runCommand: 'python train.py', title });
    await setting.pass(200);
    const projectId = await setting.projectId();
    const said = { ...(job(jobId) as object), projectId, metrics: { accuracy: 0.99 } };
    const conditions = [{ condition, value: 0.99, bound: 0.9, holds: true }];
    const steps = [
      step('train', succeeded(said)),
      step('best', succeeded({ ...said, index: 0, value: 0.99 })),
      step('gate', succeeded({ baseline: null, conditions })),
    ];
    return record(steps, { document: documentWith(condition), input: {} });
  }

  it('gives the best of its candidates no metrics of its own', async () => {
    const of = await edited('accuracy >= 0.9');
    const plan = await planOf(of, { exported: of });
    expect(actions(plan)).toMatchObject({ train: 'reused', best: 'reused', gate: 'reused' });
    const replaying = { plan: plan.hash, by: 'ada', reason: 'again' };
    const start = startFrom(of, plan, { replaying, resolvers: [], isFork: false, isFromFile: true });
    expect(start.continuation?.outputs['best']).toMatchObject({ metrics: { accuracy: 0.95 }, value: 0.95 });
  });

  it('does not pass a gate that would refuse it', async () => {
    const of = await edited('accuracy >= 0.97');
    await expect(planOf(of, { exported: of })).rejects.toMatchObject({
      code: 'REPLAY_INVALID',
      message: expect.stringContaining('gate: it would refuse the same model again') as unknown,
    });
  });
});
