/** What steps do, and in which order, that make environments, builds, jobs, versions of models and snapshots. */
import { describe, expect, it } from '@jest/globals';
import { build } from '../../../src/steps/domino/build.js';
import { environment } from '../../../src/steps/domino/environment.js';
import { job } from '../../../src/steps/domino/job.js';
import { register } from '../../../src/steps/domino/register.js';
import { revision } from '../../../src/steps/domino/revision.js';
import { snapshot } from '../../../src/steps/domino/snapshot.js';
import { effect, failed, recordedStep } from '../recorded-step.js';

const attempt = (cleanup: boolean) => ({ cleanup });

describe('an environment', () => {
  it('is read by its id, and nothing of it is undone', async () => {
    const { did, step } = recordedStep({ answers: { getEnvironment: ['found'] }, preflight: 'looked up' });
    expect(await environment.perform(step, { id: 'e' })).toBe('found');
    expect(did).toEqual([
      ['getEnvironment', { connection: 'dev', environmentId: 'e', preflight: 'looked up' }],
    ]);
    expect(environment.madeFrom?.({ id: 'e' })).toEqual({ id: 'e' });
    expect(environment.leaves?.unfinished?.({ id: 'e' }, attempt(true))).toEqual([]);
  });

  it('is created after it is said how it and its first build are undone', async () => {
    const made = { environmentId: 'e', created: true };
    const { did, step } = recordedStep({ answers: { ensureEnvironment: [made] } });
    const spec = { name: 'n', base: { image: 'i' }, dockerfile: 'RUN x' };
    expect(await environment.perform(step, spec)).toBe(made);
    expect(did).toEqual([
      ['undo', 'lasting', { undo: 'archiveEnvironment' }],
      ['undo', 'running', { undo: 'cancelBuild' }],
      ['ensureEnvironment', { ...effect, ...spec, preflight: undefined }],
      ['answered', { id: 'e' }, made],
    ]);
    expect(environment.madeFrom?.(spec)).toEqual({ name: 'n', base: { image: 'i' } });
    const target = (undo: string) => [{ target: { undo } }];
    expect(environment.leaves?.unfinished?.(spec, attempt(true))).toEqual(target('archiveEnvironment'));
    expect(environment.leaves?.unfinished?.(spec, attempt(false))).toEqual(target('cancelBuild'));
  });

  it('goes with its first build, where the run has made it', () => {
    const of = { environmentId: 'e', name: 'n', image: null, revisionId: 'r', created: true };
    const found = { ...of, created: false };
    const archive = { target: { undo: 'archiveEnvironment' }, made: { id: 'e' } };
    expect(environment.lasting?.(of)).toEqual(archive);
    expect(environment.lasting?.(found)).toBeNull();
    expect(environment.leaves?.twin?.(of, { id: 'e' }, attempt(false))).toEqual(archive);
    expect(environment.leaves?.beside?.(of)).toEqual({
      target: { undo: 'cancelBuild', environmentId: 'e', revisionId: 'r', ifMarked: true },
      made: { id: 'r' },
    });
    expect(environment.leaves?.beside?.(found)).toBeNull();
    expect(environment.leaves?.beside?.({ ...of, revisionId: null })).toBeNull();
    expect(environment.refersTo?.(of)).toEqual([{ kind: 'environment', id: 'e' }]);
  });
});

describe('what the platform had already', () => {
  const made = { environmentId: 'e', name: 'n', image: null, revisionId: 'r', created: true };
  const spec = { name: 'n', base: { image: 'i' }, dockerfile: 'RUN x' };

  it('is said of an environment that was found by its name, and not of one that the input names by its id', () => {
    const found = { ...made, created: false };
    expect(environment.reuses?.(found, spec)).toBe('environment e');
    expect(environment.reuses?.(found, { id: 'e' })).toBeNull();
    expect(environment.reuses?.(made, spec)).toBeNull();
  });

  it('is said of a revision of the same content, and of its build where it was built', () => {
    const added = { environmentId: 'e', revisionId: 'r', number: 3, created: true };
    const of = { environment: made, dockerfile: 'RUN x' };
    expect(revision.reuses?.(added, of)).toBeNull();
    expect(revision.reuses?.({ ...added, created: false }, of)).toBe('revision 3 of n');
    const output = { revisionId: 'r', image: 'i' };
    const built = { ...added, revisionStep: 'revision', created: false, builtImage: 'i' };
    expect(build.reuses?.(output, built)).toBe('the build of revision r');
    expect(build.reuses?.(output, { ...built, created: true })).toBeNull();
    expect(build.reuses?.(output, { ...added, revisionStep: 'revision', created: false })).toBeNull();
  });
});

