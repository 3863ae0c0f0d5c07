/**
 * Everything that is on a simulated UbiOps at the end of a trial. What the ledger says was made and no list has any more was
 * deleted: environments stay in the evidence as such, of the rest nothing is left to judge.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { RemoteReference } from '../../run/undoing/cleanup.js';
import type {
  EnvironmentObject,
  JobObject,
  ModelApiObject,
  PlatformObjects,
  RevisionObject,
  VersionObject,
} from '../evidence.js';
import { createdIds } from '../platform.js';
import type { PlatformReading, Reading } from '../wing.js';

const described = { id: z.string(), description: z.string().nullish() };
const Named = z.array(z.object({ name: z.string() }));
const Environments = z.array(z.object({ ...described, name: z.string(), system: z.boolean() }));
const Revisions = z.array(z.object({ id: z.string() }));
const Builds = z.array(z.object({ status: z.string() }));
const Tags = z.array(z.object({ id: z.string(), name: z.string(), status: z.string() }));
const Deployments = z.array(z.object({ ...described, name: z.string() }));
const Deployment = z.object({ default_version: z.string().nullable() });
const Versions = z.array(z.object({ ...described, version: z.string(), status: z.string() }));
const Listed = z.array(z.object({ id: z.string() }));
const Request = z.object({
  ...{ id: z.string(), status: z.string(), time_completed: z.string().nullable() },
  request_data: z.unknown(),
});

/** Its versions are experiments, which stay for the trainings to come. */
const trainings = 'training-base-deployment';

/** What runs call by names, by that. */
type Names = Map<string, string>;

/** Reads every environment, revision, deployment, version and request. */
export async function readObjects(reading: Reading): Promise<PlatformReading> {
  const names: Names = new Map();
  const all: PlatformObjects[] = [];
  for (const { name } of await reading.platform.get('/projects', Named))
    all.push(await readProject(reading, { path: `/projects/${name}`, names }));
  const objects = {
    environments: [...all.flatMap(({ environments }) => environments), ...deletedIn(reading, all)],
    jobs: all.flatMap(({ jobs }) => jobs),
    revisions: all.flatMap(({ revisions }) => revisions),
    modelApis: all.flatMap(({ modelApis }) => modelApis),
    versions: all.flatMap(({ versions }) => versions),
    modelVersions: [],
  };
  return { objects, refer: (references) => references.map(inIds(names, references)) };
}

/** Environments of which no name is known any more. */
function deletedIn({ ledger }: Reading, all: readonly PlatformObjects[]): EnvironmentObject[] {
  const there = new Set(all.flatMap(({ environments }) => environments.map(({ id }) => id)));
  return createdIds(ledger, 'environment')
    .filter(({ id }) => !there.has(id))
    .map(({ id, marker }) => ({ id, marker, runId: null, name: id, archived: true }));
}

/** A step names an environment and a version by their names, and a request by all that it is within. */
const inIds =
  (names: Names, all: readonly RemoteReference[]) =>
  ({ kind, id }: RemoteReference): RemoteReference => {
    const deployment = all.find((one) => one.kind === 'deployment')?.id ?? '';
    switch (kind) {
      case 'job':
        return { kind, id: id.split('/').at(-1) ?? id };
      case 'environment':
        return { kind, id: names.get(`environment ${id}`) ?? id };
      case 'deployment':
        return { kind: 'modelApi', id: names.get(`deployment ${id}`) ?? id };
      case 'deploymentVersion':
        return { kind: 'modelApiVersion', id: names.get(`version ${deployment}/${id}`) ?? id };
      default:
        return { kind, id };
    }
  };

interface Project {
  readonly path: string;
  readonly names: Names;
}

async function readProject(reading: Reading, project: Project): Promise<PlatformObjects> {
  const environments = await readEnvironments(reading, project);
  const revisions: RevisionObject[] = [];
  for (const environment of environments)
    revisions.push(...(await readRevisions(reading, project, environment)));
  return { environments, revisions, modelVersions: [], ...(await readDeployments(reading, project)) };
}

async function readEnvironments(
  { platform, ownerOf }: Reading,
  { path, names }: Project,
): Promise<EnvironmentObject[]> {
  const listed = await platform.get(`${path}/environments`, Environments);
  return listed
    .filter(({ system }) => !system)
    .map(({ id, name, description }) => {
      names.set(`environment ${name}`, id);
      return { ...ownerOf(description), id, name, archived: false };
    });
}

