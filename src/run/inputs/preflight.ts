/** What an input names on the platform and can be looked up before anything is made. */
import type { FailureCode } from '../failures/errors.js';

/** What can be looked up by its name or its id. */
export type NamedKind =
  | 'project'
  | 'environment'
  | 'tag'
  | 'hardware tier'
  | 'hardware tier for model APIs'
  | 'instance type'
  | 'deployment'
  | 'version'
  | 'bucket'
  | 'file';

/** Something that must be there. */
export interface Named {
  readonly kind: NamedKind;
  /** Where the input names it, such as `train.hardwareTier`. */
  readonly field: string;
  readonly value: string;
  /** The project that it is in, where that is another one than most of what is looked up is in. */
  readonly project?: string;
  /** What of that project it is in: the environment of a tag, the deployment of a version, the bucket of a file. */
  readonly within?: string;
}

/** What an object is in, beside its project. */
export const containers: { readonly [K in NamedKind]?: NamedKind } = {
  tag: 'environment',
  version: 'deployment',
  file: 'bucket',
};

/** What to look up, and in which project. */
export interface Preflight {
  /** `owner/name`. */
  readonly project: string;
  readonly named: readonly Named[];
}

/** The same, where a step acts; left out, where the run does. */
export interface PlacedPreflight extends Preflight {
  readonly connection?: string | undefined;
}

/** What came of one look-up. `unknown`: it could not be looked up, which stops nothing. */
export type Finding = Named & {
  readonly verdict: 'found' | 'missing' | 'unknown';
  /** Why it is unknown, or what there is instead. */
  readonly detail?: string;
  /** Of one that is unknown: why it could not be looked up. Left out by workers of a version before. */
  readonly code?: FailureCode;
};

/** What of an input is looked up. */
export interface PreflightInput {
  readonly project: string;
  readonly environment?: { readonly id: string } | { readonly base: object } | undefined;
  readonly train: { readonly hardwareTier?: string | undefined };
  readonly deploy?:
    { readonly environmentId?: string | undefined; readonly hardwareTier?: string | undefined } | undefined;
}

/** The parts of an input that can be looked up. */
export function preflightOf({ project, environment, train, deploy }: PreflightInput): Preflight {
  const named: Named[] = [{ kind: 'project', field: 'project', value: project }];
  const add = (kind: Named['kind'], field: string, value: string | undefined): void => {
    if (value !== undefined) named.push({ kind, field, value });
  };
  if (environment !== undefined && 'id' in environment) add('environment', 'environment.id', environment.id);
  if (environment !== undefined && 'base' in environment) {
    const { base } = environment;
    for (const [key, value] of Object.entries<unknown>({ ...base }))
      if (key !== 'image' && typeof value === 'string') add('environment', `environment.base.${key}`, value);
  }
  add('hardware tier', 'train.hardwareTier', train.hardwareTier);
  add('environment', 'deploy.environmentId', deploy?.environmentId);
  add('hardware tier for model APIs', 'deploy.hardwareTier', deploy?.hardwareTier);
  return { project, named };
}

/** Of what is in something that is missing, only that is said: whether it is missing itself, nobody can tell. */
export const withoutFollowing = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => {
    const outer = finding.verdict === 'missing' ? findings.find((other) => holds(other, finding)) : undefined;
    return outer === undefined
      ? finding
      : { ...finding, verdict: 'unknown', detail: `${sayNamed(outer)} is not there` };
  });

function holds(outer: Finding, { kind, project, within }: Finding): boolean {
  if (outer.verdict !== 'missing') return false;
  if (outer.kind === 'project') return kind !== 'project' && project === outer.value;
  return containers[kind] === outer.kind && within === outer.value && project === outer.project;
}

/** What is missing, one line each. */
export const missingIn = (findings: readonly Finding[]): string[] =>
  findings.filter(({ verdict }) => verdict === 'missing').map(sayFinding);

/** What is named, as messages call it: `tag "2" of churn`. */
export const sayNamed = ({ kind, value, within }: Pick<Named, 'kind' | 'value' | 'within'>): string =>
  `${kind} ${JSON.stringify(value)}${within === undefined ? '' : ` of ${within}`}`;

/** One look-up in one line. */
export function sayFinding({ field, verdict, detail, ...named }: Finding): string {
  const more = (sign: string): string => (detail === undefined ? '' : `${sign} ${detail}`);
  const which = sayNamed(named);
  switch (verdict) {
    case 'found':
      return `${field}: ${which} is there${more(';')}`;
    case 'missing':
      return `${field}: there is no ${which}${more(';')}`;
    case 'unknown':
      return `${field}: cannot tell whether ${which} is there${more(':')}`;
  }
}

/** What to look up, on which connection. */
export interface PreflightAsked extends Preflight {
  readonly connection: string;
}

/** The Temporal workflow type that looks it up for who asks before starting a run, and what every id of one begins with. */
export const preflightWorkflow = 'lookUp';
export const preflightPrefix = 'look-up.';
