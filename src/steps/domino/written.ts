/** What documents write for the kinds of Domino. */
import type { DeploymentSpec } from '../../run/undoing/effects.js';
import { modelOf } from '../../run/ids.js';
import type { DeploymentSubject } from '../../run/retraining/retraining.js';
import { shellWords } from '../../run/documents/shell-words.js';
import { neededBy } from '../holding.js';
import { deployingModel } from './approving.js';
import { type Around, type NamedThere, Unfit, write } from '../written-kind.js';
import { build } from './build.js';
import { decide } from './decide.js';
import { deploy } from './deploy.js';
import { environment } from './environment.js';
import { job } from './job.js';
import { register } from './register.js';
import { revision } from './revision.js';
import { snapshot } from './snapshot.js';
import type { DominoWith } from './spec.js';
import { watch } from './watch.js';

/** Of an environment that a step has made, or that is named by its id. */
const environmentIdOf = (given: DominoWith['domino.deploy']['environment']): string =>
  typeof given === 'string' ? given : given.environmentId;

const namedEnvironment = (given: DominoWith['domino.job']['environment']): NamedThere[] =>
  typeof given === 'string' ? [{ kind: 'environment', field: 'environment', value: given }] : [];

const writtenEnvironment = write<DominoWith['domino.environment']>()({
  kind: environment,
  names: ({ id, base }) => [
    { kind: 'environment', field: 'id', value: id },
    ...Object.entries(base ?? {}).flatMap(([key, value]): NamedThere[] =>
      key === 'image' ? [] : [{ kind: 'environment', field: `base.${key}`, value }],
    ),
  ],
  specOf: ({ id, name, base, ...more }) => {
    if (id !== undefined) return { id };
    if (name === undefined || base === undefined) throw new Unfit('it needs `id`, or `name` and `base`');
    return { name, base, ...more };
  },
});

const writtenRevision = write<DominoWith['domino.revision']>()({
  kind: revision,
  shows: { number: 'double' },
  specOf: (given) => given,
});

const writtenBuild = write<DominoWith['domino.build']>()({
  kind: build,
  specOf: ({ revision: added, environment: made }, { stepOf }) => {
    if (added !== undefined) return { ...added, revisionStep: stepOf('revision') };
    if (made === undefined) throw new Unfit('it needs `revision` or `environment`');
    const { environmentId, revisionId, created } = made;
    if (revisionId === null) throw new Unfit(`the environment ${environmentId} has no revision to build`);
    return { environmentId, revisionId, created, revisionStep: stepOf('environment') };
  },
});

/** As many as the message of its failure tells. */
const linesOfItem = 3;

const writtenJob = write<DominoWith['domino.job']>()({
  kind: job,
  mayMake: 'files',
  names: ({ project, environment: of, hardwareTier }) => [
    { kind: 'project', field: 'project', value: project },
    ...namedEnvironment(of),
    { kind: 'hardware tier', field: 'hardwareTier', value: hardwareTier },
  ],
  shows: { number: 'double', link: 'string', startedAt: 'dyn', completedAt: 'dyn', logNotice: 'dyn' },
  specOf: (given, { connection, isItem, within, named }) => {
    const {
      command,
      environment: of,
      build: built,
      logLines = isItem ? linesOfItem : 20,
      metrics = [],
      trains,
      whenBusy,
      ...spec
    } = given;
    const { project } = spec;
    return {
      ...spec,
      command: typeof command === 'string' ? command : shellWords(command),
      logLines,
      ...(within !== undefined && { within }), // else its wait is over after two days
      metrics: [...new Set([...metrics, ...named])],
      ...(isItem && { isItem }),
      environmentId: of && environmentIdOf(of),
      revisionId: built?.revisionId,
      needed:
        trains === undefined
          ? undefined
          : neededBy({ connection, project, register: { model: trains }, whenBusy: whenBusy ?? 'wait' }),
    };
  },
});

const writtenRegister = write<DominoWith['domino.register']>()({
  kind: register,
  shows: { created: 'bool' },
  model: ({ model }) => ({ register: model === undefined ? undefined : { model } }),
  specOf: ({ job: trained, experimentRunId: stated, ...spec }) => ({
    ...spec,
    experimentRunId: stated ?? trained.experimentRunId,
    given: stated === undefined ? [] : [stated],
    job: trained,
  }),
});

type DeployWith = DominoWith['domino.deploy'];

