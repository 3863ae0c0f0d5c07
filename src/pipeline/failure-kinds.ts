/**
 * Everything that can go wrong, in one table: what it means, whether trying again helps, and what a person does.
 *
 * The retry policy is the error's property, never the caller's:
 * - `backoff` and `after`: Temporal tries again (`after`: when the platform said so);
 * - `patience`: it may pass by itself, as a proxy's page does, so Temporal tries again for some minutes (`waits.patienceMs`);
 *   where it stays, a person can repair it: see `operator`;
 * - `operator`: a person can repair it, so the step parks and the run stays open;
 * - `never`: the pipeline's own failure, so the run fails at once and a replay continues it.
 */
import type { FailureKind } from './failure-kind.js';
import { undertakingKinds } from './undertaking-kinds.js';

/** By code. */
export const kinds = {
  PLATFORM_UNREACHABLE: {
    meaning: 'The request could not be sent: no address, no connection or no TLS.',
    retry: 'backoff',
    operator: 'Check the connection’s URL and the network. Runs wait, and go on by themselves.',
  },
  PLATFORM_UNAVAILABLE: {
    meaning: 'The platform answered a read with 5xx, broke off or took too long.',
    retry: 'backoff',
    operator: 'Nothing: runs wait, and go on by themselves. If it lasts, check the platform’s health.',
  },
  ANSWER_LOST: {
    meaning: 'A write was sent and its answer is missing or unreadable: it may have taken effect.',
    retry: 'backoff',
    operator: 'Nothing: the next attempt looks for the effect by its marker before sending again.',
  },
  PLATFORM_THROTTLED: {
    meaning: 'The platform answered 429, or 503 with Retry-After.',
    retry: 'after',
    operator: 'Lower `requestsPerSecond` if it comes often; `longhaul connection resume` ends a wait.',
  },
  CREDENTIALS_MISSING: {
    meaning:
      'A credential is not set, its file cannot be read, or it holds characters that no credential has.',
    retry: 'patience',
    operator: 'Provide the credential to the worker: runs go on by themselves. See `longhaul connection`.',
  },
  CREDENTIALS_REJECTED: {
    meaning: 'The platform refused the credential (401, or 409 “log in again”), also after it was read anew.',
    retry: 'patience',
    operator: 'Renew the credential: runs go on by themselves then. See `longhaul connection`.',
  },
  PERMISSION_DENIED: {
    meaning: 'The credential is valid but may not do this (403).',
    retry: 'patience',
    operator: 'Grant the permission named in the message, then retry the step.',
  },
  QUOTA_EXCEEDED: {
    meaning: 'The platform refused for a quota or budget (403).',
    retry: 'operator',
    operator: 'Free or raise the quota, then retry the step.',
  },
  PROXY_PAGE: {
    meaning:
      'Something in between answered instead of the platform: a web page, a redirect, or a refusal that is not in the platform’s JSON.',
    retry: 'patience',
    operator: 'Check the connection’s URL, proxy and login, then retry the step.',
  },
  ANSWER_UNEXPECTED: {
    meaning: 'A read was answered with JSON that lacks a field which the contract requires.',
    retry: 'patience',
    operator: 'Compare the platform’s version with the supported ones; report it with the request id.',
  },
  CONFLICT: {
    meaning: 'The object exists already and is not what this run asks for.',
    retry: 'operator',
    operator: 'Rename or remove the other object, then retry; or skip the step with its output.',
  },
  REQUEST_REJECTED: {
    meaning: 'The platform refused the request as invalid (4xx).',
    retry: 'never',
    operator: 'Correct the input that the message names, then replay the run.',
  },
  NOT_FOUND: {
    meaning: 'The platform does not know an object that the input or an earlier step names (404, 410).',
    retry: 'never',
    operator: 'Correct the input, or replay from the step that makes the object.',
  },
  OBJECT_MISSING: {
    meaning:
      'The platform does not find an object that this run has made or seen, and has not for some minutes.',
    retry: 'patience',
    operator: 'Look for it on the platform; retry when it is there again, skip with its output, or abort.',
  },
  WAIT_EXPIRED: {
    meaning: 'The object did not reach an end within the time allowed for the wait.',
    retry: 'operator',
    operator: 'Look at it on the platform; retry to wait on, skip with its output, or abort.',
  },
  OUTCOME_UNKNOWN: {
    meaning:
      'Something has ended on the platform, but not how: its status is not known, or what proves it cannot be read.',
    retry: 'operator',
    operator: 'Look at it on the platform; retry to look again, skip with its output, or abort.',
  },
  BUILD_FAILED: {
    meaning: 'The environment revision did not build.',
    retry: 'never',
    operator: 'Correct the Dockerfile instructions, then replay from `revision`.',
  },
  BUILD_CANCELLED: {
    meaning: 'Somebody cancelled the build of the environment revision.',
    retry: 'never',
    operator: 'Ask who cancelled it, then replay from `revision`.',
  },
  JOB_FAILED: {
    meaning: 'The training command ended with an error.',
    retry: 'never',
    operator: 'Read the log’s tail in the message, correct the program, then replay from `train`.',
  },
  JOB_STOPPED: {
    meaning: 'Somebody stopped the job on the platform.',
    retry: 'never',
    operator: 'Ask who stopped it, then replay from `train`.',
  },
  JOB_BROKEN: {
    meaning: 'The platform, not the command, ended the job (`Error`).',
    retry: 'operator',
    operator: 'Resolve with `retry --fresh` to start a new job, or abort.',
  },
  JOB_ON_OTHER_REVISION: {
    meaning: 'The job did not run on the environment revision that it was pinned to.',
    retry: 'never',
    operator: 'Report it to the platform’s administrator: the metrics are those of another image.',
  },
  METRIC_MISSING: {
    meaning: 'The training did not write a metric that the gate needs.',
    retry: 'never',
    operator: 'Write it to `dominostats.json`, then replay from `train`.',
  },
  METRIC_NOT_A_NUMBER: {
    meaning: 'The training wrote a metric that is needed, but not as a decimal number: `NaN`, `0,93`.',
    retry: 'never',
    operator: 'Write it as a number such as 0.93 or 1e-5, then replay from `train`.',
  },
  GATE_REFUSED: {
    meaning: 'The model does not meet the gate’s conditions.',
    retry: 'never',
    operator: 'Improve the model, or change the gate and replay from `gate`.',
  },
  BASELINE_UNKNOWN: {
    meaning: 'A model was deployed before, but its metrics cannot be found or read on the platform.',
    retry: 'operator',
    operator:
      'Retry when the platform shows them; else skip the step with an output, or state the baseline as numbers.',
  },
  EXPERIMENT_RUN_UNKNOWN: {
    meaning: 'The training did not say which MLflow run holds its model.',
    retry: 'never',
    operator: 'Write `mlflow_run_id` to `dominostats.json`, or state `register.experimentRunId`.',
  },
  DEPLOYMENT_FAILED: {
    meaning: 'The model API version did not come to serve.',
    retry: 'never',
    operator: 'Read the version’s build and instance logs, correct the cause, then replay from `deploy`.',
  },
  DEPLOYMENT_TAKEN_BACK: {
    meaning: 'The new version came to serve but did not stay well, so it was taken back.',
    retry: 'never',
    operator:
      'Read the version’s instance logs and the message, which says what serves now; correct the model.',
  },
  MODEL_BUSY: {
    meaning: 'Another run trains or deploys the same model, and the input says not to wait for it.',
    retry: 'never',
    operator: 'Start it again when the other run has ended, or say `whenBusy: wait`.',
  },
  INTERNAL: {
    meaning: 'A mistake of Longhaul’s own.',
    retry: 'operator',
    operator: 'Report it with the run id; after a corrected version is deployed, retry the step.',
  },
  ABORTED: {
    meaning: 'An operator ended the parked run.',
    retry: 'never',
    operator: 'Replay the run when the reason given is gone.',
  },
  CANCELLED: {
    meaning: 'The run was cancelled.',
    retry: 'never',
    operator: 'Replay the run to continue it.',
  },
  CONFIG_INVALID: {
    meaning: 'longhaul.yaml or an environment variable is not usable.',
    retry: 'never',
    operator: 'Correct the key that the message names; check with `longhaul config check`.',
  },
  CONNECTION_UNKNOWN: {
    meaning: 'The input names a connection that is not configured.',
    retry: 'never',
    operator: 'Use a configured name, or add the connection to longhaul.yaml.',
  },
  CONNECTION_NOT_FOUND: {
    meaning: 'There is no connection of this name.',
    retry: 'never',
    operator: 'Check the name with `longhaul connection list`.',
  },
  PIPELINE_UNKNOWN: {
    meaning: 'There is no pipeline of this name.',
    retry: 'never',
    operator: 'Use one of the names in the message.',
  },
  INPUT_INVALID: {
    meaning: 'The pipeline’s input does not fit its schema.',
    retry: 'never',
    operator: 'Correct the fields that the message names; nothing was started.',
  },
  RUN_KEY_REUSED: {
    meaning: 'A run with this key exists and was started with another input.',
    retry: 'never',
    operator: 'Use another key, or the same input.',
  },
  RUN_NOT_FOUND: {
    meaning: 'There is no run with this id in the namespace, or its retention is over.',
    retry: 'never',
    operator: 'Check the id with `longhaul run list`.',
  },
  RUN_ENDED: {
    meaning: 'The run has ended, so there is nothing to cancel or resolve.',
    retry: 'never',
    operator: 'Look at how it ended: `longhaul run get`.',
  },
  RUN_GOES_ON: {
    meaning: 'The run goes on, so there is nothing to clean up after it yet.',
    retry: 'never',
    operator: 'Cancel it first: `longhaul run cancel`; it undoes by itself what it has running.',
  },
  VERSION_UNKNOWN: {
    meaning: 'No worker has this version of the workflow code.',
    retry: 'never',
    operator: 'List those that there are: `longhaul deployment list`; start a worker with it first.',
  },
  RESET_REFUSED: {
    meaning: 'The run cannot be reset to this step; nothing was done.',
    retry: 'never',
    operator: 'Choose a step that the attempt came to, or plan a replay: `longhaul replay plan`.',
  },
  STEP_NOT_PARKED: {
    meaning: 'The step that was to be resolved is not parked.',
    retry: 'never',
    operator: 'Look at the run: `longhaul run get`.',
  },
  RESOLUTION_INVALID: {
    meaning: 'The resolution does not fit the parked step.',
    retry: 'never',
    operator: 'Correct the field that the message names.',
  },
  APPROVAL_NOT_AWAITED: {
    meaning: 'The run awaits no approval: not yet, no more, or it was decided before.',
    retry: 'never',
    operator: 'Look at the run: `longhaul run get`.',
  },
  APPROVAL_DENIED: {
    meaning: 'This person or service may not decide on this approval.',
    retry: 'never',
    operator: 'Ask one of those whom the message names.',
  },
  APPROVAL_MISSING: {
    meaning: 'What the run would deploy is not what was approved.',
    retry: 'never',
    operator: 'Replay from `approve`, so that somebody decides on what would be deployed now.',
  },
  REQUEST_MALFORMED: {
    meaning: 'The HTTP request cannot be read: its body, a header or a parameter.',
    retry: 'never',
    operator: 'Correct what the message names; nothing was started.',
  },
  BODY_TOO_LARGE: {
    meaning: 'The body of the request is larger than allowed.',
    retry: 'never',
    operator: 'Send less: large things belong on the platform, and the input names them.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    meaning: 'The body of the request is of another media type than the API takes.',
    retry: 'never',
    operator: 'Send JSON with `Content-Type: application/json`.',
  },
  ROUTE_NOT_FOUND: {
    meaning: 'The API has no such path or method.',
    retry: 'never',
    operator: 'Look at the API’s own page: `/docs`.',
  },
  UNAUTHENTICATED: {
    meaning: 'The request carries no API key or token, or one that is not valid (any more).',
    retry: 'never',
    operator: 'Send `Authorization: Bearer …` with a valid key or token.',
  },
  ISSUER_UNREACHABLE: {
    meaning: 'The keys of a token’s issuer cannot be read, so the token cannot be checked.',
    retry: 'backoff',
    operator: 'Check `access.tokens[].jwks` and the network from the server to the issuer.',
  },
  ACCESS_DENIED: {
    meaning: 'The caller’s role does not allow this.',
    retry: 'never',
    operator: 'Ask an admin for a key or grant with the role that the message names.',
  },
  SIGNATURE_INVALID: {
    meaning: 'The webhook’s signature is missing, wrong or too old.',
    retry: 'never',
    operator: 'Check the shared secret and the sender’s clock.',
  },
  WEBHOOK_UNKNOWN: {
    meaning: 'No incoming webhook of this name is configured.',
    retry: 'never',
    operator: 'Add it to `webhooks.incoming` in longhaul.yaml, or correct the sender’s URL.',
  },
  DELIVERY_FAILED: {
    meaning: 'A webhook’s target did not accept an event in several days, or refused it for good.',
    retry: 'never',
    operator: 'Repair the target, then `longhaul webhook redeliver`.',
  },
  DELIVERY_NOT_FOUND: {
    meaning: 'There is no webhook delivery with this id, or its retention is over.',
    retry: 'never',
    operator: 'Check the id with `longhaul webhook list`.',
  },
  DELIVERY_UNDER_WAY: {
    meaning: 'The webhook delivery is still being tried, or has succeeded.',
    retry: 'never',
    operator: 'Nothing: only failed deliveries are delivered again.',
  },
  ...undertakingKinds,
  KEY_UNKNOWN: {
    meaning: 'There is no API key with this id.',
    retry: 'never',
    operator: 'Check the id with `longhaul key list`.',
  },
  AUDIT_UNAVAILABLE: {
    meaning: 'The audit log cannot be written, so nothing may be changed.',
    retry: 'backoff',
    operator: 'Make `audit.directory` writable, give it space, and see that `audit.key` can be read.',
  },
  SERVER_BUSY: {
    meaning: 'The server follows as many streams, or works at as many requests, as it may.',
    retry: 'after',
    operator: 'Start another server, or raise `server.followers`.',
  },
  WORKER_SILENT: {
    meaning: 'No worker answered for this run in time.',
    retry: 'backoff',
    operator: 'Start one with `longhaul worker`; the run itself is safe.',
  },
  TEMPORAL_UNREACHABLE: {
    meaning: 'Temporal does not answer.',
    retry: 'backoff',
    operator: 'Check TEMPORAL_ADDRESS; on your own machine, start everything with `longhaul dev`.',
  },
} as const satisfies Record<string, FailureKind>;
