/** Files of a project at a commit. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';

/** The endpoints of project files. */
export const projectFiles = {
  content: endpoint({
    method: 'GET',
    /** `{path}` is one parameter: its slashes are encoded. */
    path: '/api/projects/v1/projects/{projectId}/files/{commitId}/{path}/content',
    summary: 'Read a file of a project at a commit.',
    source: 'domino-rest-api-reference.md#get-file-content',
    replay: 'safe',
    response: z.instanceof(Uint8Array),
    encoding: 'bytes',
  }),
} as const;
