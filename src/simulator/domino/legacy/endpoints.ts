/** The API endpoint of a project: one function of one file, published from a commit. */
import { z } from 'zod';
import { chosenCommit } from '../jobs.js';
import { namedProject } from '../project-files.js';
import { type Routes, route } from './route.js';

const path = '/v1/{owner}/{project}/endpoint';

/** The routes of API endpoints. */
export const endpoints: Routes = {
  'v1Endpoints.state': route({
    method: 'GET',
    path: `${path}/state`,
    answer(simulation, call) {
      const published = simulation.state.legacy.endpoints.get(namedProject(simulation, call.path).id);
      if (published === undefined) return { isPublished: false, status: 'Stopped' };
      const { commitId, ...bindingDefinition } = published;
      return { isPublished: true, status: 'Running', commitId, bindingDefinition };
    },
  }),
  'v1Endpoints.publish': route({
    method: 'POST',
    path: `${path}/publishRelease`,
    body: z.strictObject({
      commitId: z.string().optional(),
      bindingDefinition: z.strictObject({ file: z.string().min(1), function: z.string().min(1) }),
    }),
    answer(simulation, { path: named, body, note }) {
      const project = namedProject(simulation, named);
      const commitId = chosenCommit(simulation, project, body.commitId);
      simulation.state.legacy.endpoints.set(project.id, { commitId, ...body.bindingDefinition });
      note('changed', 'project', project.id, project.description);
      return { isPublished: true, commitId, bindingDefinition: body.bindingDefinition };
    },
  }),
  'v1Endpoints.unpublish': route({
    method: 'DELETE',
    path,
    answer(simulation, call) {
      const project = namedProject(simulation, call.path);
      if (simulation.state.legacy.endpoints.delete(project.id))
        call.note('changed', 'project', project.id, project.description);
      return { isPublished: false };
    },
  }),
};
