/** Files of a project at a commit. The legacy `/v1` lists and uploads; the public API can do neither. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';

/** A file at a commit. `key` stands for its content: forty hex digits. `lastModified` is in milliseconds. */
const File = z.object({
  path: z.string(),
  lastModified: z.number().optional(),
  size: z.number().optional(),
  key: z.string(),
});

/** Some deployments list commits as ids, others as objects with one. */
const Commit = z.union([z.string(), z.object({ id: z.string() })]);

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
  listCommits: endpoint({
    method: 'GET',
    path: '/v1/projects/{owner}/{project}/commits',
    summary: 'List the commits of a project, newest first.',
    source: 'python-domino: commits_list',
    replay: 'safe',
    response: z.array(Commit),
  }),
  list: endpoint({
    method: 'GET',
    path: '/v1/projects/{owner}/{project}/files/{commitId}/{+path}',
    summary: 'List the files below a folder at a commit.',
    source: 'domino-legacy-v1-api.md: List files',
    replay: 'safe',
    response: z.object({ data: z.array(File) }),
  }),
  blob: endpoint({
    method: 'GET',
    path: '/v1/projects/{owner}/{project}/blobs/{key}',
    summary:
      'Read a file of a project by the key that stands for its content, which the list of files tells.',
    source: 'domino-legacy-v1-api.md: Get a file',
    replay: 'safe',
    response: z.instanceof(Uint8Array),
    encoding: 'bytes',
  }),
  upload: endpoint({
    method: 'PUT',
    path: '/v1/projects/{owner}/{project}/{+path}',
    summary: 'Write a file into a project, as a new commit.',
    source: 'python-domino: files_upload',
    replay: 'idempotent',
    body: z.instanceof(Uint8Array),
    bodyEncoding: 'bytes',
    response: File,
    status: 201,
  }),
} as const;
