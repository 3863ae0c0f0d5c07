/** Requests: runs of a deployment's default version, or of a stated version. */
import { z } from 'zod';
import { endpoint } from '../endpoint.js';
import { nothing, paging } from './fields.js';

const stated = {
  id: z.string(),
  deployment: z.string().nullish(),
  version: z.string().nullish(),
  /** One of `pending processing completed failed cancelled cancelled_pending`; the last one has not ended. */
  status: z.string(),
};

/** A request as lists have it: without what it was given and what it answered. */
export const ListedRequest = z.object({
  ...stated,
  success: z.boolean().nullish(),
  time_created: z.string().nullish(),
  time_started: z.string().nullish(),
  time_completed: z.string().nullish(),
  input_size: z.number().nullish(),
  output_size: z.number().nullish(),
});

/** A request with what it was given (`request_data`) and answered (`result`), as far as they are retained. */
export const Request = ListedRequest.extend({
  error_message: z.string().nullish(),
  timeout: z.number().nullish(),
  request_data: z.unknown().optional(),
  result: z.unknown().optional(),
});

/** The answer of a request that was waited for. */
const AnsweredRequest = z.object({
  ...stated,
  success: z.boolean().nullish(),
  result: z.unknown().optional(),
  error_message: z.string().nullish(),
  timeout: z.number().nullish(),
});

/** `timeout` in seconds. */
const sending = z.strictObject({
  timeout: z.number().int().positive().optional(),
  priority: z.string().optional(),
});
const Ids = z.array(z.string().min(1)).min(1);
const cancelling = z.strictObject({ status: z.string().optional() });
const loose = z.looseObject({});

const source = 'ubiops 4.14.0 docs/DeploymentRequests.md';

/** The endpoints that send requests below a path, and list them; `named` and `batch` are what the document names them by. */
const sendingBelow = <const P extends string>(path: P, named: string, batch: string) =>
  ({
    create: endpoint({
      method: 'POST',
      path: `/${path}/requests`,
      summary: 'Send a request and wait for its result: 300 s unless `timeout` says so, 3600 s at most.',
      source: `${source}#${named}_create`,
      replay: 'creates',
      found: 'none',
      query: sending,
      body: z.unknown(),
      bodyEncoding: 'plain',
      response: AnsweredRequest,
      status: 201,
    }),
    createBatch: endpoint({
      method: 'POST',
      path: `/${path}/requests/batch`,
      summary:
        'Send up to 250 requests without waiting; one that is not valid refuses all. 48 hours at most.',
      source: `${source}#${batch}_create`,
      replay: 'creates',
      found: 'none',
      query: sending,
      body: z.array(z.unknown()).min(1).max(250),
      response: z.array(z.object({ ...stated, time_created: z.string().nullish() })),
      status: 201,
    }),
    list: endpoint({
      method: 'GET',
      path: `/${path}/requests`,
      summary:
        'List requests without their data. `status` is `completed` unless stated, and may be several with commas; `pending` and `processing` go with no other.',
      source: `${source}#${named}_list`,
      replay: 'safe',
      query: z.strictObject({
        status: z.string().optional(),
        ...paging,
        start_date: z.string().optional(),
        end_date: z.string().optional(),
        search_id: z.string().optional(),
      }),
      response: z.array(ListedRequest),
    }),
  }) as const;

/** The endpoints of one request below a path. */
const oneBelow = <const P extends string>(path: P, named: string) =>
  ({
    get: endpoint({
      method: 'GET',
      path: `/${path}/requests/{requestId}`,
      summary: 'Get a request with its data, as far as it is retained.',
      source: `${source}#${named}_get`,
      replay: 'safe',
      query: z.strictObject({ metadata_only: z.boolean().optional() }),
      response: Request,
    }),
    update: endpoint({
      method: 'PATCH',
      path: `/${path}/requests/{requestId}`,
      summary: 'Cancel a request.',
      source: `${source}#${named}_update`,
      replay: 'idempotent',
      body: z.strictObject({ status: z.literal('cancelled') }),
      response: loose,
    }),
    delete: endpoint({
      method: 'DELETE',
      path: `/${path}/requests/{requestId}`,
      summary: 'Delete a request that has ended.',
      source: `${source}#${named}_delete`,
      replay: 'idempotent',
      response: nothing,
      encoding: 'none',
      status: 204,
    }),
  }) as const;

/** The endpoints of several requests below a path, and of the data of one. */
const severalBelow = <const P extends string>(path: P, named: string) =>
  ({
    collect: endpoint({
      method: 'POST',
      path: `/${path}/requests/collect`,
      summary: 'Get several requests with their data.',
      source: `${source}#${named}_batch_get`,
      replay: 'safe',
      body: Ids,
      response: z.array(Request),
    }),
    cancelBatch: endpoint({
      method: 'POST',
      path: `/${path}/requests/cancel`,
      summary: 'Cancel several requests.',
      source: `${source}#${named}_batch_cancel`,
      replay: 'idempotent',
      query: cancelling,
      body: Ids,
      response: loose,
    }),
    deleteBatch: endpoint({
      method: 'POST',
      path: `/${path}/requests/delete`,
      summary: 'Delete several requests that have ended.',
      source: `${source}#${named}_batch_delete`,
      replay: 'idempotent',
      body: Ids,
      response: loose,
    }),
    input: endpoint({
      method: 'GET',
      path: `/${path}/requests/{requestId}/input`,
      summary: 'Get what a request was given, as it was sent.',
      source: `${source}#${named}_input_get`,
      replay: 'safe',
      response: z.unknown(),
      encoding: 'bytes',
    }),
    output: endpoint({
      method: 'GET',
      path: `/${path}/requests/{requestId}/output`,
      summary: 'Get what a request has answered, as it was answered.',
      source: `${source}#${named}_output_get`,
      replay: 'safe',
      response: z.unknown(),
      encoding: 'bytes',
    }),
  }) as const;

const ofDeployment = 'projects/{projectName}/deployments/{deploymentName}';
const ofVersion = `${ofDeployment}/versions/{version}` as const;

/** The endpoints of requests to a deployment's default version. */
export const requests = {
  ...sendingBelow(ofDeployment, 'deployment_requests', 'batch_deployment_requests'),
  ...oneBelow(ofDeployment, 'deployment_requests'),
  ...severalBelow(ofDeployment, 'deployment_requests'),
} as const;

/** The endpoints of requests to a stated version. */
export const versionRequests = {
  ...sendingBelow(ofVersion, 'deployment_version_requests', 'batch_deployment_version_requests'),
  ...oneBelow(ofVersion, 'deployment_version_requests'),
  ...severalBelow(ofVersion, 'deployment_version_requests'),
} as const;
