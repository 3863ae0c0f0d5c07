/** From what the steps of `build-environment` are made on each platform, and what the pipeline hands over. */
import { describe, expect, it } from '@jest/globals';
import { buildEnvironment } from '../../src/pipelines/build-environment.js';
import type { Json } from '../../src/run/steps.js';

const pipelineFor = (input: Json) => {
  const pipeline = buildEnvironment.forInput?.(input);
  if (pipeline === undefined) throw new Error('it is the same for every input');
  return pipeline;
};
const specOf = (step: string, input: Json, outputs: Readonly<Record<string, Json>> = {}) =>
  pipelineFor(input).steps[step]?.specOf(input, outputs);
const asked = (input: Json) =>
  Object.entries(pipelineFor(input).steps).flatMap(([name, step]) => (step.isAsked(input) ? [name] : []));
const named = (input: Json) =>
  pipelineFor(input)
    .preflights(input)
    .map((preflight) => ({
      project: preflight.project,
      named: preflight.named.map(({ kind, field, value, project, within }) =>
        [kind, field, value, project, within].filter((part) => part !== undefined).join(' '),
      ),
    }));

describe('on Domino', () => {
  const base = { image: 'quay.io/base:1' };
  const input = {
    connection: 'dev',
    environment: { name: 'churn', base },
    revision: { dockerfile: 'RUN x' },
  };
  const existing = { connection: 'dev', environment: { id: 'e1' } };
  const environment = { environmentId: 'e1', name: 'churn', revisionId: 'r0', image: null, created: false };
  const revision = { environmentId: 'e1', revisionId: 'r1', number: 2, created: true };
  const build = { revisionId: 'r1', image: 'i1' };

  it('an environment is found by its name or its id, and gets the revision of the input', () => {
    expect(specOf('environment', input)).toEqual({
      ...{ name: 'churn', base, adopt: undefined, dockerfile: 'RUN x' },
    });
    expect(specOf('environment', existing)).toEqual({ id: 'e1' });
    expect(specOf('revision', input, { environment })).toEqual({ environment, dockerfile: 'RUN x' });
    expect(specOf('revision', input, { environment: null })).toBeNull();
    expect([asked(input), asked(existing)]).toEqual([
      ['environment', 'revision', 'build'],
      ['environment', 'build'],
    ]);
    const { steps } = pipelineFor(input);
    expect([input, existing].map((of) => steps['environment']?.on(of))).toEqual(['churn', 'e1']);
  });

  it('the build of exactly that revision is awaited; without one, of the revision that there is', () => {
    const built = (outputs: Readonly<Record<string, Json>>) => specOf('build', input, outputs);
    expect(built({ environment, revision })).toEqual({ ...revision, revisionStep: 'revision' });
    expect(built({ environment, revision: null })).toEqual({
      ...{ environmentId: 'e1', revisionId: 'r0', created: false, revisionStep: 'revision' },
    });
    expect(built({ environment: { ...environment, revisionId: null }, revision: null })).toBeNull();
    expect(built({ environment: null, revision: null })).toBeNull();
  });

  it('hands over what was built, and says whether it was there before', () => {
    const result = (outputs: Readonly<Record<string, Json>>) =>
      pipelineFor(input).result(input, outputs, null, {});
    const of = { id: 'e1', name: 'churn', created: false };
    expect(result({ environment, revision, build })).toEqual({
      ...{ environment: of, revision: { id: 'r1', tag: null }, build: { id: 'r1', image: 'i1' } },
      ...{ reused: false, conclusion: 'revision 2 of churn is built' },
    });
    expect(result({ environment, revision: { ...revision, created: false }, build })).toMatchObject({
      reused: true,
      conclusion: 'revision 2 of churn has this content and is built: nothing was built',
    });
    expect(result({ environment, revision: null, build: null })).toEqual({
      ...{ environment: of, revision: null, build: null, reused: true },
      conclusion: 'environment churn has this content and is built: nothing was built',
    });
    expect(result({ environment: { ...environment, created: true }, revision: null, build })).toMatchObject({
      reused: false,
      conclusion: 'environment churn is built',
    });
  });

  it('looks up the environments that the input names, and no image', () => {
    expect(named(input)).toEqual([]);
    expect(named(existing)).toEqual([{ project: '', named: ['environment environment.id e1'] }]);
    expect(named({ environment: { name: 'churn', base: { environmentId: 'e2' } } })).toEqual([
      { project: '', named: ['environment environment.base.environmentId e2'] },
    ]);
  });
});

