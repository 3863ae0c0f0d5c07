/** Projects and what belongs to them. */
import type { domino } from '../../contract/domino/index.js';
import { createProject } from './world/beginning.js';
import { Refusal, notFound } from '../errors.js';
import { liveProject } from './world/live.js';
import { checkGrantees } from './world/people.js';
import { type Simulation, need } from './world/simulation.js';
import type { Goal, Person, Project } from './world/state.js';
import { defaultEnvironment } from './environments.js';
import { type Handlers, iso, pageOf } from './handlers.js';
import { chosenTier } from './jobs.js';
import { gatewayView, projectView } from './project-views.js';

/** The handlers of projects. */
export const projects: Handlers<typeof domino>['projects'] = {
  list(simulation, { query, metadata }) {
    const { items, paging } = pageOf(
      [...simulation.state.projects.values()].filter(({ archived }) => !archived),
      query,
    );
    return {
      projects: items.map((one) => projectView(simulation, one)),
      metadata: { ...metadata, ...paging },
    };
  },
  create(simulation, { body, metadata, note }) {
    const project = addProject(simulation, body);
    note('created', 'project', project.id, project.description);
    return { project: projectView(simulation, project), metadata };
  },
  get: (simulation, { path, metadata }) => ({
    project: projectView(simulation, projectOf(simulation, path)),
    metadata,
  }),
  archive(simulation, { path, metadata, note }) {
    const project = projectOf(simulation, path);
    project.archived = true;
    note('changed', 'project', project.id, project.description);
    return { success: true, metadata };
  },
  copy(simulation, { path, body, metadata, note }) {
    const project = copyProject(simulation, liveProject(simulation, path.projectId), body);
    note('created', 'project', project.id, project.description);
    return { project: projectView(simulation, project), metadata };
  },
  addCollaborator(simulation, { path, body, metadata, note }) {
    const project = liveProject(simulation, path.projectId);
    checkGrantees(simulation.state, [body.id]);
    project.collaborators.set(body.id, body);
    note('changed', 'project', project.id, project.description);
    return { collaborator: body, metadata };
  },
  removeCollaborator(simulation, { path, metadata, note }) {
    const project = projectOf(simulation, path);
    if (!project.collaborators.delete(path.collaboratorId))
      throw notFound('collaborator', path.collaboratorId);
    note('changed', 'project', project.id, project.description);
    return { success: true, metadata };
  },
  listRepositories(simulation, { path, query, metadata }) {
    const { items, paging } = pageOf([...projectOf(simulation, path).repositories.values()], query);
    return { repositories: items, metadata: { ...metadata, ...paging } };
  },
  addRepository(simulation, { path, body, metadata, note }) {
    const { serviceProvider = 'Unknown', defaultRef = { refType: 'Head' as const } } = body;
    const id = simulation.ids.next();
    const name = body.name ?? body.uri.split('/').at(-1) ?? '';
    const repository = { id, uri: body.uri, name, serviceProvider, defaultRef };
    liveProject(simulation, path.projectId).repositories.set(id, repository);
    note('created', 'repository', id);
    return { repository, metadata };
  },
  removeRepository(simulation, { path, metadata, note }) {
    const { repositories } = projectOf(simulation, path);
    if (!repositories.delete(path.repositoryId)) throw notFound('repository', path.repositoryId);
    note('changed', 'repository', path.repositoryId);
    return { success: true, metadata };
  },
  listGoals(simulation, { path, metadata }) {
    const project = projectOf(simulation, path);
    const goals = [...project.goals.values()].map((goal) => goalView(simulation, project, goal));
    return { goals, metadata };
  },
  addGoal(simulation, { path, body, metadata, note }) {
    const project = liveProject(simulation, path.projectId);
    const goal: Goal = {
      id: simulation.ids.next(),
      title: body.title,
      description: body.description ?? '',
      createdAt: simulation.clock.now(),
      isComplete: false,
    };
    project.goals.set(goal.id, goal);
    note('created', 'goal', goal.id, goal.title, goal.description);
    return { goal: goalView(simulation, project, goal), metadata };
  },
  updateGoal(simulation, { path, body, metadata, note }) {
    const project = projectOf(simulation, path);
    const goal = need(project.goals, path.goalId, 'goal');
    goal.isComplete = body.isComplete;
    note('changed', 'goal', goal.id, goal.title, goal.description);
    return { goal: goalView(simulation, project, goal), metadata };
  },
  removeGoal(simulation, { path, metadata, note }) {
    if (!projectOf(simulation, path).goals.delete(path.goalId)) throw notFound('goal', path.goalId);
    note('changed', 'goal', path.goalId);
    return { success: true, metadata };
  },
  listSharedDatasets: (simulation, { path, metadata }) => ({
    dataset: datasetsView(projectOf(simulation, path)),
    metadata,
  }),
  addSharedDataset(simulation, { path, body, metadata, note }) {
    const project = liveProject(simulation, path.projectId);
    need(simulation.state.datasets, body.datasetId, 'dataset');
    project.sharedDatasetIds.add(body.datasetId);
    note('changed', 'project', project.id, project.description);
    return { dataset: datasetsView(project), metadata };
  },
  removeSharedDataset(simulation, { path, metadata, note }) {
    const project = projectOf(simulation, path);
    if (!project.sharedDatasetIds.delete(path.datasetId)) throw notFound('shared dataset', path.datasetId);
    note('changed', 'project', project.id, project.description);
    return { success: true, metadata };
  },
  find(simulation, { query }) {
    const found = [...simulation.state.projects.values()].find(
      ({ owner, name, archived }) =>
        owner.name === query.ownerName && name === query.projectName && !archived,
    );
    if (found === undefined) throw notFound('project', `${query.ownerName}/${query.projectName}`);
    return gatewayView(simulation, found);
  },
  settings(simulation, { path }) {
    projectOf(simulation, path);
    return {
      defaultEnvironmentId: defaultEnvironment(simulation).id,
      defaultEnvironmentRevisionSpec: 'ActiveRevision',
      defaultHardwareTierId: chosenTier(simulation, undefined).id,
      defaultVolumeSizeGiB: 10,
      minVolumeSizeGiB: 4,
      maxVolumeSizeGiB: 200,
      recommendedVolumeSizeGiB: 10,
      sparkClusterMode: 'Local',
    };
  },
};