describe('a revision', () => {
  it('is added after it is said how its build is cancelled', async () => {
    const { did, step } = recordedStep({ answers: { ensureRevision: ['added'] } });
    const spec = {
      environment: { environmentId: 'e', name: 'n', image: null, revisionId: null, created: false },
      dockerfile: 'RUN x',
    };
    expect(await revision.perform(step, spec)).toBe('added');
    const target = { undo: 'cancelBuild', environmentId: 'e' };
    expect(did).toEqual([
      ['undo', 'running', target],
      ['ensureRevision', { ...effect, ...spec }],
    ]);
    expect(revision.running?.(spec)).toEqual(target);
    expect(revision.refersTo?.({ environmentId: 'e', revisionId: 'r', number: 1, created: true })).toEqual([
      { kind: 'revision', id: 'r' },
    ]);
  });
});

describe('a build', () => {
  const of = { environmentId: 'e', revisionId: 'r' };
  const found = { ...of, created: false, revisionStep: 'revision' };
  const own = { ...found, created: true };
  const waiting = ['waiting', 'revision r to build', { kind: 'revision', id: 'r' }];
  const cancelling = [
    ['undo', 'running', { undo: 'cancelBuild', ...of }],
    ['answered', { id: 'r' }, {}],
  ];
  const awaiting = ['awaitBuild', { connection: 'dev', ...of }];
  const rebuilt = ['awaitBuild', { connection: 'dev', ...of, rebuilt: true }];
  const again = ['ensureBuilding', { ...effect, ...of }];
  const cancelled = failed('BUILD_CANCELLED');

  it('of an own revision is cancelled with the run, and so is what was sent before', async () => {
    const { did, step } = recordedStep({ answers: { awaitBuild: ['built'] } });
    expect(await build.perform(step, own)).toBe('built');
    expect(did).toEqual([...cancelling, waiting, awaiting]);
    const doubtful = recordedStep({ answers: { awaitBuild: ['built'] } });
    await build.perform(doubtful.step, { ...own, inDoubt: true });
    const origin = { ...effect.origin, step: 'revision' };
    const late = ['undo', 'running', { undo: 'cancelBuild', environmentId: 'e' }, { ...effect, origin }];
    expect(doubtful.did).toEqual([late, ...cancelling, waiting, awaiting]);
    expect(build.leaves?.unfinished?.(own, attempt(false))).toEqual([
      { target: { undo: 'cancelBuild', ...of } },
    ]);
    expect(build.leaves?.unfinished?.(found, attempt(false))).toEqual([]);
  });

  it('that was seen built is not awaited, unless a person asks for another', async () => {
    const { did, step } = recordedStep();
    const spec = { ...found, builtImage: 'i' };
    expect(await build.perform(step, spec)).toEqual({ revisionId: 'r', image: 'i' });
    expect(did).toEqual([waiting]);
    expect(build.foretold?.(spec)).toEqual({ revisionId: 'r', image: 'i' });
    expect(build.foretold?.(found)).toBeNull();
    const second = { ...effect, origin: { ...effect.origin, generation: 2 } };
    const renewed = recordedStep({
      effect: second,
      answers: { ensureBuilding: [{ rebuilt: true }], awaitBuild: ['built'] },
    });
    expect(await build.perform(renewed.step, spec)).toBe('built');
    expect(renewed.did).toEqual([waiting, ['ensureBuilding', { ...second, ...of }], ...cancelling, rebuilt]);
  });

  it('that another run has cancelled is begun again three times, whoever else begins it', async () => {
    const { did, step } = recordedStep({
      answers: {
        ensureBuilding: [{ rebuilt: false }, { rebuilt: true }, { rebuilt: true }, { rebuilt: true }],
        awaitBuild: [cancelled, cancelled, cancelled, cancelled, cancelled],
      },
    });
    await expect(build.perform(step, found)).rejects.toBe(cancelled);
    const own = [again, ...cancelling, rebuilt];
    expect(did).toEqual([waiting, awaiting, again, rebuilt, ...own, ...own, ...own]);
  });

  it('that this run began is not begun again, nor one that has failed, nor on the word of old code', async () => {
    for (const [spec, error] of [
      [own, cancelled],
      [found, failed('BUILD_FAILED')],
      [found, new TypeError('a mistake')],
    ] as const) {
      const { did, step } = recordedStep({ answers: { awaitBuild: [error] } });
      await expect(build.perform(step, spec)).rejects.toBe(error);
      expect(did).not.toContainEqual(again);
    }
    const old = recordedStep({ answers: { awaitBuild: [cancelled, cancelled], ensureBuilding: [null] } });
    await expect(build.perform(old.step, found)).rejects.toBe(cancelled);
    expect(old.did).toEqual([waiting, awaiting, again, rebuilt]);
  });
});

