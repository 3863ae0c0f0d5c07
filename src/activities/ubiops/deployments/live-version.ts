/** The version that is live, and how one that would take its place is different: for who has to approve it. */
import type { DeploymentEffects, LiveVersion, VersionSpec } from '../../../steps/ubiops/deployments.js';
import { environmentFilesIn } from '../../../steps/ubiops/environment-files.js';
import { attempted } from '../../effect/attempt.js';
import { readKnown } from '../../effect/known-objects.js';
import { lookTwice } from '../../effect/second-look.js';
import type { UbiOpsDependencies } from '../dependencies.js';
import { bytesIn } from '../environments/contents.js';
import { type PackagedFile, contentOf, packagedFiles } from '../environments/packages.js';
import { deploymentPackage } from './deployment-package.js';
import { defaultOf } from './serving.js';
import { ownVariables } from './variables.js';
import { pathOf } from './version-path.js';
import { type Found, contentLabelIn, identityOf } from './versions.js';

type Own = Pick<DeploymentEffects, 'getLiveVersion'>;

/** Builds it. */
export const createLiveVersions = (deps: UbiOpsDependencies): Own => ({
  getLiveVersion: attempted(deps, ({ spec }: Parameters<Own['getLiveVersion']>[0]) =>
    getLiveVersion(deps, spec),
  ),
});

/** An approver reads no more. */
const most = { lines: 100, letters: 120, lineLetters: 500 } as const;

async function getLiveVersion(deps: UbiOpsDependencies, spec: VersionSpec): Promise<LiveVersion> {
  const { version, content } = identityOf(spec);
  // What was put live a moment ago may not be shown yet; a deployment that is not there has none.
  const live = await lookTwice(deps, () => defaultOf(deps, spec));
  if (live === null) return { version, live, changed: upTo(await variableChanges(deps, spec, live)) };
  const path = pathOf({ ...spec, version: live });
  const found = await readKnown(deps.ubiops.versions.get({ path }));
  const changed = [
    ...settingChanges(spec, found),
    ...(await variableChanges(deps, spec, live)),
    ...(await fileChanges(deps, spec, found)),
  ].map((line) => short(deps.redact(line), most.lineLetters));
  const isMadeOfSame = content !== undefined && contentLabelIn(found) === content;
  const isTaken = version === live && !isMadeOfSame;
  const taken = `version ${live} is there and is made of something else, so this one will not be made`;
  return { version, live, changed: [...(isTaken ? [taken] : []), ...told(live, isMadeOfSame, changed)] };
}

/** The label of a version says what it was made of: somebody may have changed it on the platform since. */
function told(live: string, isMadeOfSame: boolean, changed: readonly string[]): readonly string[] {
  if (changed.length === 0)
    return isMadeOfSame
      ? [`it is made of the same as version ${live}`]
      : ['the platform does not tell what is different, such as another build of its environment'];
  const since = isMadeOfSame ? [`version ${live} was made of the same, and now:`] : [];
  return [...since, ...upTo(changed)];
}

function upTo(lines: readonly string[]): readonly string[] {
  const more = lines.length - most.lines;
  return more > 0 ? [...lines.slice(0, most.lines), `and ${more} more`] : lines;
}

/** Of what is stated: the rest is as the platform chooses, and so is the environment that it makes of a package. */
function settingChanges({ settings, content }: VersionSpec, found: Found): string[] {
  const { environment } = settings;
  const isOwn = environmentFilesIn(Object.keys(content?.files ?? {})).length > 0;
  const stated = [
    ['environment', found.environment, isOwn ? undefined : environment],
    ['tag', found.environment_tag, settings.tag],
    ['instance type', found.instance_type_group_name, settings.instanceType],
    ['minimum instances', found.minimum_instances, settings.minimumInstances],
    ['maximum instances', found.maximum_instances, settings.maximumInstances],
    ['idle time in seconds', found.maximum_idle_time, settings.idleSeconds],
    ['retention in seconds', found.request_retention_time, settings.retentionSeconds],
  ] as const;
  return stated.flatMap(([name, was, is]) =>
    is === undefined || was === is ? [] : [`${name}: ${was ?? 'nothing'} is now ${is}`],
  );
}

async function variableChanges(
  deps: UbiOpsDependencies,
  { content, ...place }: VersionSpec,
  live: string | null,
): Promise<string[]> {
  const known = live === null ? [] : await readKnown(ownVariables(deps, { ...place, version: live }));
  const was = new Map(known.map(({ name, value }) => [name, value]));
  const is = new Map(Object.entries(content?.variables ?? {}));
  // Whole: half of a secret is not recognized.
  const shown = (value = ''): string => short(deps.redact(value), most.letters);
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((name) => {
    const [before, after] = [was.get(name), is.get(name)];
    if (!was.has(name)) return [`variable ${name} is new: ${shown(after)}`];
    if (after === undefined) return [`variable ${name} is left out`];
    return before === after
      ? []
      : [`variable ${name}: ${shown(before ?? 'a secret')} is now ${shown(after)}`];
  });
}

const short = (text: string, letters: number): string =>
  text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;

async function fileChanges(
  { ubiops: { deploymentRevisions } }: UbiOpsDependencies,
  { content, project, deployment }: VersionSpec,
  { version, active_revision: revisionId }: Found,
): Promise<string[]> {
  if (revisionId == null) return [`version ${version} is live without a package`];
  const path = { ...pathOf({ project, deployment, version }), revisionId };
  const bytes = await bytesIn(deploymentRevisions.download({ path }));
  const was = bytes && packagedFiles(bytes);
  if (was === null && bytes !== null) contentOf(bytes); // a page of something in between says nothing
  if (was === null)
    return [`the package of version ${version} cannot be read, so nobody knows how its files differ`];
  return differences(withoutFolder(was), filesIn(content?.files ?? {}));
}

type Files = Readonly<Record<string, PackagedFile>>;

const filesIn = (files: Readonly<Record<string, string>>): Files =>
  withoutFolder(packagedFiles(deploymentPackage(files).bytes) ?? {});

/** All of a package is in one folder. */
const withoutFolder = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([path, file]) => [path.replace(/^[^/]+\//, ''), file]));

const differences = (was: Files, is: Files): string[] =>
  [...new Set([...Object.keys(was), ...Object.keys(is)])].sort().flatMap((path) => {
    // A file may have the name of something that every object has.
    const [before, after] = [was, is].map((files) => (Object.hasOwn(files, path) ? files[path] : undefined));
    if (before === undefined) return [`file ${path} is new: ${after?.bytes ?? 0} B`];
    if (after === undefined) return [`file ${path} is left out`];
    if (before.sha256 === after.sha256) return [];
    return [`file ${path} is another: ${before.bytes} B, now ${after.bytes} B`];
  });
