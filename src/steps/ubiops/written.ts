/** What documents write for the kinds of UbiOps. */
import { Unfit, write } from '../written-kind.js';
import { build } from './build.js';
import { environment } from './environment.js';
import type { PackageSource } from './environments.js';
import { environmentNamed, inProject } from './names.js';
import { revision } from './revision.js';
import type { UbiOpsWith } from './spec.js';
import { writtenDeployment, writtenRequest, writtenTrainingRun } from './written-deployments.js';

type Source = Pick<UbiOpsWith['ubiops.revision'], 'files' | 'sourceEnvironment' | 'sourceTag'>;

function sourceOf({ files, sourceEnvironment, sourceTag }: Source): PackageSource {
  if (files !== undefined && sourceEnvironment === undefined) return { files };
  if (files !== undefined || sourceEnvironment === undefined)
    throw new Unfit('it needs exactly one of `files` and `sourceEnvironment`');
  return { sourceEnvironment, sourceTag };
}

const sourceFields = ['sourceEnvironment', 'sourceTag'];

const sourceNamed = (prefix: string, source: Partial<Source> = {}) =>
  environmentNamed(`${prefix}sourceEnvironment`, source.sourceEnvironment, {
    field: `${prefix}sourceTag`,
    value: source.sourceTag,
  });

const writtenEnvironment = write<UbiOpsWith['ubiops.environment']>()({
  kind: environment,
  names: ({ project, base, contents }) =>
    inProject(project, [
      ...environmentNamed('base', base, { field: 'base', value: undefined }),
      ...sourceNamed('contents.', contents),
    ]),
  // With its content in its name, nobody names it.
  makes: ({ name, contents }) => (contents === undefined ? [{ kind: 'environment', value: name }] : []),
  specOf: ({ contents, ...given }, { isGiven }) => ({
    ...given,
    given: [
      ...['project', 'base'].filter(isGiven),
      ...(isGiven('contents') ? sourceFields.map((field) => `contents.${field}`) : []),
    ],
    ...(contents !== undefined && { contents: sourceOf(contents) }),
  }),
});

const writtenRevision = write<UbiOpsWith['ubiops.revision']>()({
  kind: revision,
  names: (source, projectOf) =>
    inProject(projectOf('environment'), sourceNamed('', source)).filter(({ kind }) => kind !== 'project'),
  // What its content names, no document does.
  makes: ({ tag }) => (tag === undefined ? [] : [{ kind: 'tag', value: tag }]),
  specOf: ({ environment: made, tag, ...source }, { isGiven }) => ({
    ...{ environment: made, source: sourceOf(source), tag },
    given: sourceFields.filter(isGiven),
  }),
});

const writtenBuild = write<UbiOpsWith['ubiops.build']>()({
  kind: build,
  specOf: ({ revision: added }) => added,
});

export const ubiopsWritten = {
  'ubiops.environment': writtenEnvironment,
  'ubiops.revision': writtenRevision,
  'ubiops.build': writtenBuild,
  'ubiops.deployment': writtenDeployment,
  'ubiops.request': writtenRequest,
  'ubiops.training-run': writtenTrainingRun,
};
