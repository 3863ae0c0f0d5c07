/** What an attempt has left, as its steps tell it. */
import { describe, expect, it } from '@jest/globals';
import { cleaningOf } from '../../src/activities/replay/left-running.js';
import { leftoversOf } from '../../src/pipelines/leftovers.js';
import type { Step } from '../../src/run/steps.js';
import { documentIn, documentOf } from '../support/documents.js';
import { at, attemptRecord as record, cutOff, finished } from '../support/attempt-record.js';

const pending = (name: string): Step => ({ name, tries: 0, references: [], state: { status: 'pending' } });

const effect = (step: string) => ({
  connection: 'domino-test',
  origin: { runId: 'train-and-deploy.x', firstAttemptId: 'a1', step, generation: 1 },
  begunBefore: true,
});
const trained = { projectId: 'p1', jobId: 'j1', experimentRunId: 'm1' };

describe('what an attempt has left', () => {
  it('is the job of a step that was cut off, by its id', () => {
    const steps = [cutOff('train', { kind: 'job', id: 'j1' }), pending('deploy')];
    expect(leftoversOf(record(steps))).toEqual([
      { ...effect('train'), target: { undo: 'stopJobs', project: 'ada/iris' }, made: { id: 'j1' } },
    ]);
  });

  it('is the job also where the environment had nothing to build', () => {
    const skipped = { status: 'skipped', endedAt: at, reason: 'not in the input' } as const;
    const steps = [
      finished('environment', { environmentId: 'e1', revisionId: null, created: false }),
      ...['revision', 'build'].map((name): Step => ({ ...pending(name), state: skipped })),
      cutOff('train', { kind: 'job', id: 'j1' }),
    ];
    const left = record(steps);
    expect(leftoversOf(left)).toMatchObject([{ target: { undo: 'stopJobs' }, made: { id: 'j1' } }]);
    expect(cleaningOf(left, 'train')).toMatchObject({ target: { undo: 'stopJobs' }, made: { id: 'j1' } });
  });

  it('is what else was registered of the MLflow run that the input names', () => {
    const input = { project: 'ada/iris', train: {}, register: { model: 'iris', experimentRunId: 'm7' } };
    const steps = [
      finished('train', trained),
      finished('register', { model: 'iris', version: 2, inDoubt: true }),
    ];
    expect(leftoversOf(record(steps, { input, status: 'succeeded' }))).toMatchObject([
      { target: { undo: 'sweepModelVersions', experimentRunId: 'm7' } },
    ]);
  });

  it('may still appear where Temporal has ended the run before it knew the id', () => {
    expect(leftoversOf(record([cutOff('train')], { status: 'terminated' }))).toEqual([
      { ...effect('train'), target: { undo: 'stopJobs', project: 'ada/iris' }, doubt: 'unanswered' },
    ]);
  });

  it('is the run that a step has started, by its id and in no doubt', () => {
    const inner = documentOf('domino-test', '  rest: { uses: pause, with: { for: 1h } }', { name: 'inner' });
    const outer = JSON.stringify({
      ...{ longhaul: 'pipeline/v1', pipeline: 'outer', connection: 'domino-test' },
      steps: { child: { uses: 'pipeline', with: { pipeline: 'inner' } } },
    });
    const of = (...references: Step['references'][number][]) =>
      leftoversOf(
        record([cutOff('child', ...references)], {
          ...{ runId: 'outer.x', pipeline: 'outer', input: {}, status: 'terminated' },
          document: documentIn(outer, inner),
        }),
      ).map(({ made, doubt }) => [made?.id, doubt]);
    expect(of({ kind: 'run', id: 'inner._child.a' })).toEqual([['inner._child.a', undefined]]);
    expect(of()).toEqual([[undefined, 'unanswered']]);
  });

  it('is a version of UbiOps that may still be put live, also where it is known', () => {
    const deploying = (more: string) =>
      record([cutOff('deploy', { kind: 'deploymentVersion', id: 'v1' })], {
        status: 'terminated',
        ...{ runId: 'serve.x', pipeline: 'serve', input: {} },
        document: documentOf(
          'ubiops-test',
          `  deploy: { uses: deployment, with: { project: p, deployment: d, input: plain, output: plain, environment: e, files: { deployment.py: pass }${more} } }`,
          { name: 'serve' },
        ),
      });
    const of = (more: string) => leftoversOf(deploying(more)).map(({ made, doubt }) => [made?.id, doubt]);
    expect(of('')).toEqual([['v1', 'perhaps']]);
    expect(of(', promote: false')).toEqual([['v1', undefined]]);
  });

  it('is nothing of steps that have finished and of those that were not begun', () => {
    expect(leftoversOf(record([finished('train', trained), pending('deploy')]))).toEqual([]);
  });

  it('is, of a run that has succeeded, what is in doubt beside what it has adopted', () => {
    const steps = [
      finished('environment', { environmentId: 'e1', revisionId: 'r1', created: true, inDoubt: true }),
      finished('train', { ...trained, inDoubt: true }),
      finished('register', { model: 'iris', version: 2, inDoubt: true }),
      finished('deploy', { modelApiId: 'api', versionId: 'v1', inDoubt: true }),
    ];
    const sweep = { keep: true, doubt: 'perhaps' };
    expect(leftoversOf(record(steps, { status: 'succeeded' }))).toEqual([
      { ...effect('environment'), target: { undo: 'archiveEnvironment' }, made: { id: 'e1' }, ...sweep },
      {
        ...effect('train'),
        target: { undo: 'stopJobs', project: 'ada/iris' },
        made: { id: 'j1', parent: 'p1' },
        ...sweep,
      },
      {
        ...effect('register'),
        target: { undo: 'sweepModelVersions', model: 'iris', experimentRunId: 'm1' },
        made: { id: '2' },
        ...sweep,
      },
      {
        ...effect('deploy'),
        target: { undo: 'stopModelApiVersion', name: 'iris-api', project: 'ada/iris', restoring: {} },
        made: { id: 'v1', parent: 'api' },
        ...sweep,
      },
    ]);
  });

  it('is the first build of an environment, also before a step has come to it and beside another build', () => {
    const output = { environmentId: 'e1', revisionId: 'r1', created: true };
    const steps = [finished('environment', output), cutOff('revision'), pending('build')];
    expect(leftoversOf(record(steps))).toEqual([
      {
        ...effect('environment'),
        target: { undo: 'cancelBuild', environmentId: 'e1', revisionId: 'r1', ifMarked: true },
        made: { id: 'r1' },
      },
      { ...effect('revision'), target: { undo: 'cancelBuild', environmentId: 'e1' }, doubt: 'perhaps' },
    ]);
    const added = { environmentId: 'e1', revisionId: 'r2', created: true };
    const building = [finished('environment', output), finished('revision', added), cutOff('build')];
    expect(leftoversOf(record(building)).map(({ made, target }) => made ?? target)).toEqual([
      { id: 'r1' },
      { undo: 'cancelBuild', environmentId: 'e1', revisionId: 'r2' },
    ]);
    expect(leftoversOf(record([cutOff('environment')]))).toEqual([
      { ...effect('environment'), target: { undo: 'cancelBuild' }, doubt: 'perhaps' },
    ]);
  });

  it('is what is in doubt beside an environment, also while its first build is cancelled', () => {
    const output = { environmentId: 'e1', revisionId: 'r1', created: true, inDoubt: true };
    expect(leftoversOf(record([finished('environment', output)]))).toMatchObject([
      { target: { undo: 'archiveEnvironment' }, made: { id: 'e1' }, keep: true },
      { target: { undo: 'cancelBuild' }, made: { id: 'r1' } },
    ]);
  });

  it('is its environment only where the input asks for cleanup and the run has made it', () => {
    const environment = finished('environment', { environmentId: 'e1', revisionId: 'r1', created: true });
    const input = { project: 'ada/iris', cleanup: true };
    const building = [environment, cutOff('build')];
    expect(leftoversOf(record(building)).map(({ target }) => target.undo)).toEqual([
      'cancelBuild',
      'cancelBuild',
    ]);
    expect(leftoversOf(record([environment], { input }))).toEqual([
      { ...effect('environment'), target: { undo: 'archiveEnvironment' }, made: { id: 'e1' } },
    ]);
    const adopted = finished('environment', { environmentId: 'e1', revisionId: 'r1', created: false });
    expect(leftoversOf(record([adopted], { input }))).toEqual([]);
  });

  it('is the version that nobody has watched to the end, and nothing of it is kept, nor what comes beside it', () => {
    const previous = { modelApiId: 'api', versionId: 'v0', number: 1 };
    const steps = [
      finished('deploy', { modelApiId: 'api', versionId: 'v1', previous, inDoubt: true }),
      cutOff('watch'),
    ];
    expect(leftoversOf(record(steps, { pipeline: 'retrain', status: 'terminated' }))).toEqual([
      {
        ...effect('deploy'),
        target: { undo: 'takeBackModelApiVersion', name: 'iris-api', project: 'ada/iris', previous },
        made: { id: 'v1', parent: 'api' },
        doubt: 'perhaps',
      },
    ]);
    const deploying = record([cutOff('deploy')], { pipeline: 'retrain', status: 'terminated' });
    const target = { undo: 'takeBackModelApiVersion', name: 'iris-api', project: 'ada/iris' };
    expect(leftoversOf(deploying)[0]?.target).toStrictEqual(target);
    const asked = { ...deploying, replaced: previous };
    expect(leftoversOf(asked)[0]?.target).toStrictEqual({ ...target, previous });
  });
});
