/** Tags of environments. */
import type { ubiops } from '../../contract/ubiops/index.js';
import { Refusal } from '../errors.js';
import type { Form } from '../forms.js';
import { startBuild, tagWords } from './environment-builds.js';
import { needEnvironment } from './environment-views.js';
import { needOwn, sayUsers, usersOf } from './environments.js';
import { Download, type Handlers, isoMicros } from './handlers.js';
import { fileIn, packageOf, textIn } from './packages.js';
import { versionStatus } from './version-states.js';
import { type Simulation, birth, end, listed, need, refuseDuplicate } from './world/simulation.js';
import type { Environment, EnvironmentBuild, Package, Tag } from './world/state.js';
import { buildStatus, isBuilt, isOver } from './world/timelines.js';

type Own = Handlers<typeof ubiops>['tags'];

/** The handlers of tags. */
export const tags: Own = {
  create(simulation, { path, body, note }) {
    const environment = needOwn(simulation, path);
    const born = birth(simulation);
    const { name = `tag-${born.id.slice(0, 8)}` } = body;
    refuseDuplicate(simulation, environment.tags, 'Environment tag', (one) => one.name === name);
    const tag: Tag = {
      ...born,
      ...{ name, base: null, package: null, builds: [], secrets: [] },
      supportsRequestFormat: body.supports_request_format ?? true,
    };
    environment.tags.push(tag);
    note({ change: 'created', ...notedOf(environment, tag), texts: [name] });
    return tagView(simulation, environment, tag);
  },

  list(simulation, { path, query: { supports_request_format: format } }) {
    const environment = needEnvironment(simulation, path);
    return listed(simulation, environment.tags)
      .filter((tag) => format === undefined || tag.supportsRequestFormat === format)
      .map((tag) => tagView(simulation, environment, tag));
  },

  get(simulation, { path }) {
    const environment = needEnvironment(simulation, path);
    return tagView(simulation, environment, needTag(simulation, environment, path.tagName));
  },

  update(simulation, { path, body, note }) {
    const environment = needOwn(simulation, path);
    const tag = needTag(simulation, environment, path.tagName);
    const build = tag.builds.at(-1);
    if (body.status === 'cancelled') {
      if (build === undefined || isOver(build, simulation.clock.now()))
        throw new Refusal(400, 'The build has already ended');
      build.cancelledAt = simulation.clock.now();
    }
    note({ change: 'changed', ...notedOf(environment, tag) });
    return tagView(simulation, environment, tag);
  },

  delete(simulation, { path, note }) {
    const environment = needOwn(simulation, path);
    const tag = needTag(simulation, environment, path.tagName);
    const users = usersOf(simulation, environment, tag.name);
    if (users.length > 0) throw new Refusal(400, `Environment tag is in use by ${sayUsers(users)}`);
    end(tag);
    note({ change: 'deleted', ...notedOf(environment, tag) });
    return undefined;
  },

  async build(simulation, { path, query, body, note }) {
    const environment = needOwn(simulation, path);
    const tag = needTag(simulation, environment, path.tagName);
    // What versions run on stays what it is.
    if (tag.builds.some((one) => isBuilt(one, simulation.clock.now())))
      throw new Refusal(400, 'An environment tag that is available cannot be updated');
    const base = baseOf(simulation, path.projectName, query);
    tag.package = await uploadedBy(simulation, path.projectName, body);
    tag.base = base;
    const needs = base === null ? 'image' : 'dependencies';
    addBuild(simulation, tag, tag.package, { trigger: 'Environment file upload', needs });
    note({ change: 'created', ...notedOfBuild(environment, tag), texts: [tag.package.name] });
    return { success: true };
  },

  rebuild(simulation, { path, note }) {
    const environment = needOwn(simulation, path);
    const tag = needTag(simulation, environment, path.tagName);
    const needs = tag.base === null ? 'image' : 'dependencies';
    addBuild(simulation, tag, needPackage(tag), { trigger: 'Rebuild triggered', needs });
    note({ change: 'created', ...notedOfBuild(environment, tag) });
    return { success: true };
  },

  download(simulation, { path }) {
    const tag = needTag(simulation, needEnvironment(simulation, path), path.tagName);
    const { name, content } = needPackage(tag);
    return new Download(name, content);
  },

  usage(simulation, { path }) {
    const environment = needEnvironment(simulation, path);
    const { name } = needTag(simulation, environment, path.tagName);
    return usersOf(simulation, environment, name).map((version) => ({
      ...{ id: version.id, deployment: version.deployment.name, version: version.name },
      ...{ environment_name: environment.name, environment_tag: name },
      status: versionStatus(simulation, version),
    }));
  },

  dependencies(simulation, { path }) {
    const tag = needTag(simulation, needEnvironment(simulation, path), path.tagName);
    return needPackage(tag).dependencies.map((one) => ({ ...one }));
  },
};

