/**
 * The calls of python-domino that the documents name, with the routes that version 2.2.0 of the client asks for. The
 * environments document has a call that the client does not: its route is the one that the document describes.
 */
export const sdkOperations: Readonly<Record<string, readonly string[]>> = {
  'Domino()': ['GET /version'],
  environment_get: ['GET /api/environments/v1/environments/{environmentId}'],
  environments_list: ['GET /v1/environments'],
  runs_list: ['GET /v1/projects/{owner}/{project}/runs'],
  runs_start: ['POST /v1/projects/{owner}/{project}/runs'],
  runs_start_blocking: [
    'POST /v1/projects/{owner}/{project}/runs',
    'GET /v1/projects/{owner}/{project}/runs',
    'GET /v1/projects/{owner}/{project}/run/{runId}/stdout',
  ],
  runs_stdout: ['GET /v1/projects/{owner}/{project}/run/{runId}/stdout'],
  files_list: ['GET /v1/projects/{owner}/{project}/files/{commitId}/{path}'],
  files_upload: ['PUT /v1/projects/{owner}/{project}/{path}'],
  blobs_get: ['GET /v1/projects/{owner}/{project}/blobs/{key}'],
};
