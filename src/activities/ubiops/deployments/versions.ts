/** Versions of deployments as effects: ensured by their name, which follows from what they are made of where none is stated. */
import { hash } from 'node:crypto';
import { PlatformError } from '../../../platform/errors.js';
import type { DeploymentEffects, VersionSpec, VersionStart } from '../../../steps/ubiops/deployments.js';
import { environmentFilesIn } from '../../../steps/ubiops/environment-files.js';
import { type Attempt, attempted, markerOf } from '../../effect/attempt.js';
import { creating, ensure } from '../../effect/ensure.js';
import { fromKnown, ifThere } from '../../effect/known-objects.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { type Needed, needed, needing, projectNeeded } from '../missing.js';
import { deploymentPackage } from './deployment-package.js';
import { setVariables } from './variables.js';
import { pathOf } from './version-path.js';

type Own = Pick<DeploymentEffects, 'ensureVersion' | 'ensureVariables'>;
type Asked = Parameters<Own['ensureVersion']>[0];

/** Builds them. */
export const createVersionActivities = (deps: UbiOpsDependencies): Own => ({
  ensureVersion: creating(
    deps,
    // The deployment is there: what is missing is what the input alone names, or a replica lags behind.
    fromKnown((asked: Asked, attempt: Attempt) =>
      needing(deps, neededBy(asked), () => ensureVersion(deps, asked, attempt)),
    ),
  ),
  ensureVariables: attempted(
    deps,
    fromKnown(async ({ version, variables }: Parameters<Own['ensureVariables']>[0], { deadlineMs }) => {
      await setVariables(deps, { version, variables, deadlineMs });
      return null;
    }),
  ),
});

function neededBy({ spec: { project, deployment, settings }, given }: Asked): Needed[] {
  const { environment, tag, instanceType } = settings;
  const naming = { project, given };
  return [
    projectNeeded(naming),
    ...needed(naming, 'deployment', 'deployment', { value: deployment }),
    ...needed(naming, 'environment', 'environment', { value: environment }),
    ...needed(naming, 'tag', 'tag', { value: tag, within: environment }),
    ...needed(naming, 'instance type', 'instanceType', { value: instanceType }),
  ];
}

/** Labels of a version: what it is made of, and which version served before it. */
const labels = { content: 'longhaul-content', previous: 'longhaul-previous' } as const;

/** A version as the platform has it. */
export type Found = Awaited<ReturnType<UbiOpsDependencies['ubiops']['versions']['get']>>;

/** The version that served before one was made, as that itself says; `undefined` where it does not. */
export const previousIn = ({ labels: of }: Pick<Found, 'labels'>): string | undefined =>
  of?.[labels.previous];

/** What a version is made of, in the digits that Longhaul has given it; `undefined` of one that it has not named so. */
export const contentLabelIn = ({ labels: of }: Pick<Found, 'labels'>): string | undefined =>
  of?.[labels.content];

async function ensureVersion(
  deps: UbiOpsDependencies,
  { spec, previous, origin, begunBefore }: Asked,
  attempt: Attempt,
): Promise<VersionStart> {
  await refuseEnvironmentFiles(deps, spec);
  const { project, deployment } = spec;
  const { version, content } = identityOf(spec);
  const marker = markerOf(origin);
  const path = pathOf({ project, deployment, version });
  const started = (found: Found): VersionStart => ({
    ...{ project, deployment, version },
    created: found.description?.includes(marker) === true,
    activeRevision: found.active_revision ?? null,
  });
  return ensure<VersionStart>(attempt, {
    ...{ lookFirst: true, begunBefore, unlessThere: true },
    find: async () => {
      const found = await ifThere(deps.ubiops.versions.get({ path }));
      if (found === null) return null;
      refuseOther({ spec, content, version }, found);
      return started(found);
    },
    create: async () => {
      const { description = '' } = spec;
      const body = {
        ...{ version, ...settingsOf(spec) },
        description: `${description} (Longhaul, ${origin.runId.slice(0, 60)}) ${marker}`.trim(),
        labels: {
          ...(content !== undefined && { [labels.content]: content }),
          ...(previous != null && { [labels.previous]: previous }),
        },
      };
      const { projectName, deploymentName } = path;
      const options = { deadlineMs: attempt.deadlineMs };
      return started(
        await deps.ubiops.versions.create({ path: { projectName, deploymentName }, body }, options),
      );
    },
  });
}

