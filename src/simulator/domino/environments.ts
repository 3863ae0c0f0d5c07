/** Environments and their revisions. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal, notFound } from '../errors.js';
import { missing } from './errors.js';
import { archived, liveEnvironment } from './world/live.js';
import { buildFails } from './world/outcomes.js';
import { type Simulation, need } from './world/simulation.js';
import type { Environment, Revision } from './world/state.js';
import { buildStatus } from './world/timelines.js';
import {
  baseOf,
  activeRevision,
  builtAt,
  content,
  currentBuild,
  detailsView,
  environmentView,
  latestRevision,
  overview,
  revisionView,
} from './environment-views.js';
import { type Handlers, pageOf } from './handlers.js';

/** The handlers of environments. */
export const environments: Handlers<typeof domino>['environments'] = {
  list(simulation, { query, metadata }) {
    const { items, paging } = pageOf([...simulation.state.environments.values()], query);
    return {
      environments: items.map((one) => environmentView(simulation, one)),
      metadata: { ...metadata, ...paging },
    };
  },
  create(simulation, { body, metadata, note }) {
    const environment = createEnvironment(simulation, body);
    simulation.state.environments.set(environment.id, environment);
    const revision = latestRevision(environment);
    note('created', 'environment', environment.id, environment.description, revision.summary);
    note('created', 'revision', revision.id, revision.summary);
    return { environment: environmentView(simulation, environment), metadata };
  },
  get: (simulation, { path, metadata }) => ({
    environment: environmentView(simulation, environmentOf(simulation, path)),
    metadata,
  }),
  archive(simulation, { path, metadata, note }) {
    const environment = environmentOf(simulation, path);
    environment.archivedAt ??= simulation.clock.now();
    note('changed', 'environment', environment.id, environment.description);
    return { environment: environmentView(simulation, environment), metadata };
  },
  createRevision(simulation, { path, body, metadata, note }) {
    const environment = liveEnvironment(simulation, path.environmentId);
    const revision = addRevision(simulation, environment, {
      ...body,
      image: body.image ?? latestRevision(environment).image,
    });
    note('created', 'revision', revision.id, revision.summary);
    return { environmentRevision: revisionView(simulation, revision), metadata };
  },
  restrictRevision(simulation, { path, body, note }) {
    const revision = revisionOf(environmentOf(simulation, path), path.revisionId);
    revision.isRestricted = body.isRestricted;
    note('changed', 'revision', revision.id, revision.summary);
    return { id: revision.id };
  },
  details: (simulation, { path }) => detailsView(simulation, environmentOf(simulation, path)),
  listOwn: (simulation, { query: { isRestricted } }) =>
    [...simulation.state.environments.values()]
      .filter(({ visibility, archivedAt }) => visibility === 'private' && archivedAt === undefined)
      .filter(
        ({ revisions }) =>
          isRestricted === undefined || revisions.some((one) => one.isRestricted) === isRestricted,
      )
      .map((one) => detailsView(simulation, one)),
  getDefault: (simulation) => detailsView(simulation, defaultEnvironment(simulation)),
  getRevision: (simulation, { path }) =>
    overview(simulation, revisionOf(environmentOf(simulation, path), path.revisionId)),
  revisionDetails(simulation, { path }) {
    const { environment, revision } = findRevision(simulation, path.revisionId);
    const now = simulation.clock.now();
    return {
      environmentRevision: content(simulation, environment, revision),
      base: baseOf(simulation, revision),
      environment: detailsView(simulation, environment),
      visibleEnvironments: {
        activeEnvironmentRevisions: [],
        defaultEnv: detailsView(simulation, defaultEnvironment(simulation)),
      },
      isLatestRevision: latestRevision(environment) === revision,
      hasRunningBuild: isBuilding(revision, now),
      canRevertTo: builtAt(revision, now) !== undefined,
    };
  },
  listBuiltRevisions(simulation, { path }) {
    const environment = environmentOf(simulation, path);
    const active = activeRevision(simulation, environment);
    const built = environment.revisions
      .filter((revision) => builtAt(revision, simulation.clock.now()) !== undefined)
      .reverse();
    const [page, pageSize] = [pageNumber(path.page), pageNumber(path.pageSize)];
    return {
      revisions: built.slice((page - 1) * pageSize, page * pageSize).map((revision) => ({
        id: revision.id,
        number: revision.number,
        created: revision.createdAt,
        active: revision === active,
      })),
      pageInfo: { currentPage: page, pageSize, totalPages: Math.ceil(built.length / pageSize) },
    };
  },
  cancelBuild(simulation, { path, note }) {
    const revision = revisionOf(environmentOf(simulation, path), path.revisionId);
    const build = currentBuild(revision);
    if (build.cancelledAt !== undefined) return undefined;
    if (!isBuilding(revision, simulation.clock.now()))
      throw new Refusal(400, `Revision ${revision.id} has no running build`);
    build.cancelledAt = simulation.clock.now();
    note('changed', 'revision', revision.id, revision.summary);
    return undefined;
  },
  setActive(simulation, { path, query, note }) {
    const environment = liveEnvironment(simulation, path.environmentId);
    const revision = revisionOf(environment, query.revisionId);
    const at = simulation.clock.now();
    if (builtAt(revision, at) === undefined) throw new Refusal(400, `Revision ${revision.id} is not built`);
    environment.activations.push({ at, revisionId: revision.id });
    note('changed', 'environment', environment.id, environment.description);
    return undefined;
  },
  rebuildRevision(simulation, { body, note }) {
    const { environment, revision } = findRevision(simulation, body.revisionId);
    if (environment.archivedAt !== undefined) throw archived('environment', environment.id);
    if (isBuilding(revision, simulation.clock.now()))
      throw new Refusal(400, `Revision ${revision.id} is being built`);
    const attempt = `${revision.id}#${revision.builds.length + 1}`;
    revision.builds.push(newBuild(simulation, attempt, revision.dockerfileInstructions));
    note('changed', 'revision', revision.id, revision.summary);
    return detailsView(simulation, environment);
  },
};

