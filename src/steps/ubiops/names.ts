/** What steps name on UbiOps: all of it is in a project, and has a name under which a step before may make it. */
import type { NamedThere } from '../written-kind.js';

/** Something in a project, before it is known in which. */
type InProject = Omit<NamedThere, 'project'>;

/** A project with what a step names in it; where the project is not known, nobody can look there. */
export const inProject = (project: string | undefined, named: readonly InProject[]): NamedThere[] =>
  typeof project === 'string'
    ? [{ kind: 'project', field: 'project', value: project }, ...named.map((one) => ({ ...one, project }))]
    : [];

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** An environment, with its tag where one is named; what a step has made is there. */
export function environmentNamed(
  field: string,
  environment: unknown,
  tag: { readonly field: string; readonly value: unknown },
): InProject[] {
  const [name, tagName] = [text(environment), text(tag.value)];
  if (name === undefined) return [];
  return [
    { kind: 'environment', field, value: name, mayBeMade: true },
    ...(tagName === undefined
      ? []
      : [{ kind: 'tag', field: tag.field, value: tagName, within: name, mayBeMade: true } as const]),
  ];
}

/** A deployment, with its version where one is named. */
export function deploymentNamed(deployment: unknown, version: unknown): InProject[] {
  const [name, versionName] = [text(deployment), text(version)];
  if (name === undefined) return [];
  return [
    { kind: 'deployment', field: 'deployment', value: name, mayBeMade: true },
    ...(versionName === undefined
      ? []
      : [
          {
            ...({ kind: 'version', field: 'version', value: versionName, within: name } as const),
            mayBeMade: true as const,
          },
        ]),
  ];
}

/** The type of instances that a version runs on. */
export const instanceTypeNamed = (value: unknown): InProject[] => [
  { kind: 'instance type', field: 'instanceType', value: text(value) },
];

/** A bucket. */
export const bucketNamed = (field: string, value: unknown): InProject[] => [
  { kind: 'bucket', field, value: text(value), mayBeMade: true },
];

/** A file by its address, `ubiops-file://<bucket>/<path>`, with its bucket. */
export function fileNamed(field: string, address: unknown): InProject[] {
  const [, bucket, path] = /^ubiops-file:\/\/([^/]+)\/(.+)$/.exec(text(address) ?? '') ?? [];
  if (bucket === undefined || path === undefined) return [];
  return [
    ...bucketNamed(field, bucket),
    { kind: 'file', field, value: path, within: bucket, mayBeMade: true },
  ];
}