/** Requests are found again by what they were given, which is kept in the mode `full` alone. */
const settingsOf = ({ settings }: VersionSpec) => {
  const { environment, tag, instanceType, minimumInstances, maximumInstances } = settings;
  const { idleSeconds, retentionSeconds } = settings;
  return {
    ...{ environment, request_retention_mode: 'full' as const },
    ...(tag !== undefined && { environment_tag: tag }),
    ...(instanceType !== undefined && { instance_type_group_name: instanceType }),
    ...(minimumInstances !== undefined && { minimum_instances: minimumInstances }),
    ...(maximumInstances !== undefined && { maximum_instances: maximumInstances }),
    ...(idleSeconds !== undefined && { maximum_idle_time: idleSeconds }),
    ...(retentionSeconds !== undefined && { request_retention_time: retentionSeconds }),
  };
};

/** The name of a version, and what it is made of in twelve digits; `undefined` of one that its name alone tells from others. */
export function identityOf(spec: VersionSpec): {
  readonly version: string;
  readonly content: string | undefined;
} {
  const content = contentOf(spec);
  return { version: spec.version ?? `lh-${content ?? ''}`, content };
}

/** All that a version is made of, in twelve digits; `undefined` of one that its name alone tells from others. */
function contentOf({ settings, content }: VersionSpec): string | undefined {
  if (content === undefined) return undefined;
  const sorted = (of: object) => Object.entries(of).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [sorted(settings), deploymentPackage(content.files).content, sorted(content.variables)];
  return hash('sha256', JSON.stringify(parts)).slice(0, 12);
}

/** A version is never changed: what has the name must be made of the same. */
function refuseOther(
  {
    spec,
    content,
    version,
  }: { readonly spec: VersionSpec; readonly content: string | undefined; readonly version: string },
  found: Found,
): void {
  const fault =
    content === undefined
      ? otherSettings(spec, found, 'use another name')
      : (otherContent(content, found) ??
        otherSettings(spec, found, 'change it back on the platform, or delete the version'));
  if (fault !== null)
    throw new PlatformError('CONFLICT', `version ${version} of ${spec.deployment} is there, and ${fault}`);
}

function otherContent(content: string, found: Found): string | null {
  const known = contentLabelIn(found);
  if (known === content) return null;
  return known === undefined
    ? 'Longhaul did not make it; use another name'
    : 'is made of something else; leave `version` out, and each is named after what it is made of';
}

function otherSettings(
  { settings: { environment, tag, instanceType }, content }: VersionSpec,
  found: Found,
  advice: string,
): string | null {
  // With such a package it runs in an environment that the platform has made.
  const isOwn = environmentFilesIn(Object.keys(content?.files ?? {})).length > 0;
  const [other] = [
    ['environment', isOwn ? undefined : environment, found.environment],
    ['tag', tag, found.environment_tag],
    ['instance type', instanceType, found.instance_type_group_name],
  ].filter(([, asked, is]) => asked !== undefined && is != null && asked !== is);
  return other === undefined ? null : `its ${other[0]} is ${other[2]}, not ${other[1]}; ${advice}`;
}

/**
 * A package with files of an environment makes one of its own, on the base of the version: a version that names a custom
 * environment would not run in that.
 */
async function refuseEnvironmentFiles(
  { ubiops: { environments } }: UbiOpsDependencies,
  { project: projectName, settings: { environment }, content }: VersionSpec,
): Promise<void> {
  const files = environmentFilesIn(Object.keys(content?.files ?? {}));
  if (files.length === 0) return;
  const found = await environments.get({ path: { projectName, environmentName: environment } });
  if (found.system === true || found.project === null) return;
  throw new PlatformError(
    'REQUEST_REJECTED',
    `the package has ${files.join(', ')}, of which the platform makes an environment, and ${environment} is a custom one: add the files to that, or name a base environment; nothing was made`,
  );
}
