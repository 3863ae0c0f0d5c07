/** A version of a deployment: made, its package built, and put live; what served before takes over again where that fails. */
import { parseDuration } from '../../run/schedules/durations.js';
import type { Hold } from '../../run/undoing/effects.js';
import { type Needed, holding } from '../holding.js';
import type {
  DeploymentStart,
  PackageFiles,
  Shape,
  VersionOutput,
  VersionSettings,
  VersionSpec,
  VersionStart,
} from './deployments.js';
import type { Given } from './given.js';
import { type UbiOpsStep, defineUbiOpsStep } from './effects.js';

export interface DeploymentStepSpec extends Given {
  readonly project: string;
  readonly deployment: string;
  readonly input: Shape;
  readonly output: Shape;
  readonly supportsRequestFormat?: boolean | undefined;
  readonly description?: string | undefined;
  /** Left out, it is named after what it is made of. */
  readonly version?: string | undefined;
  readonly settings: VersionSettings;
  readonly files: PackageFiles;
  readonly variables: Readonly<Record<string, string>>;
  /** Whether it serves at the end; else it is built, and requests that name it reach it. */
  readonly promote: boolean;
  readonly needed: Needed | undefined;
  /** How long building it may take, and how long the platform may take then until it lets it serve, such as `1h`. */
  readonly serveWithin?: string | undefined;
}

export const deployment = defineUbiOpsStep<DeploymentStepSpec, VersionOutput>({
  kind: 'ubiops.deployment',
  holds: { project: 'a text', deployment: 'a text', version: 'a text', revisionId: 'an id' },
  mayHold: { promoted: 'true or false', previous: 'a text or null' },
  sameBy: ['project', 'deployment', 'version', 'revisionId', 'promoted'],
  isNamed: true,
  looksUp: true,
  // What requests to a candidate measure is shown; which version a file names as it, nobody sees.
  isOpaque: true,
  recorded: { ends: ['ensureServing'], output: ['ensureServing'], undo: ['takeBackVersion'] },
  madeFrom: ({ needed: _, serveWithin: _within, given: _given, ...spec }) => spec,
  running: takingBack,
  leaves: {
    unfinished: (spec) => [{ target: takingBack(spec), ...(spec.promote && { doubt: 'perhaps' }) }],
  },
  refersTo: ({ deployment: name, version }) => referencesOf(name, version),
  reuses: ({ created, deployment: name, version }) => (created ? null : `version ${version} of ${name}`),
  perform: async (step, spec) => {
    const { effect, effects, preflight } = step;
    const { connection } = effect;
    const { project, deployment: name, needed, promote, given } = spec;
    const started = (hold: Hold | undefined): Promise<DeploymentStart> =>
      effects.ensureDeployment({
        ...{ ...effect, preflight, given, spec: deploymentOf(spec) },
        ...(hold && { hold }),
      });
    await holding(step, needed, started);
    // The first version of a deployment serves as soon as it is there.
    const previous = await step.once(() =>
      effects.getDefaultVersion({ connection, project, deployment: name }),
    );
    const version = await makeVersion(step, spec, previous);
    const revisionId = await buildPackage(step, spec, version);
    if (promote) {
      step.acting();
      step.waiting(`version ${version.version} of ${name} to serve`);
    }
    return effects.ensureServing({
      ...{ ...effect, version, revisionId, previous, promote },
      withinMs: durationIn(spec.serveWithin),
    });
  },
});

function takingBack({ project, deployment: name }: DeploymentStepSpec) {
  return { undo: 'takeBackVersion', project, deployment: name } as const;
}

const referencesOf = (name: string, version: string) => [
  { kind: 'deployment', id: name },
  { kind: 'deploymentVersion', id: version },
];

const durationIn = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : (parseDuration(text) ?? undefined); // the door has checked it

const deploymentOf = ({
  project,
  deployment: name,
  input,
  output,
  supportsRequestFormat,
  description,
}: DeploymentStepSpec) => ({
  ...{ project, deployment: name, input, output },
  ...{ supportsRequestFormat, description },
});

/** The version that it makes. */
export const versionOf = ({
  project,
  deployment: name,
  version,
  settings,
  files,
  variables,
  description,
}: DeploymentStepSpec): VersionSpec => ({
  ...{ project, deployment: name, version, settings, description, content: { files, variables } },
});

async function makeVersion(
  step: UbiOpsStep,
  spec: DeploymentStepSpec,
  previous: string | null,
): Promise<VersionStart> {
  const { effect, effects } = step;
  const { project, deployment: name, given, variables } = spec;
  const target = { undo: 'takeBackVersion', project, deployment: name, previous } as const;
  const answered = step.undo('running', target);
  const made = await effects.ensureVersion({ ...effect, ...{ previous, given }, spec: versionOf(spec) });
  answered({ id: made.version, parent: name, isOwn: true }, made, { ...target, version: made.version });
  step.waiting(`version ${made.version} of ${name} to build`, ...referencesOf(name, made.version));
  if (Object.keys(variables).length > 0)
    await effects.ensureVariables({ ...effect, version: placeOf(made), variables });
  return made;
}

/** Where a version is. */
const placeOf = ({ project, deployment: name, version }: VersionStart) => ({
  ...{ project, deployment: name, version },
});

/** Uploads the package, unless it is there, and waits until it is built; returns its id. */
async function buildPackage(
  step: UbiOpsStep,
  { files, serveWithin }: DeploymentStepSpec,
  made: VersionStart,
): Promise<string> {
  const { effect, effects } = step;
  const { connection } = effect;
  const version = placeOf(made);
  const before = await effects.getPackages({ connection, version });
  const { revisionId } = await effects.ensurePackage({ ...effect, version, package: { files }, before });
  const withinMs = durationIn(serveWithin);
  await effects.awaitPackage({ connection, version, revisionId, withinMs });
  return revisionId;
}