describe('a job', () => {
  const spec = { project: 'a/b', command: 'go', revisionId: 'r', tier: 't' };
  const kept = { logLines: 20, metrics: ['auc'] };
  const begun = { jobId: 'j', projectId: 'p', number: 7, link: 'l' };

  it('is started once and awaited, as long as it may take', async () => {
    const { did, step } = recordedStep({ answers: { ensureJob: [begun], awaitJob: ['over'] } });
    expect(await job.perform(step, { ...spec, ...kept, needed: undefined, within: '1h' })).toBe('over');
    expect(did).toEqual([
      ['undo', 'running', { undo: 'stopJobs', project: 'a/b' }],
      ['ensureJob', { ...effect, ...spec, title: 'mine.k' }],
      ['answered', { id: 'j', parent: 'p', isOwn: true }, begun],
      ['waiting', 'job 7 to end', { kind: 'job', id: 'j', link: 'l' }],
      ['awaitJob', { ...effect, job: begun, ...kept, revisionId: 'r', withinMs: 3_600_000 }],
    ]);
  });

  it('says its title, its model, and what is looked up before', async () => {
    const { did, step } = recordedStep({ answers: { ensureJob: [begun] }, preflight: { tiers: [] } });
    const needed = { key: 'k', whenBusy: 'wait' };
    await job.perform(step, { ...spec, ...kept, needed, title: 'mine' } as never);
    expect(did[1]).toEqual([
      'ensureJob',
      { ...effect, preflight: { tiers: [] }, ...spec, hold: { key: 'k' }, title: 'mine' },
    ]);
    expect(did[4]).toEqual(['awaitJob', { ...effect, job: begun, ...kept, revisionId: 'r' }]);
  });

  it('is made from what it runs, and stopped by its marker or its id', () => {
    const all = { ...spec, ...kept, needed: undefined, within: '1h' } as never;
    expect(job.madeFrom?.(all)).toEqual(spec);
    expect(job.running?.(all)).toEqual({ undo: 'stopJobs', project: 'a/b' });
    expect(job.leaves?.twin?.({ jobId: 'j', projectId: 'p' } as never, all, attempt(false))).toEqual({
      target: { undo: 'stopJobs', project: 'a/b' },
      made: { id: 'j', parent: 'p' },
    });
  });
});