describe('on UbiOps', () => {
  const files = { 'requirements.txt': 'numpy' };
  const input = {
    ...{ platform: 'ubiops', connection: 'dev', project: 'iris' },
    environment: { name: 'churn', base: { environment: 'python3-12' }, description: 'mine' },
    revision: { files, tag: 't1' },
  };
  const copied = { ...input, revision: { sourceEnvironment: 'other', sourceTag: 't0' } };
  const byContent = (of: typeof input | typeof copied) => ({
    ...of,
    environment: { ...of.environment, byContent: true },
  });
  const environment = { project: 'iris', environment: 'churn', environmentId: 'e1', created: true };
  const revision = {
    ...{ project: 'iris', environment: 'churn', revisionId: 'r1', buildId: 'b1' },
    tag: null,
  };

  it('an environment has a base, and is known by what is in it where the input says so', () => {
    const spec = {
      given: ['project', 'base', 'contents.sourceEnvironment', 'contents.sourceTag'],
      ...{ project: 'iris', name: 'churn', base: 'python3-12', description: 'mine' },
    };
    expect(specOf('environment', input)).toEqual(spec);
    expect(specOf('environment', byContent(input))).toEqual({ ...spec, contents: { files } });
    expect(specOf('environment', byContent(copied))).toEqual({ ...spec, contents: copied.revision });
    expect(specOf('environment', { ...input, environment: { name: 'churn' } })).toEqual({
      ...{ given: spec.given, project: 'iris', name: 'churn' },
    });
    const { environment: step } = pipelineFor(input).steps;
    expect([step?.on(input), step?.projectOf(input)]).toEqual(['churn', 'iris']);
  });

  it('a revision is made of files or of the package of another environment, and its build is awaited', () => {
    const given = ['sourceEnvironment', 'sourceTag'];
    expect(specOf('revision', input, { environment })).toEqual({
      ...{ environment, source: { files }, tag: 't1', given },
    });
    expect(specOf('revision', copied, { environment })).toEqual({
      ...{ environment, source: copied.revision, given },
    });
    expect(specOf('revision', input, { environment: null })).toBeNull();
    expect(specOf('build', input, { environment, revision })).toEqual(revision);
    expect(asked(input)).toEqual(['environment', 'revision', 'build']);
  });

  it('hands over the revision and its build, which is the tag where there are tags', () => {
    const result = (created: boolean, tag: string | null) => {
      const outputs = { environment, revision: { ...revision, created }, build: { ...revision, tag } };
      return pipelineFor(input).result(input, outputs, null, {});
    };
    expect(result(true, null)).toEqual({
      ...{ environment: { id: 'e1', name: 'churn', created: true }, revision: { id: 'r1', tag: null } },
      ...{ build: { id: 'b1', image: null }, reused: false, conclusion: 'build b1 of churn is built' },
    });
    expect(result(false, 't1')).toMatchObject({
      ...{ revision: { id: 'r1', tag: 't1' }, reused: true },
      conclusion: 'churn:t1 has this content and is built: nothing was built',
    });
  });

  it('looks up its project, its base and what is copied', () => {
    expect(named(copied)).toEqual([
      {
        project: 'iris',
        named: [
          'project project iris',
          'environment environment.base.environment python3-12 iris',
          'environment revision.sourceEnvironment other iris',
          'tag revision.sourceTag t0 iris other',
        ],
      },
    ]);
    expect(named({ ...input, environment: { name: 'churn' } })).toEqual([
      { project: 'iris', named: ['project project iris'] },
    ]);
  });
});

it('is one pipeline: that of Domino, unless its input says another platform', () => {
  for (const input of [null, 'x', {}, { platform: 'domino' }])
    expect(buildEnvironment.forInput?.(input)).toBe(buildEnvironment.platforms?.['domino']);
  expect(buildEnvironment.forInput?.({ platform: 'ubiops' })).toBe(buildEnvironment.platforms?.['ubiops']);
});

it('says what the run lacks of what the door has checked', () => {
  const lacking = (input: Json) => () => specOf('environment', input);
  expect(lacking({ environment: {} })).toThrow('the run has no base');
  expect(lacking({ environment: { base: { image: 'i' } } })).toThrow('the run has no name');
  expect(lacking({ environment: { name: 'n', base: { environment: 'e' } } })).toThrow('of another platform');
});
