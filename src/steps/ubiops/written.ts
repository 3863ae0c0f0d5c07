/** What documents write for the kinds of UbiOps. */
import { type NamedThere, Unfit, write } from '../written-kind.js';
import { build } from './build.js';
import { environment } from './environment.js';
import type { PackageSource } from './environments.js';
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

const named = (kind: NamedThere['kind'], field: string, value: string | undefined): NamedThere => ({
  kind,
  field,
  value,
});

const writtenEnvironment = write<UbiOpsWith['ubiops.environment']>()({
  kind: environment,
  names: ({ project, base }) => [named('project', 'project', project), named('environment', 'base', base)],
  specOf: ({ contents, ...given }) => ({
    ...given,
    ...(contents !== undefined && { contents: sourceOf(contents) }),
  }),
});

const writtenRevision = write<UbiOpsWith['ubiops.revision']>()({
  kind: revision,
  specOf: ({ environment: made, tag, ...source }) => ({ environment: made, source: sourceOf(source), tag }),
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
