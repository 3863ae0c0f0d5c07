/** What steps do on UbiOps, and in which order, that make environments, revisions and their builds. */
import { describe, expect, it } from '@jest/globals';
import { build } from '../../../src/steps/ubiops/build.js';
import { environment } from '../../../src/steps/ubiops/environment.js';
import { revision } from '../../../src/steps/ubiops/revision.js';
import { effect, failed, recordedStep } from '../recorded-step.js';

const attempt = (cleanup: boolean) => ({ cleanup });

describe('an environment', () => {
  const spec = { project: 'p', name: 'iris', base: 'python3-12' };
  const made = {
    ...{ project: 'p', environment: 'iris', environmentId: 'e', base: 'python3-12' },
    ...{ supportsRequestFormat: true, created: true },
  };
  const byMarker = { undo: 'archiveUnusedEnvironment', project: 'p' };
  const byName = { ...byMarker, environment: 'iris' };

  it('is created after it is said how it is deleted, from then on by its name', async () => {
    const { did, step } = recordedStep({ answers: { ensureEnvironment: [made] }, preflight: 'looked up' });
    expect(await environment.perform(step, spec)).toBe(made);
    expect(did).toEqual([
      ['undo', 'lasting', byMarker],
      ['ensureEnvironment', { ...effect, ...spec, preflight: 'looked up' }],
      ['answered', { id: 'iris' }, made, byName],
    ]);
  });

  it('is left by a run that keeps what it has made, and is made from what nobody changes', () => {
    expect(environment.lasting?.(made)).toEqual({ target: byName, made: { id: 'iris' } });
    expect(environment.lasting?.({ ...made, created: false })).toBeNull();
    expect(environment.leaves?.unfinished?.(spec, attempt(true))).toEqual([{ target: byMarker }]);
    expect(environment.leaves?.unfinished?.(spec, attempt(false))).toEqual([]);
    expect(environment.refersTo?.(made)).toEqual([{ kind: 'environment', id: 'iris' }]);
    expect(environment.madeFrom?.({ ...spec, description: 'd', labels: { a: 'b' }, given: [] })).toEqual(
      spec,
    );
  });
});

describe('a revision', () => {
  const place = { project: 'p', environment: 'iris' };
  const spec = {
    environment: { ...place, base: null, supportsRequestFormat: null },
    source: { files: { 'requirements.txt': 'numpy' } },
  };
  const before = { content: 'c', revisions: ['old'], since: null };
  const made = {
    ...{ ...place, revisionId: 'r', buildId: 'b', tag: 't', content: 'c' },
    ...{ created: true, built: false },
  };

  it('is told from those that were there before, and its build is cancelled by its tag', async () => {
    const answers = { getRevisionsBefore: [before], ensureRevision: [made] };
    const { did, step } = recordedStep({ answers });
    expect(await revision.perform(step, spec)).toBe(made);
    const target = { undo: 'cancelEnvironmentBuild', ...place, before };
    expect(did).toEqual([
      ['getRevisionsBefore', { ...spec, connection: 'dev' }],
      ['undo', 'running', target],
      ['ensureRevision', { ...effect, ...spec, before }],
      ['answered', { id: 'b', parent: 'r' }, made, { ...target, tag: 't' }],
    ]);
  });

  it('is where its environment is, and a run that is cut off leaves nothing to undo of it', () => {
    expect(revision.at?.(spec)).toEqual(place);
    expect(revision.leaves?.unfinished?.(spec, attempt(true))).toEqual([]);
    expect(revision.refersTo?.(made)).toEqual([{ kind: 'revision', id: 'r' }]);
    expect(revision.madeFrom?.({ ...spec, given: ['sourceEnvironment'] })).toEqual(spec);
  });
});