describe('a version of a registered model', () => {
  const spec = { model: 'm', given: [], experimentRunId: 'x' };
  const of = (job: object, experimentRunId: string | null = 'x') =>
    ({ ...spec, job, experimentRunId }) as never;
  const registered = { model: 'm', version: 4 };
  const sweep = {
    target: { undo: 'sweepModelVersions', model: 'm', experimentRunId: 'x' },
    made: { id: '4' },
  };

  it('is registered, and swept beside where another request may have registered one', async () => {
    const { did, step } = recordedStep({ answers: { ensureModelVersion: [registered] } });
    expect(await register.perform(step, of({ number: 1 }))).toBe(registered);
    expect(did).toEqual([['ensureModelVersion', { ...effect, ...spec }]]);
    const doubtful = recordedStep({ answers: { ensureModelVersion: [{ ...registered, inDoubt: true }] } });
    await register.perform(doubtful.step, of({ number: 1 }));
    expect(doubtful.did[1]).toEqual(['sweep', { ...effect, ...sweep, keep: true, doubt: 'perhaps' }]);
    expect(register.leaves?.twin?.(registered as never, of({}), attempt(false))).toEqual(sweep);
    expect(register.leaves?.twin?.(registered as never, of({}, null), attempt(false))).toBeNull();
    expect(register.refersTo?.(registered as never)).toEqual([{ kind: 'modelVersion', id: 'm/4' }]);
  });

  it.each([
    [{ number: 7 }, 'job 7 wrote no mlflow_run_id to dominostats.json'],
    [{ number: 7, notAnExperimentRun: 3 }, 'of job 7, mlflow_run_id is 3, which is no id of an MLflow run'],
  ])('needs an MLflow run: %j', (from, said) => {
    const { did, step } = recordedStep();
    expect(() => register.perform(step, of(from, null))).toThrow(said);
    expect(did).toEqual([]);
  });
});

describe('a snapshot', () => {
  const spec = { project: 'a/b', dataset: 'd', paths: ['.'] };
  const taken = { ...spec, datasetId: 'ds', snapshotId: 's', created: true };
  const answers = { getNewestSnapshot: ['newest'], ensureSnapshot: [taken], awaitSnapshot: ['copied'] };
  const target = { undo: 'sweepSnapshots', project: 'a/b', dataset: 'd' };

  it('is told from those that were there before, tagged and awaited', async () => {
    const { did, step } = recordedStep({ answers });
    expect(await snapshot.perform(step, { ...spec, within: '1h' })).toBe('copied');
    expect(did).toEqual([
      ['getNewestSnapshot', { connection: 'dev', project: 'a/b', dataset: 'd' }],
      ['undo', 'lasting', target],
      ['ensureSnapshot', { ...effect, ...spec, newest: 'newest' }],
      ['answered', { id: 's', parent: 'ds' }, taken],
      ['waiting', 'snapshot s of d to be copied', { kind: 'snapshot', id: 's' }],
      ['ensureSnapshotTag', { ...effect, snapshot: taken }],
      ['awaitSnapshot', { connection: 'dev', snapshot: taken, withinMs: 3_600_000 }],
    ]);
  });

  it('is looked for by its tag alone where an attempt before has begun', async () => {
    const { did, step } = recordedStep({ answers, effect: { ...effect, begunBefore: true } });
    await snapshot.perform(step, spec);
    expect(did.map(([name]) => name)).not.toContain('getNewestSnapshot');
    expect(did.at(-1)).toEqual(['awaitSnapshot', { connection: 'dev', snapshot: taken }]);
  });

  it('is left by a run that keeps what it has made', () => {
    const made = { id: 's', parent: 'ds' };
    expect(snapshot.madeFrom?.({ ...spec, within: '1h' })).toEqual(spec);
    expect(snapshot.lasting?.(taken as never)).toEqual({ target, made });
    expect(snapshot.lasting?.({ ...taken, created: false } as never)).toBeNull();
    expect(snapshot.leaves?.unfinished?.(spec, attempt(true))).toEqual([{ target }]);
    expect(snapshot.leaves?.unfinished?.(spec, attempt(false))).toEqual([]);
    expect(snapshot.leaves?.twin?.(taken as never, spec, attempt(false))).toEqual({ target, made });
    expect(snapshot.refersTo?.(taken as never)).toEqual([{ kind: 'snapshot', id: 's' }]);
  });
});
