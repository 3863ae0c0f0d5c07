/** Projects as `/v4` and the web interface make, list and archive them. */
import { z } from 'zod';
import { notFound } from '../../errors.js';
import { gatewayView } from '../project-views.js';
import { addProject, copyProject } from '../projects.js';
import { type Simulation, need } from '../world/simulation.js';
import type { Person, Project } from '../world/state.js';
import { fieldsInForm } from './form.js';
import { liveProject } from '../world/live.js';
import { personOf } from '../world/people.js';
import { projectView } from './project-view.js';
import { addTags } from './tags.js';
import { type Routes, route } from './route.js';

const NewProject = z.strictObject({
  name: z.string(),
  description: z.string().default(''),
  visibility: z.enum(['Public', 'Searchable', 'Private']).default('Public'),
  ownerId: z.string().optional(),
  collaborators: z.array(z.object({ collaboratorId: z.string(), projectRole: z.string() })).default([]),
  tags: z.object({ tagNames: z.array(z.string()) }).optional(),
  billingTag: z.object({ tag: z.string() }).optional(),
});

const ListQuery = z.strictObject({
  relationship: z.enum(['Owned', 'Collaborating', 'Suggesting', 'Popular']).default('Owned'),
  showCompleted: z.boolean().optional(),
});

/** The routes of projects. */
export const projects: Routes = {
  'v4Projects.list': route({
    method: 'GET',
    path: '/v4/gateway/projects',
    query: ListQuery,
    answer: (simulation, { query }) =>
      [...simulation.state.projects.values()]
        .filter((project) => !project.archived && isRelated(simulation, project, query.relationship))
        .map((project) => gatewayView(simulation, project)),
  }),
  'v4Projects.create': route({
    method: 'POST',
    path: '/v4/projects',
    body: NewProject,
    answer(simulation, { body, note }) {
      const { tags, collaborators, ownerId, ...stated } = body;
      const owner = ownerId === undefined ? undefined : personOf(simulation.state, ownerId);
      const project = addProject(simulation, { ...stated, owner });
      for (const { collaboratorId: id, projectRole: role } of collaborators)
        project.collaborators.set(id, { id, role });
      addTags(simulation, project, tags?.tagNames ?? []);
      note('created', 'project', project.id, project.description);
      return projectView(simulation, project);
    },
  }),
  'v4Projects.get': route({
    method: 'GET',
    path: '/v4/projects/{projectId}',
    answer: (simulation, { path }) =>
      projectView(simulation, need(simulation.state.projects, path.projectId, 'project')),
  }),
  'v4Projects.archive': route({
    method: 'DELETE',
    path: '/v4/projects/{projectId}',
    answer({ state }, { path, note }) {
      const project = need(state.projects, path.projectId, 'project');
      project.archived = true;
      note('changed', 'project', project.id, project.description);
      return {};
    },
  }),
  'v4Projects.fork': route({
    method: 'POST',
    path: '/v4/projects/{projectId}/fork',
    body: z.strictObject({ name: z.string() }),
    answer(simulation, { path, body, note }) {
      const original = liveProject(simulation, path.projectId);
      const project = copyProject(simulation, original, body);
      note('created', 'project', project.id, project.description);
      return projectView(simulation, project);
    },
  }),
  'legacyProjects.create': route({
    method: 'POST',
    path: '/project',
    bodyEncoding: 'bytes',
    answer(simulation, { body, note }) {
      const fields = fieldsInForm(body);
      const ownerName = fields.get('ownerOverrideUsername');
      const owner = ownerName === null ? undefined : personNamed(simulation, ownerName);
      const name = fields.get('projectName') ?? '';
      const project = addProject(simulation, { name, description: '', visibility: 'Private', owner });
      note('created', 'project', project.id);
      return projectView(simulation, project);
    },
  }),
};

function personNamed({ state }: Simulation, name: string): Person {
  const person = [...state.users.values()].find((one) => one.name === name);
  if (person === undefined) throw notFound('user', name);
  return person;
}

function isRelated(
  { state: { user } }: Simulation,
  project: Project,
  relationship: z.output<typeof ListQuery>['relationship'],
): boolean {
  switch (relationship) {
    case 'Owned':
      return project.owner.id === user.id;
    case 'Collaborating':
      return project.owner.id !== user.id && project.collaborators.has(user.id);
    case 'Popular':
      return project.visibility !== 'Private';
    case 'Suggesting':
      return false;
  }
}
