/**
 * `build-environment`: finds or creates an environment, adds a revision, and waits for exactly its build; a content that is
 * built is reused. Its input has one shape for every platform, and the door has written into it which one the connection is of.
 */
import { LonghaulError } from '../run/failures/errors.js';
import type { BuildEnvironmentInput } from '../run/inputs/build-environment-input.js';
import type { Named, PlacedPreflight } from '../run/inputs/preflight.js';
import type { BuildOutput, EnvironmentOutput, RevisionOutput } from '../run/undoing/effects.js';
import { type Pipeline, definePipeline } from '../steps/define.js';
import { type BuildSpec, build } from '../steps/domino/build.js';
import { type EnvironmentStepSpec, environment } from '../steps/domino/environment.js';
import { revision } from '../steps/domino/revision.js';
import { build as ubiopsBuild } from '../steps/ubiops/build.js';
import { environment as ubiopsEnvironment } from '../steps/ubiops/environment.js';
import type * as ubiops from '../steps/ubiops/environments.js';
import { revision as ubiopsRevision } from '../steps/ubiops/revision.js';
import type { BuiltEnvironment } from './release.js';

const facts = { name: 'build-environment', workflow: 'buildEnvironment', overlap: 'skip' } as const;

/** What the input names by ids and names that must be there. */
function namedIn({ platform, project, environment: of, revision: added }: BuildEnvironmentInput): Named[] {
  const named: Named[] = [];
  const within = project === undefined ? {} : { project };
  const add = (kind: Named['kind'], field: string, value: string | undefined, more: object = {}): void => {
    if (value !== undefined) named.push({ ...{ kind, field, value }, ...within, ...more });
  };
  if (platform === 'ubiops' && project !== undefined)
    named.push({ kind: 'project', field: 'project', value: project });
  add('environment', 'environment.id', of.id);
  for (const [key, value] of Object.entries<string>({ ...of.base }))
    if (key !== 'image') add('environment', `environment.base.${key}`, value);
  const { sourceEnvironment: source, sourceTag } = added ?? {};
  add('environment', 'revision.sourceEnvironment', source);
  if (source !== undefined) add('tag', 'revision.sourceTag', sourceTag, { within: source });
  return named;
}

const preflights = (input: BuildEnvironmentInput): readonly PlacedPreflight[] => {
  const named = namedIn(input);
  return named.length === 0 ? [] : [{ project: input.project ?? '', named }];
};

/** The door has checked that it is there. */
function given<T>(value: T | null | undefined, what: string): T {
  if (value == null) throw new LonghaulError('INTERNAL', `the run has no ${what}`);
  return value;
}

type DominoOutputs = { environment: EnvironmentOutput; revision: RevisionOutput; build: BuildOutput };

function specOnDomino({ environment: of, revision: added }: BuildEnvironmentInput): EnvironmentStepSpec {
  if (of.id !== undefined) return { id: of.id };
  const base = given(of.base, 'base');
  if ('environment' in base) throw new LonghaulError('INTERNAL', 'the base is one of another platform');
  return { name: given(of.name, 'name'), base, adopt: of.adopt, dockerfile: added?.dockerfile };
}

/** Without a revision in the input, the one that a job would run on is awaited, if there is one. */
function buildOnDomino(made: EnvironmentOutput | null, added: RevisionOutput | null): BuildSpec | null {
  if (added !== null) return { ...added, revisionStep: 'revision' };
  if (made?.revisionId == null) return null;
  const { environmentId, revisionId, created } = made;
  return { environmentId, revisionId, created, revisionStep: 'revision' };
}

