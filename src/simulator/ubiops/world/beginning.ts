/** The state that a world begins with. */
import type { Clock } from '../../clock.js';
import type { Ids } from './ids.js';
import type { Environment, Lived, State } from './state.js';
import type { World } from './world.js';

const dayMs = 86_400_000;

/** Builds the state; what the world states is a day old. */
export function createState(world: World, ids: Ids, clock: Clock): State {
  const createdAt = clock.now() - dayMs;
  const old = (): Lived => ({ id: ids.next(), createdAt, bornMs: Number.NEGATIVE_INFINITY });
  return {
    user: { id: ids.next(), email: world.user },
    organization: world.organization,
    projects: world.projects.map(({ name }) => ({ ...old(), name, variables: [] })),
    environments: world.baseEnvironments.map((stated) => baseEnvironment(stated, old)),
    deployments: [],
    buckets: world.projects.map(({ name: project }) => ({
      ...old(),
      project,
      ...{ name: 'default', description: '', labels: {}, files: [] },
    })),
    audit: [],
    instanceTypes: world.instanceTypes.map((stated) => ({ id: ids.next(), groupId: ids.next(), ...stated })),
    addresses: new Map(),
  };
}

function baseEnvironment(
  { name, displayName, gpu, tags }: World['baseEnvironments'][number],
  old: () => Lived,
): Environment {
  const born = old();
  const builtAt = { startedAt: born.createdAt, queuedMs: 0, buildMs: 60_000, error: '', log: [] };
  return {
    ...born,
    ...{ kind: 'base', project: null, name, displayName, base: null, description: displayName, labels: {} },
    ...{ gpu, supportsRequestFormat: true, updatedAt: born.createdAt, revisions: [], secrets: [] },
    tags: tags.map((tag) => ({
      ...old(),
      ...{ name: tag, supportsRequestFormat: true, base: null, package: null, secrets: [] },
      builds: [{ ...old(), ...builtAt, trigger: 'Environment file upload', size: 250_000_000 }],
    })),
  };
}
