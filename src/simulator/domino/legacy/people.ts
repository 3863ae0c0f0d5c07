/** Users, and who works on a project with its owner. */
import { z } from 'zod';
import { notFound } from '../../errors.js';
import { namedProject } from '../project-files.js';
import { liveProject } from '../world/live.js';
import { personOf } from '../world/people.js';
import { need } from '../world/simulation.js';
import type { Person } from '../world/state.js';
import { type Routes, route } from './route.js';

/** The routes of users and collaborators. */
export const people: Routes = {
  'v4Users.list': route({
    method: 'GET',
    path: '/v4/users',
    query: z.strictObject({ userId: z.string().optional(), userName: z.string().optional() }),
    answer: (simulation, { query: { userId, userName } }) =>
      [...simulation.state.users.values()]
        .filter(({ id, name }) => (userId ?? id) === id && (userName ?? name) === name)
        .map(personView),
  }),
  'legacyProjects.listCollaborators': route({
    method: 'GET',
    path: '/{owner}/{project}/collaborators',
    answer(simulation, { path }) {
      const { owner, collaborators } = namedProject(simulation, path);
      const ids = [owner.id, ...collaborators.keys()];
      return [...simulation.state.users.values()].flatMap(({ id, name }) => (ids.includes(id) ? [name] : []));
    },
  }),
  'v4Projects.addCollaborator': route({
    method: 'POST',
    path: '/v4/projects/{projectId}/collaborators',
    body: z.strictObject({ collaboratorId: z.string(), projectRole: z.string() }),
    answer(simulation, { path, body, note }) {
      const project = liveProject(simulation, path.projectId);
      const person = personOf(simulation.state, body.collaboratorId);
      const role = body.projectRole.charAt(0).toLowerCase() + body.projectRole.slice(1);
      project.collaborators.set(person.id, { id: person.id, role });
      note('changed', 'project', project.id, project.description);
      return { collaboratorId: person.id, projectRole: body.projectRole };
    },
  }),
  'v4Projects.removeCollaborator': route({
    method: 'DELETE',
    path: '/v4/projects/{projectId}/collaborators/{userId}',
    answer(simulation, { path, note }) {
      const project = need(simulation.state.projects, path.projectId, 'project');
      if (!project.collaborators.delete(path.userId)) throw notFound('collaborator', path.userId);
      note('changed', 'project', project.id, project.description);
      return {};
    },
  }),
};

const personView = ({ id, name }: Person) => ({
  id,
  userName: name,
  fullName: name,
  firstName: name,
  lastName: '',
  avatarUrl: '',
  email: `${name}@simulator.test`,
});