/** A revision carries no marker: it is known by its content or, of `/v2`, by its tag. */
async function readRevisions(
  reading: Reading,
  { path }: Project,
  environment: EnvironmentObject,
): Promise<RevisionObject[]> {
  const { platform, connection, ledger } = reading;
  const at = `${path}/environments/${environment.name}`;
  const common = (id: string, content: string) => ({
    ...{ id, environmentId: environment.id, dockerfile: content, marker: `${environment.id} ${content}` },
    runId: makerOf(reading, environment, id),
  });
  if (connection.dialect === 'v2') {
    const builds = createdIds(ledger, 'environmentBuild');
    return (await platform.get(`${at}/tags`, Tags)).map(({ id, name, status }) => ({
      ...common(id, name),
      status: wordOf(status),
      createdMs: builds.findLast((build) => build.path.includes(`${at}/tags/${name}/`))?.createdMs ?? 0,
    }));
  }
  const created = new Map(
    createdIds(ledger, 'environmentRevision').map(({ id, createdMs }) => [id, createdMs] as const),
  );
  const read: RevisionObject[] = [];
  for (const { id } of await platform.get(`${at}/revisions`, Revisions)) {
    const builds = await platform.get(`${at}/revisions/${id}/builds`, Builds);
    const content = hash('sha256', await platform.download(`${at}/revisions/${id}/download`)).slice(0, 12);
    const statuses = builds.map(({ status }) => wordOf(status));
    read.push({
      ...common(id, content),
      status: statuses.find((status) => status !== 'killed') ?? statuses.at(-1) ?? null,
      createdMs: created.get(id) ?? 0,
    });
  }
  return read;
}

const wordOf = (status: string): string => (status === 'cancelled' ? 'killed' : status);

const Made = z.object({ revisionId: z.string(), created: z.literal(true) });

/** The run that says it has made a revision; of one that nobody names, the one whose environment it is in alone. */
function makerOf({ runs }: Reading, { runId, name }: EnvironmentObject, id: string): string | null {
  const maker = runs.find(({ run }) =>
    run?.steps.some(({ state }) => {
      const made = state.status === 'succeeded' ? Made.safeParse(state.output).data : undefined;
      return made?.revisionId === id;
    }),
  );
  if (maker !== undefined) return maker.runId;
  const users = runs.filter(({ planned }) => Object.values(planned.input).includes(name));
  return users.length === 1 ? runId : null;
}

type Deployed = Pick<PlatformObjects, 'modelApis' | 'versions' | 'jobs'>;

async function readDeployments(reading: Reading, { path, names }: Project): Promise<Deployed> {
  const { platform, ownerOf, connection } = reading;
  const modelApis: ModelApiObject[] = [];
  const versions: VersionObject[] = [];
  const jobs: JobObject[] = [];
  for (const { id, name, description } of await platform.get(`${path}/deployments`, Deployments)) {
    const at = `${path}/deployments/${name}`;
    names.set(`deployment ${name}`, id);
    modelApis.push({ ...ownerOf(description), id, name: `${connection.name}/${name}` });
    const { default_version: serving } = await platform.get(at, Deployment);
    for (const version of await platform.get(`${at}/versions`, Versions)) {
      names.set(`version ${name}/${version.version}`, version.id);
      versions.push({
        ...ownerOf(version.description),
        ...{ id: version.id, modelApiId: id, number: versions.length + 1, status: version.status },
        ...{ isLive: name !== trainings, serves: serving === version.version },
        ...{ model: null, modelVersion: null },
      });
      jobs.push(...(await readRequests(reading, `${at}/versions/${version.version}/requests`)));
    }
  }
  return { modelApis, versions, jobs };
}

/** What goes on cannot be listed together with what has ended. */
const states = ['pending', 'processing', 'completed,failed,cancelled,cancelled_pending'];

async function readRequests(
  { platform, ownerOf, realMs, ledger }: Reading,
  at: string,
): Promise<JobObject[]> {
  const created = createdIds(ledger, 'deploymentRequest');
  const read: JobObject[] = [];
  for (const state of states)
    for (const { id } of await platform.get(`${at}?status=${state}&limit=1000000`, Listed)) {
      const { status, time_completed: endedAt, ...request } = await platform.get(`${at}/${id}`, Request);
      const data = JSON.stringify(request.request_data);
      const nth = created.findIndex((one) => one.id === id);
      read.push({
        ...ownerOf(data),
        ...{ id, number: nth + 1, command: data.replace(/ ?\[lh:\w+\]/, '') },
        status: status.startsWith('cancelled') ? 'Stopped' : status,
        isCompleted: endedAt !== null,
        createdMs: created[nth]?.createdMs ?? 0,
        completedMs: endedAt === null ? null : realMs(Date.parse(endedAt)),
        ...{ revisionId: null, experimentRunId: null },
      });
    }
  return read;
}
