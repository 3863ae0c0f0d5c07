/** The state that a world begins with. */
import type { Clock } from '../../clock.js';
import { createLegacyState } from '../legacy/state.js';
import { createAdministration } from './administration.js';
import type { Ids } from './ids.js';
import type { Environment, HardwareTier, Person, Project, State } from './state.js';
import type { World } from './world.js';

const dayMs = 86_400_000;

/** Builds the state; what the world states is a day old, so that all of it is built and active. */
export function createState(world: World, ids: Ids, clock: Clock): State {
  const createdAt = clock.now() - dayMs;
  const user = createPerson(ids, world, world.user);
  const state: State = {
    beganAt: clock.now(),
    user,
    users: new Map([[user.id, user]]),
    projects: new Map(),
    environments: new Map(),
    hardwareTiers: new Map(),
    jobs: new Map(),
    registeredModels: new Map(),
    modelApis: new Map(),
    datasets: new Map(),
    apps: new Map(),
    modelDeployments: new Map(),
    commits: new Map(),
    legacy: createLegacyState(),
    ...createAdministration(),
  };
  for (const stated of world.projects) {
    const project = createProject(ids, {
      ...stated,
      owner: personNamed(ids, world, state, stated.owner),
      visibility: 'Private',
    });
    for (const workspace of stated.workspaces)
      project.workspaces.set(workspace.id, { ...workspace, sessions: [] });
    state.projects.set(project.id, project);
    state.commits.set(project.commitIds[0], world.files.get(`${stated.owner}/${stated.name}`) ?? null);
    for (const { name, description } of stated.datasets) {
      const dataset = {
        id: ids.next(),
        name,
        description,
        project,
        createdAt,
        snapshots: [],
        tags: new Map<string, string>(),
        grants: new Map([[project.owner.id, 'DatasetRwOwner'] as const]),
      };
      state.datasets.set(dataset.id, dataset);
    }
  }
  for (const stated of world.environments) {
    const environment = builtEnvironment(ids, createdAt, stated);
    state.environments.set(environment.id, environment);
  }
  for (const { name } of world.users) personNamed(ids, world, state, name);
  for (const stated of world.hardwareTiers) state.hardwareTiers.set(stated.id, tierOf(stated, createdAt));
  return state;
}

/** The user of a name; one that nobody has named before comes into being. */
function personNamed(ids: Ids, world: World, { users }: State, name: string): Person {
  const known = [...users.values()].find((one) => one.name === name);
  if (known !== undefined) return known;
  const person = createPerson(ids, world, name);
  users.set(person.id, person);
  return person;
}

function createPerson(ids: Ids, { users }: World, name: string): Person {
  const { roles = [], gitCredentials = [] } = users.find((one) => one.name === name) ?? {};
  const id = ids.next();
  const credentials = gitCredentials.map((stated) => {
    const credential = { ...stated, id: ids.next() };
    return [credential.id, { ...credential, fingerprint: ids.mlflowRun(credential.id) }] as const;
  });
  return { id, name, roles, gitCredentials: new Map(credentials) };
}

/** A project without anything in it but its first commit. */
export function createProject(
  ids: Ids,
  of: Pick<Project, 'name' | 'owner' | 'description' | 'visibility'>,
): Project {
  const id = ids.next();
  return {
    id,
    name: of.name,
    owner: of.owner,
    description: of.description,
    visibility: of.visibility,
    commitIds: [ids.commit(id)],
    archived: false,
    collaborators: new Map(),
    repositories: new Map(),
    goals: new Map(),
    sharedDatasetIds: new Set(),
    workspaces: new Map(),
  };
}

function builtEnvironment(ids: Ids, createdAt: number, stated: World['environments'][number]): Environment {
  const id = stated.id ?? ids.next();
  return {
    id,
    name: stated.name,
    description: stated.description,
    visibility: 'global',
    createdAt,
    isDefault: stated.default,
    revisions: [
      {
        id: ids.next(),
        number: 1,
        environmentId: id,
        createdAt,
        image: stated.image,
        dockerfileInstructions: '',
        summary: '',
        scripts: {},
        tags: [],
        isRestricted: false,
        builds: [{ startedAt: createdAt, endsAt: createdAt + 60_000, fails: false }],
      },
    ],
    activations: [],
  };
}

function tierOf(stated: World['hardwareTiers'][number], createdAt: number): HardwareTier {
  const time = new Date(createdAt).toISOString();
  return {
    id: stated.id,
    name: stated.name ?? stated.id,
    centsPerMinute: stated.cores,
    flags: {
      isArchived: false,
      isDataAnalystTier: false,
      isDefault: stated.default,
      isGlobal: true,
      isVisible: true,
      isModelApiTier: true,
    },
    resources: {
      cores: stated.cores,
      memory: { value: stated.memoryGiB, units: 'GiB' },
      allowSharedMemoryToExceedDefault: false,
    },
    ...(stated.gpus > 0 && { gpuConfiguration: { gpuKey: 'nvidia.com/gpu', numberOfGpus: stated.gpus } }),
    nodePool: 'default',
    podCustomization: {},
    metadata: {},
    creationTime: time,
    updateTime: time,
  };
}