const onDomino = definePipeline<BuildEnvironmentInput, DominoOutputs, BuiltEnvironment>({
  ...facts,
  preflights,
  steps: (place) => ({
    environment: place(environment, {
      on: ({ environment: of }) => of.name ?? of.id ?? '',
      with: specOnDomino,
    }),
    revision: place(revision, {
      needs: ['environment'],
      if: (input) => input.revision !== undefined,
      with: (input, { environment: made }) =>
        made && input.revision?.dockerfile !== undefined
          ? { environment: made, dockerfile: input.revision.dockerfile }
          : null,
    }),
    build: place(build, {
      needs: ['environment', 'revision'],
      with: (_, { environment: made, revision: added }) => buildOnDomino(made, added),
    }),
  }),
  result: (_, outputs) => {
    const made = given(outputs.environment, 'environment');
    const { revision: added, build: built } = outputs;
    const isReused = added == null ? !made.created : !added.created;
    const which = added == null ? `environment ${made.name}` : `revision ${added.number} of ${made.name}`;
    return {
      environment: { id: made.environmentId, name: made.name, created: made.created },
      revision: built ? { id: built.revisionId, tag: null } : null,
      build: built ? { id: built.revisionId, image: built.image } : null,
      reused: isReused,
      conclusion: concluded(which, isReused),
    };
  },
});

const concluded = (which: string, isReused: boolean): string =>
  isReused ? `${which} has this content and is built: nothing was built` : `${which} is built`;

type UbiOpsOutputs = {
  environment: ubiops.EnvironmentOutput;
  revision: ubiops.RevisionOutput;
  build: ubiops.BuildOutput;
};

function sourceOf({ revision: added }: BuildEnvironmentInput): ubiops.PackageSource {
  if (added?.files !== undefined) return { files: added.files };
  const { sourceEnvironment, sourceTag } = given(added, 'revision');
  return { sourceEnvironment: given(sourceEnvironment, 'source'), sourceTag };
}

function specOnUbiOps(input: BuildEnvironmentInput): ubiops.EnvironmentSpec {
  const { base, byContent, name: named, description, labels, supportsRequestFormat } = input.environment;
  return {
    given: ['project', 'base', 'contents.sourceEnvironment', 'contents.sourceTag'],
    project: given(input.project, 'project'),
    name: given(named, 'name'),
    ...(base !== undefined && 'environment' in base && { base: base.environment }),
    ...(byContent === true && { contents: sourceOf(input) }),
    ...{ description, labels, supportsRequestFormat },
  };
}

const onUbiOps = definePipeline<BuildEnvironmentInput, UbiOpsOutputs, BuiltEnvironment>({
  ...facts,
  preflights,
  steps: (place) => ({
    environment: place(ubiopsEnvironment, {
      on: ({ environment: of }) => of.name ?? '',
      projectOf: ({ project }) => project,
      with: specOnUbiOps,
    }),
    revision: place(ubiopsRevision, {
      needs: ['environment'],
      with: (input, { environment: made }) =>
        made && {
          ...{ environment: made, source: sourceOf(input), tag: input.revision?.tag },
          given: ['sourceEnvironment', 'sourceTag'],
        },
    }),
    build: place(ubiopsBuild, {
      needs: ['revision'],
      with: (_, { revision: added }) => added,
    }),
  }),
  result: (_, outputs) => {
    const made = given(outputs.environment, 'environment');
    const added = given(outputs.revision, 'revision');
    const built = given(outputs.build, 'build');
    const { revisionId: id, tag, buildId } = built;
    const which = tag === null ? `build ${buildId} of ${made.environment}` : `${made.environment}:${tag}`;
    return {
      environment: { id: made.environmentId, name: made.environment, created: made.created },
      revision: { id, tag },
      build: { id: buildId, image: null },
      reused: !added.created,
      conclusion: concluded(which, !added.created),
    };
  },
});

/** One pipeline; its steps are those of the platform. */
export const buildEnvironment: Pipeline = {
  ...onDomino,
  platforms: { domino: onDomino, ubiops: onUbiOps },
  forInput: (input) => (platformIn(input) === 'ubiops' ? onUbiOps : onDomino),
};

const platformIn = (input: unknown): unknown =>
  typeof input === 'object' && input !== null && 'platform' in input ? input.platform : undefined;