/** The environment that a path names. */
const environmentOf = (simulation: Simulation, path: { readonly environmentId: string }): Environment =>
  need(simulation.state.environments, path.environmentId, 'environment');

/** The deployment's default environment. */
export function defaultEnvironment({ state }: Simulation): Environment {
  const found = [...state.environments.values()].find(({ isDefault }) => isDefault);
  if (found === undefined) throw notFound('environment', 'default');
  return found;
}

/** A revision of an environment. Refuses with 404 a revision of another one. */
export function revisionOf(environment: Environment, revisionId: string): Revision {
  const revision = environment.revisions.find(({ id }) => id === revisionId);
  if (revision === undefined) throw notFound('environment revision', revisionId);
  return revision;
}

function findRevision({ state }: Simulation, id: string): { environment: Environment; revision: Revision } {
  for (const environment of state.environments.values()) {
    const revision = environment.revisions.find((one) => one.id === id);
    if (revision !== undefined) return { environment, revision };
  }
  throw notFound('environment revision', id);
}

const isBuilding = (revision: Revision, now: number): boolean =>
  !['succeeded', 'failed', 'killed'].includes(buildStatus(currentBuild(revision), now) ?? '');

function pageNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Refusal(400, `${text} is not a page number`);
  return number;
}

type NewRevision = Parameters<typeof environments.createRevision>[1]['body'];

function createEnvironment(
  simulation: Simulation,
  body: Parameters<typeof environments.create>[1]['body'],
): Environment {
  const source =
    body.duplicateFromEnvironmentId === undefined
      ? undefined
      : need(simulation.state.environments, body.duplicateFromEnvironmentId, 'environment');
  const duplicated = source === undefined ? undefined : latestRevision(source);
  const name = body.name ?? (source && `Copy of ${source.name}`);
  const image = body.image ?? duplicated?.image;
  if (name === undefined) throw missing('name');
  if (image === undefined) throw missing('image');
  if (source === undefined && body.addBaseDependencies === undefined) throw missing('addBaseDependencies');
  const environment: Environment = {
    id: simulation.ids.next(),
    name,
    description: body.description ?? source?.description ?? '',
    visibility: body.visibility ?? 'private',
    createdAt: simulation.clock.now(),
    isDefault: false,
    revisions: [],
    activations: [],
  };
  const instructions = body.dockerfileInstructions ?? duplicated?.dockerfileInstructions;
  addRevision(simulation, environment, {
    ...duplicated?.scripts,
    ...body,
    image,
    ...(instructions !== undefined && { dockerfileInstructions: instructions }),
  });
  return environment;
}

function addRevision(
  simulation: Simulation,
  environment: Environment,
  stated: NewRevision & { readonly image: string },
): Revision {
  const id = simulation.ids.next();
  const { preSetupScript, postSetupScript, preRunScript, postRunScript } = stated;
  const scripts = { preSetupScript, postSetupScript, preRunScript, postRunScript };
  const revision: Revision = {
    id,
    number: environment.revisions.length + 1,
    environmentId: environment.id,
    createdAt: simulation.clock.now(),
    image: stated.image,
    dockerfileInstructions: stated.dockerfileInstructions ?? '',
    summary: stated.summary ?? '',
    scripts: Object.fromEntries(
      Object.entries(scripts).flatMap(([key, script]) => (script === undefined ? [] : [[key, script]])),
    ),
    tags: stated.tags ?? [],
    isRestricted: false,
    builds: [newBuild(simulation, id, stated.dockerfileInstructions ?? '')],
  };
  environment.revisions.push(revision);
  return revision;
}

function newBuild({ world, ids, clock }: Simulation, of: string, instructions: string) {
  const startedAt = clock.now();
  return {
    startedAt,
    endsAt: startedAt + ids.durationMs(of, world.durations.build),
    fails: buildFails(instructions),
  };
}