/** A tag by its name. */
export const needTag = (simulation: Simulation, { tags: all }: Environment, name: string): Tag =>
  need(simulation, all, 'Environment tag', (one) => one.name === name);

function needPackage({ package: uploaded }: Tag): Package {
  if (uploaded === null) throw new Refusal(404, 'The environment tag has no file');
  return uploaded;
}

const notedOf = ({ project }: Environment, { id, name }: Tag) =>
  ({ kind: 'environmentTag', id, name, project: project ?? '' }) as const;
const notedOfBuild = ({ project }: Environment, { name, builds }: Tag) =>
  ({ kind: 'environmentBuild', id: builds.at(-1)?.id ?? '', name, project: project ?? '' }) as const;

/** A tag has one build at a time. */
function addBuild(
  simulation: Simulation,
  { builds }: Tag,
  uploaded: Package,
  how: { readonly trigger: EnvironmentBuild['trigger']; readonly needs: 'dependencies' | 'image' },
): void {
  const last = builds.at(-1);
  if (last !== undefined && !isOver(last, simulation.clock.now()))
    throw new Refusal(400, 'The environment tag is being built');
  builds.push(startBuild(simulation, uploaded, how));
}

function baseOf(
  simulation: Simulation,
  projectName: string,
  query: {
    readonly base_environment_name?: string | undefined;
    readonly base_environment_tag?: string | undefined;
  },
): Tag['base'] {
  const { base_environment_name: name, base_environment_tag: tag = 'latest' } = query;
  if (name === undefined) return null;
  const environment = needEnvironment(simulation, { projectName, environmentName: name });
  needTag(simulation, environment, tag);
  return { name, tag };
}

async function uploadedBy(simulation: Simulation, projectName: string, body: Form): Promise<Package> {
  const [file, source] = [fileIn(body), textIn(body, 'source_environment')];
  if ((file === undefined) === (source === undefined))
    throw new Refusal(400, 'Either file or source_environment must be provided');
  if (file !== undefined) return packageOf(file);
  const from = needEnvironment(simulation, { projectName, environmentName: source ?? '' });
  return needPackage(needTag(simulation, from, textIn(body, 'source_tag') ?? ''));
}

function tagView({ clock }: Simulation, environment: Environment, tag: Tag) {
  const now = clock.now();
  const build = tag.builds.at(-1);
  const status = build === undefined ? 'pending' : buildStatus(build, tagWords, now);
  return {
    ...{ id: tag.id, name: tag.name, environment: environment.name, status },
    creation_date: isoMicros(tag.createdAt),
    supports_request_format: tag.supportsRequestFormat,
    ...{ implicit: environment.kind === 'implicit', deprecated: false },
    size: build?.size ?? 0,
    error_message: status === 'failed' ? (build?.error ?? '') : '',
    base_environment_name: tag.base?.name ?? null,
    base_environment_tag: tag.base?.tag ?? null,
    built: tag.builds.some((one) => isBuilt(one, now)),
  };
}