const projectOf = ({ state }: Simulation, { projectId }: { readonly projectId: string }): Project =>
  need(state.projects, projectId, 'project');

interface Booked {
  readonly billingTag?: { readonly tag: string } | undefined;
}

/**
 * A project has an active billing tag, or none where it may.
 *
 * @throws Refusal 400
 */
export function checkBillingTag(
  { billing, billingTags }: Simulation['state'],
  tag: string | undefined,
): void {
  if (tag === undefined && billing.mode === 'Required')
    throw new Refusal(400, 'A project needs a billing tag on this deployment');
  if (tag !== undefined && billingTags.get(tag)?.active !== true)
    throw new Refusal(400, `There is no active billing tag ${JSON.stringify(tag)}`);
}

/** A new project of its own with the files of another one. */
export function copyProject(
  simulation: Simulation,
  original: Project,
  of: Booked & { readonly name?: string | undefined; readonly visibility?: string | undefined },
): Project {
  const { commits } = simulation.state;
  const { name = `${original.name}-copy`, visibility = original.visibility } = of;
  const project = addProject(simulation, { ...of, name, description: original.description, visibility });
  commits.set(project.commitIds[0], commits.get(original.commitIds[0]) ?? null);
  return project;
}

/** What a new project is made from; it is the caller's unless it states an owner. */
type NewProject = Pick<Project, 'name' | 'description' | 'visibility'> &
  Booked & { readonly owner?: Person | undefined };

/**
 * Adds a project without files.
 *
 * @throws Refusal 400 when its owner has one of this name, and for a name with white space
 */
export function addProject(
  { state, ids }: Simulation,
  { owner = state.user, billingTag, ...of }: NewProject,
): Project {
  if (/\s/.test(of.name) || of.name === '')
    throw new Refusal(400, 'The name of a project holds no white space');
  for (const { name, owner: other, archived } of state.projects.values())
    if (name === of.name && other.id === owner.id && !archived)
      throw new Refusal(400, `A project named ${of.name} already exists`);
  checkBillingTag(state, billingTag?.tag);
  const project = createProject(ids, { ...of, owner });
  if (billingTag) state.billingTagOf.set(project.id, billingTag.tag);
  state.projects.set(project.id, project);
  state.commits.set(project.commitIds[0], null);
  return project;
}

const goalView = ({ state }: Simulation, project: Project, goal: Goal) => ({
  id: goal.id,
  title: goal.title,
  description: goal.description,
  isComplete: goal.isComplete,
  createdAt: iso(goal.createdAt),
  creatorId: state.user.id,
  projectId: project.id,
});

const datasetsView = ({ id, sharedDatasetIds }: Project) => ({
  projectId: id,
  sharedDatasetIds: [...sharedDatasetIds],
});
