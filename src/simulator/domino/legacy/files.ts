/** Files of a project by a path whose slashes are not encoded, which the contract has as one parameter. */
import { notFound } from '../../errors.js';
import { contentOf } from '../project-files.js';
import { type Routes, route } from './route.js';

/** The routes of files. */
export const files: Routes = {
  'legacyFiles.content': route({
    method: 'GET',
    path: '/api/projects/v1/projects/{projectId}/files/{commitId}/{+rest}',
    answer(simulation, { path: { rest, ...named } }) {
      const path = /^(.+)\/content$/.exec(rest)?.[1];
      if (path === undefined) throw notFound('file', rest);
      return contentOf(simulation, { ...named, path });
    },
  }),
};