describe('a build', () => {
  const where = { project: 'p', environment: 'iris', revisionId: 'r' };
  const place = { ...where, buildId: 'b', tag: null, content: 'c' };
  const found = { ...place, created: false, built: false };
  const own = { ...found, created: true };
  const output = { ...where, buildId: 'b', tag: null, size: null };
  const waitingFor = (id: string) => ['waiting', `build ${id} of environment iris`, { kind: 'build', id }];
  const waiting = waitingFor('b');
  const target = { undo: 'cancelEnvironmentBuild', project: 'p', environment: 'iris', tag: null };
  const awaiting = ['awaitBuild', { connection: 'dev', revision: place }];
  const cancelled = failed('BUILD_CANCELLED');
  const begun = (buildId: string, rebuilt = true) => ({ buildId, rebuilt });
  /** All that is done to build it again. */
  const again = (id: string, rebuilt = true, by: object = effect) => [
    ['getBuilds', { ...place, connection: 'dev' }],
    ['undo', 'running', target],
    ['ensureBuild', { ...by, revision: place, before: ['b'] }],
    ['answered', { id, parent: 'r' }, { buildId: id, rebuilt, created: rebuilt }],
    waitingFor(id),
    ['awaitBuild', { connection: 'dev', revision: { ...place, buildId: id }, rebuilt: true }],
  ];
  const builds = Array.from({ length: 5 }, () => ['b']);

  it('of an own revision is cancelled with the run, and is not begun again by it', async () => {
    const { did, step } = recordedStep({ answers: { awaitBuild: ['built'] } });
    expect(await build.perform(step, own)).toBe('built');
    const undoing = [
      ['undo', 'running', target],
      ['answered', { id: 'b', parent: 'r' }, {}],
    ];
    expect(did).toEqual([...undoing, waiting, awaiting]);
    const stopped = recordedStep({ answers: { awaitBuild: [cancelled] } });
    await expect(build.perform(stopped.step, own)).rejects.toBe(cancelled);
    expect(stopped.did).toEqual([...undoing, waiting, awaiting]);
    expect(build.leaves?.unfinished?.(own, attempt(false))).toEqual([
      { target, made: { id: 'b', parent: 'r' } },
    ]);
    expect(build.leaves?.unfinished?.(found, attempt(false))).toEqual([]);
  });

  it('that was seen built is not awaited, unless a person asks for another', async () => {
    const { did, step } = recordedStep();
    const built = { ...found, built: true };
    expect(await build.perform(step, built)).toEqual(output);
    expect(did).toEqual([waiting]);
    expect(build.foretold?.(built)).toEqual(output);
    expect(build.foretold?.(found)).toBeNull();
    const second = { ...effect, origin: { ...effect.origin, generation: 2 } };
    const renewed = recordedStep({
      effect: second,
      answers: { getBuilds: builds, ensureBuild: [begun('b2')], awaitBuild: ['new'] },
    });
    expect(await build.perform(renewed.step, built)).toBe('new');
    expect(renewed.did).toEqual([waiting, ...again('b2', true, second)]);
  });

  it('that another run has cancelled is begun again three times, whoever else begins it', async () => {
    const { did, step } = recordedStep({
      answers: {
        getBuilds: builds,
        ensureBuild: [begun('b1', false), begun('b2'), begun('b3'), begun('b4')],
        awaitBuild: [cancelled, cancelled, cancelled, cancelled, cancelled],
      },
    });
    await expect(build.perform(step, found)).rejects.toBe(cancelled);
    expect(did).toEqual([
      ...[waiting, awaiting],
      ...[...again('b1', false), ...again('b2'), ...again('b3'), ...again('b4')],
    ]);
  });

  it('that has failed is not begun again, nor on an error of our own', async () => {
    for (const error of [failed('BUILD_FAILED'), new TypeError('a mistake')]) {
      const { did, step } = recordedStep({ answers: { awaitBuild: [error] } });
      await expect(build.perform(step, found)).rejects.toBe(error);
      expect(did).toEqual([waiting, awaiting]);
    }
  });

  it('of an own revision that is asked for again is begun once, and fails where it is cancelled', async () => {
    const { did, step } = recordedStep({
      effect: { ...effect, origin: { ...effect.origin, generation: 2 } },
      answers: { getBuilds: builds, ensureBuild: [begun('b2')], awaitBuild: [cancelled] },
    });
    await expect(build.perform(step, own)).rejects.toBe(cancelled);
    expect(did.filter(([name]) => name === 'ensureBuild')).toHaveLength(1);
  });

  it('of a tag is named by it, and known by where it is', async () => {
    const { did, step } = recordedStep({ answers: { awaitBuild: ['built'] } });
    await build.perform(step, { ...found, tag: 't1' });
    expect(did[0]).toEqual(['waiting', 'environment iris:t1 to build', { kind: 'build', id: 'b' }]);
    expect(build.at?.(found)).toEqual(where);
    expect(build.refersTo?.(output)).toEqual([{ kind: 'build', id: 'b' }]);
    expect(build.madeFrom?.({ ...own, inDoubt: true })).toEqual(place);
  });
});
