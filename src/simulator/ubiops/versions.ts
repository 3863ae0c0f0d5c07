/** Versions of deployments. */
import type { ubiops } from '../../contract/ubiops/index.js';
import { Refusal } from '../errors.js';
import { needDeployment } from './deployments.js';
import { environmentsOf } from './environment-views.js';
import { type Handlers, isoMicros } from './handlers.js';
import { hasLabel } from './labels.js';
import { activeRevision, versionStatus } from './version-states.js';
import { defaultOf } from './deployments.js';
import { type Simulation, birth, end, isSeen, listed, need, refuseDuplicate } from './world/simulation.js';
import type { Deployment, Environment, Version } from './world/state.js';

type Own = Handlers<typeof ubiops>['versions'];

/** What a version has that states nothing else. */
const usual = {
  ...{ description: '', labels: {}, minimum_instances: 0, maximum_instances: 5, maximum_idle_time: 300 },
  ...{ request_retention_mode: 'full', request_retention_time: 604_800, maximum_queue_size: 50_000 },
  ...{ restart_request_interruption: true, scaling_strategy: 'default', instance_processes: 1, ports: [] },
};

/** The handlers of versions. */
export const versions: Own = {
  create(simulation, { path, body, note }) {
    const deployment = needDeployment(simulation, path);
    const { version: name, environment, environment_tag: tag, ...stated } = body;
    refuseDuplicate(simulation, deployment.versions, 'Deployment version', (one) => one.name === name);
    const version: Version = {
      ...birth(simulation),
      ...{ deployment, name, revisions: [], requests: [], variables: [] },
      ...environmentFor(simulation, deployment, { environment, tag }),
      settings: { ...usual, ...instanceTypeFor(simulation, stated) },
      updatedAt: simulation.clock.now(),
    };
    deployment.versions.push(version);
    if (deployment.defaults.length === 0) deployment.defaults.push({ sinceMs: version.bornMs, version });
    note({ change: 'created', ...notedOf(version), texts: [stated.description, name] });
    return versionView(simulation, version);
  },

  list(simulation, { path, query }) {
    const { versions: all } = needDeployment(simulation, path);
    return listed(simulation, all)
      .filter((one) => hasLabel(labelsOf(one), query.labels))
      .map((one) => versionView(simulation, one));
  },

  get: (simulation, { path }) => versionView(simulation, needVersion(simulation, path)),

  update(simulation, { path, body, note }) {
    const version = needVersion(simulation, path);
    const { deployment } = version;
    const { version: name = version.name, environment, environment_tag: tag, ...stated } = body;
    if (name !== version.name)
      refuseDuplicate(simulation, deployment.versions, 'Deployment version', (one) => one.name === name);
    if (environment !== undefined || tag !== undefined) {
      const asked = { environment: environment ?? version.environment.name, tag };
      Object.assign(version, environmentFor(simulation, deployment, asked));
    }
    version.name = name;
    version.settings = { ...version.settings, ...instanceTypeFor(simulation, stated, version.settings) };
    version.updatedAt = simulation.clock.now();
    note({ change: 'changed', ...notedOf(version), texts: [stated.description] });
    return versionView(simulation, version);
  },

  delete(simulation, { path, note }) {
    const version = needVersion(simulation, path);
    end(version);
    note({ change: 'deleted', ...notedOf(version) });
    return undefined;
  },
};

/** A version by its name. */
export const needVersion = (
  simulation: Simulation,
  path: Readonly<Record<'projectName' | 'deploymentName' | 'version', string>>,
): Version =>
  need(
    simulation,
    needDeployment(simulation, path).versions,
    'Deployment version',
    ({ name }) => name === path.version,
  );

/** How the ledger and the audit trail name it. */
const notedOf = ({ id, name, deployment }: Version) =>
  ({
    kind: 'deploymentVersion',
    ...{ id, name },
    ...{ project: deployment.project, deployment: deployment.name },
  }) as const;

const labelsOf = ({ settings }: Version): Readonly<Record<string, string>> => ({
  ...(settings['labels'] as Readonly<Record<string, string>>), // as the contract has read them
});

interface AskedEnvironment {
  readonly environment: string | undefined;
  readonly tag: string | undefined;
}

/** @throws Refusal 400 for one that is not there, or that is for other deployments */
function environmentFor(
  simulation: Simulation,
  deployment: Deployment,
  { environment: wanted, tag: wantedTag }: AskedEnvironment,
): { readonly environment: Environment; readonly tag: string | null } {
  const all = environmentsOf(simulation, deployment.project).filter((one) => isSeen(simulation, one));
  const environment = all.find(({ kind, name }) =>
    wanted === undefined ? kind === 'base' : name === wanted,
  );
  if (environment === undefined) throw new Refusal(400, `There is no environment ${wanted ?? ''}`);
  if (environment.supportsRequestFormat !== deployment.supportsRequestFormat)
    throw new Refusal(400, 'Given environment is not supported for the deployment');
  if (simulation.dialect === 'v2.1') return { environment, tag: null };
  const tags = environment.tags.filter((one) => isSeen(simulation, one));
  const tag = tags.findLast(({ name }) => wantedTag === undefined || name === wantedTag);
  if (tag === undefined)
    throw new Refusal(400, `Environment ${environment.name} has no tag ${wantedTag ?? ''}`);
  return { environment, tag: tag.name };
}

type Settings = Readonly<Record<string, unknown>>;

/** @throws Refusal 400 for one that is not there */
function instanceTypeFor({ state }: Simulation, stated: Settings, before: Settings = {}): Settings {
  const { instance_type_group_id: id, instance_type_group_name: name, instance_type: type } = stated;
  const wanted = name ?? type;
  const isStated = id !== undefined || wanted !== undefined;
  if (!isStated && 'instance_type_group_id' in before) return stated;
  const found = state.instanceTypes.find((one) =>
    id === undefined ? wanted === undefined || one.name === wanted : one.groupId === id,
  );
  if (found === undefined) throw new Refusal(400, `There is no instance type group ${String(id ?? wanted)}`);
  const group = { instance_type_group_id: found.groupId, instance_type_group_name: found.name };
  return { ...stated, ...group, instance_type: found.name };
}

function versionView(simulation: Simulation, version: Version) {
  const { id, name, deployment, environment, tag, settings } = version;
  const revisions = version.revisions.filter((revision) => isSeen(simulation, revision));
  const lastUpload = revisions.at(-1)?.createdAt;
  return {
    ...settings,
    ...{ id, deployment: deployment.name, version: name, environment: environment.name },
    ...(simulation.dialect === 'v2'
      ? { environment_tag: tag }
      : { environment_display_name: environment.displayName }),
    default: defaultOf(simulation, deployment) === version,
    status: versionStatus(simulation, version),
    active_revision: activeRevision(simulation, version)?.id ?? null,
    latest_revision: revisions.at(-1)?.id ?? null,
    last_file_upload: lastUpload === undefined ? null : isoMicros(lastUpload),
    ...{ has_request_method: lastUpload !== undefined, has_requests_method: false },
    creation_date: isoMicros(version.createdAt),
    last_updated: isoMicros(version.updatedAt),
  };
}
