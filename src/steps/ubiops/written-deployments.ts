/** What documents write for deployments of UbiOps and for the requests that they answer, trainings among them. */
import type { Json } from '../../run/json.js';
import { parseDuration } from '../../run/schedules/durations.js';
import { neededBy } from '../holding.js';
import { type Around, Unfit, write } from '../written-kind.js';
import { deployingVersion } from './approving.js';
import { type DeploymentStepSpec, deployment } from './deployment.js';
import type { VersionSettings } from './deployments.js';
import { environmentFilesIn } from './environment-files.js';
import {
  bucketNamed,
  deploymentNamed,
  environmentNamed,
  fileNamed,
  inProject,
  instanceTypeNamed,
} from './names.js';
import { request } from './request.js';
import type { UbiOpsWith } from './spec.js';
import { trainingRun } from './training-run.js';

type DeploymentWith = UbiOpsWith['ubiops.deployment'];
type RunsOn = Pick<
  DeploymentWith,
  'environment' | 'tag' | 'instanceType' | 'minimumInstances' | 'maximumInstances'
>;

const secondsIn = (text: string | undefined): number | undefined => {
  const ms = text === undefined ? null : parseDuration(text);
  return ms === null ? undefined : Math.ceil(ms / 1_000);
};

/** Without what is not said: what a version is named after is what is said of it. */
const settingsOf = ({ environment: of, tag, ...given }: RunsOn): VersionSettings => {
  const made = typeof of === 'string' ? { environment: of } : of;
  const pinned = tag ?? made.tag;
  const { instanceType, minimumInstances, maximumInstances } = given;
  return {
    environment: made.environment,
    ...(pinned != null && { tag: pinned }),
    ...(made.revisionId !== undefined && { environmentRevision: made.revisionId }),
    ...(instanceType !== undefined && { instanceType }),
    ...(minimumInstances !== undefined && { minimumInstances }),
    ...(maximumInstances !== undefined && { maximumInstances }),
  };
};

/** What an environment step has made is a custom one, in which such a package would not run. */
function refuseEnvironmentFiles({ environment: of, files }: DeploymentWith): void {
  const names = environmentFilesIn(Object.keys(files));
  if (names.length > 0 && typeof of !== 'string')
    throw new Unfit(
      `the package has ${names.join(', ')}, of which UbiOps makes an environment of its own, and ${of.environment} would not be used: add the files to that environment`,
    );
}

const runningFields = ['environment', 'tag', 'instanceType'];

const namesOfRunning = ({ environment: of, tag, instanceType }: Partial<RunsOn>) => [
  ...environmentNamed('environment', of, { field: 'tag', value: tag }),
  ...instanceTypeNamed(instanceType),
];

export const writtenDeployment = write<DeploymentWith>()({
  kind: deployment,
  names: ({ project, ...given }) => inProject(project, namesOfRunning(given)),
  makes: ({ deployment: name, version }) => [
    { kind: 'deployment', value: name },
    // One that is named after its content, no document names.
    ...(version === undefined ? [] : [{ kind: 'version', value: version } as const]),
  ],
  shows: { created: 'bool' },
  model: ({ project, deployment: name }) => ({
    project,
    deploy: name === undefined ? undefined : { modelApi: name },
  }),
  specOf: deploymentOf,
  deploying: (given, around) => deployingVersion(deploymentOf(given, around), around),
  keepsBack: ({ promote }) => (promote === false ? '`promote: false`' : null),
});

function deploymentOf(given: DeploymentWith, { connection, isGiven }: Around): DeploymentStepSpec {
  refuseEnvironmentFiles(given);
  const { project, deployment: name, input, output, files, variables = {}, promote = true } = given;
  const { idleTime, retention, whenBusy = 'wait', version, serveWithin } = given;
  const { supportsRequestFormat, description } = given;
  const [idleSeconds, retentionSeconds] = [secondsIn(idleTime), secondsIn(retention)];
  return {
    ...{ project, deployment: name, input, output, supportsRequestFormat, description, version },
    settings: {
      ...settingsOf(given),
      ...(idleSeconds !== undefined && { idleSeconds }),
      ...(retentionSeconds !== undefined && { retentionSeconds }),
    },
    files,
    variables: Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
    promote,
    needed: neededBy({ connection, project, deploy: { modelApi: name }, whenBusy }),
    serveWithin,
    given: ['project', ...runningFields].filter(isGiven),
  };
}

/** As many as the message of its failure tells. */
const linesOfItem = 3;
/** The outputs of all items are kept together. */
const mostResultBytes = { ofOne: 60_000, ofItem: 2_000 } as const;

const waitingOf = (
  { logLines, metrics = [] }: Pick<UbiOpsWith['ubiops.request'], 'logLines' | 'metrics'>,
  { isItem, within, named }: Around,
) => ({
  logLines: logLines ?? (isItem ? linesOfItem : 20),
  metrics: [...new Set([...metrics, ...named])],
  resultBytes: isItem ? mostResultBytes.ofItem : mostResultBytes.ofOne,
  ...(within !== undefined && { within }), // else its wait is over after two days
});

const requestShows = {
  project: 'string',
  deployment: 'string',
  version: 'string',
  requestId: 'string',
  artifact: 'dyn',
  result: 'dyn',
  startedAt: 'dyn',
  completedAt: 'dyn',
  logNotice: 'dyn',
} as const;

export const writtenRequest = write<UbiOpsWith['ubiops.request']>()({
  kind: request,
  mayMake: 'files',
  shows: requestShows,
  names: ({ project, deployment: to, version }) => inProject(project, deploymentNamed(to, version)),
  specOf: (given, around) => {
    const { project, deployment: to, version, data, marker = '_longhaul', timeout } = given;
    return {
      project,
      deployment: typeof to === 'string' ? to : to.deployment,
      version: version ?? (typeof to === 'string' ? undefined : to.version),
      data: data as { readonly [field: string]: Json }, // values of a document
      marked: marker,
      timeoutSeconds: secondsIn(timeout),
      given: ['project', 'deployment', 'version'].filter(around.isGiven),
      ...waitingOf(given, around),
    };
  },
});

export const writtenTrainingRun = write<UbiOpsWith['ubiops.training-run']>()({
  kind: trainingRun,
  mayMake: 'files',
  names: ({ project, bucket, code, data, ...given }) =>
    inProject(project, [
      ...namesOfRunning(given),
      ...bucketNamed('bucket', bucket),
      ...fileNamed('code', code),
      ...fileNamed('data', data),
    ]),
  shows: requestShows,
  specOf: (given, around) => {
    const { project, experiment, bucket = 'default', parameters = {}, timeout } = given;
    const { name, description, code, data } = given;
    return {
      ...{ project, experiment, bucket, name, description, code, data },
      settings: settingsOf(given),
      given: ['project', ...runningFields].filter(around.isGiven),
      parameters: parameters as { readonly [name: string]: Json }, // values of a document
      timeoutSeconds: secondsIn(timeout),
      ...waitingOf(given, around),
    };
  },
});