/** What is sent, and what an approval is for. */
function deploymentOf({
  modelApi,
  job: trained,
  environment: of,
  from,
  source,
  ...given
}: DeployWith): DeploymentSpec {
  const { hardwareTier, replicas, description } = given;
  const deployed = source ?? (from && { model: from.model, version: from.version });
  if (deployed === undefined) throw new Unfit('it needs `from` or `source`');
  return {
    name: modelApi,
    projectId: trained.projectId,
    environmentId: environmentIdOf(of),
    source: deployed,
    ...(hardwareTier !== undefined && { hardwareTier }),
    ...(replicas !== undefined && { replicas }),
    ...(description !== undefined && { description }),
    ...(trained.outputCommitId !== null && { commitId: trained.outputCommitId }),
  };
}

const neededFor = (given: DeployWith, { connection }: Around) =>
  neededBy({
    connection,
    project: given.project,
    register: given.from && { model: given.from.model },
    deploy: { modelApi: given.modelApi },
    whenBusy: given.whenBusy ?? 'wait',
  });

const writtenDeploy = write<DeployWith>()({
  kind: deploy,
  names: ({ project, environment: of, hardwareTier }) => [
    { kind: 'project', field: 'project', value: project },
    ...namedEnvironment(of),
    { kind: 'hardware tier for model APIs', field: 'hardwareTier', value: hardwareTier },
  ],
  shows: { predictUrl: 'string', link: 'string', previousVersionId: 'dyn' },
  model: ({ project, modelApi }) => ({ project, deploy: modelApi === undefined ? undefined : { modelApi } }),
  specOf: (given, around) => {
    const { project, environment: of, source, serveWithin, restores } = given;
    return {
      ...deploymentOf(given),
      given: [...(typeof of === 'string' ? [of] : []), ...(source === undefined ? [] : [source.file])],
      project,
      needed: neededFor(given, around),
      serveWithin,
      ...(restores === true && { restores }),
    };
  },
  deploying: (given, { connection, metrics }) => {
    const { project, modelApi, from, job: trained } = given;
    if (from === undefined) throw new Unfit('an approval is for a registered version: `from` is missing');
    const { jobId, experimentRunId, revisionId } = trained;
    // Through JSON, as a history keeps it: what is undefined is not there.
    const deploys = JSON.parse(JSON.stringify(deploymentOf(given))) as DeploymentSubject['deploys'];
    return deployingModel({
      subject: { connection, project, deploys, trained: { jobId, experimentRunId, revisionId } },
      job: trained,
      registered: from,
      live: { project, modelApi, metrics },
    });
  },
  unapproved: ({ from, source }) =>
    from === undefined
      ? `a registered version: give \`from\`, the step that registers it${source === undefined ? '' : ', in the place of `source`'}`
      : null,
});

const writtenWatch = write<DominoWith['domino.watch']>()({
  kind: watch,
  shows: { looks: 'double', seen: 'string' },
  specOf: (
    { modelApi: name, project, deployment, for: watched = '10m', failures = 3, ...spec },
    { stepOf },
  ) => ({
    ...spec,
    for: watched,
    failures,
    deployment,
    promoted: { name, project, previous: deployment.previous, deployStep: stepOf('deployment') },
  }),
});

const writtenDecide = write<DominoWith['domino.decide']>()({
  kind: decide,
  shows: { decidedAt: 'string' },
  model: ({ project, modelApi }) => ({ project, deploy: modelApi === undefined ? undefined : { modelApi } }),
  specOf: ({ project, modelApi, when, trains, whenBusy = 'wait' }, { connection }) => {
    const register = trains === undefined ? undefined : { model: trains };
    const names = { connection, project, register, deploy: { modelApi } };
    return {
      project,
      modelApi,
      when,
      model: modelOf(names) ?? modelApi,
      needed: neededBy({ ...names, whenBusy }),
    };
  },
});

const writtenSnapshot = write<DominoWith['domino.snapshot']>()({
  kind: snapshot,
  specOf: ({ paths = ['.'], ...given }) => ({ ...given, paths }),
});

export const dominoWritten = {
  'domino.environment': writtenEnvironment,
  'domino.revision': writtenRevision,
  'domino.build': writtenBuild,
  'domino.job': writtenJob,
  'domino.register': writtenRegister,
  'domino.deploy': writtenDeploy,
  'domino.watch': writtenWatch,
  'domino.decide': writtenDecide,
  'domino.snapshot': writtenSnapshot,
};
