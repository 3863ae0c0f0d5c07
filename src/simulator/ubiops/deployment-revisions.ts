/** Packages of versions. */
import { createHash } from 'node:crypto';
import type { ubiops } from '../../contract/ubiops/index.js';
import { Refusal } from '../errors.js';
import type { Form } from '../forms.js';
import { Download, type Handlers, isoMicros } from './handlers.js';
import { fileIn, outcomeOf, packageOf, textIn } from './packages.js';
import { isTemplate } from './platform.js';
import { activeRevision, packageStatus } from './version-states.js';
import { needVersion } from './versions.js';
import { type Simulation, birth, listed, need } from './world/simulation.js';
import type { DeploymentRevision, Package, Version } from './world/state.js';
import type { Build } from './world/timelines.js';

type Own = Handlers<typeof ubiops>['deploymentRevisions'];

/** The handlers of packages. */
export const deploymentRevisions: Own = {
  async upload(simulation, { path, body, note }) {
    const version = needVersion(simulation, path);
    const uploaded = await uploadedBy(simulation, path.projectName, body);
    const born = birth(simulation);
    const { email: createdBy } = simulation.state.user;
    const build = startBuild(simulation, born.id, uploaded);
    version.revisions.push({ ...born, createdBy, package: uploaded, builds: [build] });
    if (uploaded !== null) makeImplicit(simulation, version, uploaded);
    note({ change: 'created', ...notedOf(version, born.id), texts: [uploaded?.name] });
    const made = { success: true, revision: born.id };
    return simulation.dialect === 'v2' ? made : { ...made, build: born.id };
  },

  list(simulation, { path }) {
    const version = needVersion(simulation, path);
    return listed(simulation, version.revisions).map((one) => revisionView(simulation, version, one));
  },

  get(simulation, { path }) {
    const version = needVersion(simulation, path);
    return revisionView(simulation, version, needRevision(simulation, version, path.revisionId));
  },

  download(simulation, { path }) {
    const revision = needRevision(simulation, needVersion(simulation, path), path.revisionId);
    if (revision.package === null) throw new Refusal(404, 'The deployment revision has no file');
    return new Download(revision.package.name, revision.package.content);
  },

  rebuild(simulation, { path, note }) {
    const version = needVersion(simulation, path);
    const revision = needRevision(simulation, version, path.revisionId);
    revision.builds.push(
      startBuild(simulation, `${revision.id} ${revision.builds.length}`, revision.package),
    );
    note({ change: 'changed', ...notedOf(version, revision.id) });
    return revisionView(simulation, version, revision);
  },
};

const needRevision = (simulation: Simulation, { revisions }: Version, id: string): DeploymentRevision =>
  need(simulation, revisions, 'Deployment revision', (one) => one.id === id);

const notedOf = ({ name, deployment }: Version, id: string) =>
  ({
    kind: 'deploymentRevision',
    ...{ id, name },
    ...{ project: deployment.project, deployment: deployment.name },
  }) as const;

function startBuild(simulation: Simulation, of: string, uploaded: Package | null): Build {
  const { ids, clock, world } = simulation;
  const outcome =
    uploaded === null ? { error: '', log: [] } : outcomeOf(simulation, uploaded, { needs: 'nothing' });
  return {
    ...outcome,
    startedAt: clock.now(),
    queuedMs: ids.durationMs(`${of} queue`, world.durations.queue),
    buildMs: ids.durationMs(of, world.durations.package),
  };
}

/** @throws Refusal 400 for none, and for several */
async function uploadedBy(simulation: Simulation, projectName: string, body: Form): Promise<Package | null> {
  const file = fileIn(body);
  const [deploymentName, version, template] = [
    'source_deployment',
    'source_version',
    'template_deployment_id',
  ].map((name) => textIn(body, name));
  if ([file, deploymentName, template].filter((one) => one !== undefined).length !== 1)
    throw new Refusal(400, 'Either file, source_deployment or template_deployment_id must be provided');
  if (file !== undefined) return packageOf(file);
  if (template !== undefined) {
    if (!isTemplate(template)) throw new Refusal(404, 'Template deployment was not found');
    return null;
  }
  const path = { projectName, deploymentName: deploymentName ?? '', version: version ?? '' };
  const source = activeRevision(simulation, needVersion(simulation, path));
  if (source === undefined) throw new Refusal(400, 'The source version has no package that is built');
  return source.package;
}

/** What a package says of its environment makes one of its own, unless the version has a custom one. */
function makeImplicit(simulation: Simulation, version: Version, { dependencies }: Package): void {
  const { environment, deployment } = version;
  if (dependencies.length === 0 || environment.kind === 'custom') return;
  const base = environment.kind === 'implicit' ? environment.base : environment.name;
  const content = createHash('sha256')
    .update(JSON.stringify([base, dependencies]))
    .digest('hex');
  const name = `${deployment.name}-${version.name}-${content.slice(0, 8)}`;
  const found = simulation.state.environments.find((one) => one.kind === 'implicit' && one.name === name);
  if (found !== undefined) {
    version.environment = found;
    return;
  }
  const born = birth(simulation);
  version.environment = {
    ...born,
    kind: 'implicit',
    ...{ project: deployment.project, name, displayName: name, base },
    ...{ description: '', labels: {}, gpu: environment.gpu, supportsRequestFormat: true },
    ...{ updatedAt: born.createdAt, revisions: [], tags: [], secrets: [] },
  };
  version.tag = null;
  simulation.state.environments.push(version.environment);
}

function revisionView(simulation: Simulation, version: Version, revision: DeploymentRevision) {
  const status = packageStatus(simulation, revision);
  return {
    id: revision.id,
    version: version.name,
    creation_date: isoMicros(revision.createdAt),
    created_by: revision.createdBy,
    status,
    error_message: status === 'failed' ? (revision.builds.at(-1)?.error ?? '') : '',
    ...{ has_request_method: true, has_requests_method: false, empty: false },
  };
}
