/** What ends or parks a step, or ends a run; a part of the table of `failure-kinds.ts`. */
import type { FailureKind } from './failure-kind.js';

/** Rows by code: builds, jobs, snapshots, requests, gates, deployments, and ends that people asked for. */
export const stepFailures = {
  BUILD_FAILED: {
    meaning: 'The build of the environment revision failed.',
    retry: 'never',
    operator: 'Correct the instructions or the package, then replay from the step that adds the revision.',
    exit: 'runFailed',
    status: 409,
  },
  BUILD_CANCELLED: {
    meaning: 'Somebody cancelled the build of the environment revision.',
    retry: 'never',
    operator: 'Ask who cancelled it, then replay from the step that adds the revision.',
    exit: 'runFailed',
    status: 409,
  },
  BUILD_SUPERSEDED: {
    meaning:
      'The build succeeded, but somebody has given the environment another content while it was built.',
    retry: 'never',
    operator: 'Give each content an environment of its own, or replay from the step that adds the revision.',
    exit: 'runFailed',
    status: 409,
  },
  JOB_FAILED: {
    meaning: 'The command of the job failed.',
    retry: 'never',
    operator: 'Read the log’s tail in the message, correct the program, then replay from the step.',
    exit: 'runFailed',
    status: 409,
  },
  JOB_STOPPED: {
    meaning: 'Somebody stopped the job on the platform.',
    retry: 'never',
    operator: 'Ask who stopped it, then replay from the step.',
    exit: 'runFailed',
    status: 409,
  },
  JOB_BROKEN: {
    meaning: 'The platform, not the command, ended the job (`Error`).',
    retry: 'operator',
    operator: 'Resolve with `retry --fresh` to start a new job, or abort.',
    exit: 'runFailed',
    status: 409,
  },
  JOB_ON_OTHER_REVISION: {
    meaning: 'The job did not run on the environment revision that it was pinned to.',
    retry: 'never',
    operator: 'Report it to the platform’s administrator: the metrics are those of another image.',
    exit: 'runFailed',
    status: 409,
  },
  SNAPSHOT_FAILED: {
    meaning: 'The platform did not finish copying a dataset snapshot, or the snapshot was deleted.',
    retry: 'operator',
    operator: 'Resolve with `retry --fresh` to take another snapshot, or abort.',
    exit: 'runFailed',
    status: 409,
  },
  TIMED_OUT: {
    meaning: 'The step, or the run, took longer than `within` of its pipeline document allows.',
    retry: 'never',
    operator: 'Find out what took so long; allow more time in the document, or replay the run.',
    exit: 'runFailed',
    status: 409,
  },
  HISTORY_FULL: {
    meaning: 'The history of the run is nearly as long as Temporal allows, so the run begins nothing more.',
    retry: 'never',
    operator: 'Replay the run: what has finished is reused, and it goes on with a new history.',
    exit: 'runFailed',
    status: 409,
  },
  EXPRESSION_FAILED: {
    meaning: 'An expression of the pipeline document has no value, or one that its step cannot use.',
    retry: 'operator',
    operator:
      'Compare the values in the message with the expression; resolve with `retry`, `skip` or `abort`.',
    exit: 'runFailed',
    status: 409,
  },
  NOTHING_TO_CHOOSE_FROM: {
    meaning: 'None of the candidates has succeeded and measured the metric that decides.',
    retry: 'never',
    operator: 'See why the candidates failed or what they measured, then replay from them.',
    exit: 'runFailed',
    status: 409,
  },
  EFFECT_UNKNOWN: {
    meaning: 'A request that may be sent only once was sent, or may have been, and its answer is not known.',
    retry: 'operator',
    operator:
      'Look whether it took effect. If it did, `skip` the step with its output; if not, `retry --fresh` sends it again.',
    exit: 'runFailed',
    status: 409,
  },
  ANSWER_TOO_LARGE: {
    meaning: 'An answer is larger than what a step keeps.',
    retry: 'operator',
    operator: 'Name what is needed of it under `select`, then replay; or skip the step with an output.',
    exit: 'runFailed',
    status: 409,
  },
  SERVICE_UNUSABLE: {
    meaning:
      'A worker cannot use a service: it is not configured there, takes no such method, its secret is missing or refused, or its address is not allowed.',
    retry: 'operator',
    operator: 'Correct `services` in longhaul.yaml of the workers of the connection, then retry the step.',
    exit: 'runFailed',
    status: 409,
  },
  SERVICE_UNAVAILABLE: {
    meaning:
      'A service could not be reached, gave no whole answer, or answered with what may pass: 401, 403, 407, 408, 425, 429, 5xx, a redirect or a web page.',
    retry: 'patience',
    operator: 'Check the service, then retry the step.',
    exit: 'runFailed',
    status: 409,
  },
  SERVICE_REFUSED: {
    meaning: 'A service answered with a status that the step does not expect.',
    retry: 'never',
    operator:
      'Read its words in the message; correct the request, or the service, then replay from the step.',
    exit: 'runFailed',
    status: 409,
  },
  CHILD_FAILED: {
    meaning: 'A run that the step has started has failed, or was cancelled.',
    retry: 'never',
    operator: 'Look at that run; a replay of this one replays it from the step that failed.',
    exit: 'runFailed',
    status: 409,
  },
  METRIC_MISSING: {
    meaning: 'The job did not write a metric that a step needs.',
    retry: 'never',
    operator: 'Write it to `dominostats.json`, then replay from the step that runs the job.',
    exit: 'runFailed',
    status: 409,
  },
  METRIC_NOT_A_NUMBER: {
    meaning: 'The job wrote a metric that is needed, but not as a decimal number: `NaN`, `0,93`.',
    retry: 'never',
    operator: 'Write it as a number such as 0.93 or 1e-5, then replay from the step that runs the job.',
    exit: 'runFailed',
    status: 409,
  },
  GATE_REFUSED: {
    meaning: 'The model does not meet the gate’s conditions.',
    retry: 'never',
    operator: 'Improve the model, or change the conditions and replay from the step.',
    exit: 'refused',
    status: 409,
  },
  BASELINE_UNKNOWN: {
    meaning: 'A model was deployed before, but its metrics cannot be found or read on the platform.',
    retry: 'operator',
    operator:
      'Retry when the platform shows them; else skip the step with an output, or state the baseline as numbers.',
    exit: 'runFailed',
    status: 409,
  },
  EXPERIMENT_RUN_UNKNOWN: {
    meaning: 'The training did not say which MLflow run holds its model.',
    retry: 'never',
    operator: 'Write `mlflow_run_id` to `dominostats.json`, or state `register.experimentRunId`.',
    exit: 'runFailed',
    status: 409,
  },
  DEPLOYMENT_FAILED: {
    meaning: 'What was deployed was not built, or did not start serving.',
    retry: 'never',
    operator: 'Read the version’s build and instance logs, correct the cause, then replay from the step.',
    exit: 'runFailed',
    status: 409,
  },
  DEPLOYMENT_TAKEN_BACK: {
    meaning: 'The new version started serving but became unhealthy, so it was taken back.',
    retry: 'never',
    operator:
      'Read the version’s instance logs and the message, which says what serves now; correct the model.',
    exit: 'runFailed',
    status: 409,
  },
  MODEL_BUSY: {
    meaning: 'Another run trains or deploys the same model, and the input says not to wait for it.',
    retry: 'never',
    operator: 'Start it again when the other run has ended, or say `whenBusy: wait`.',
    exit: 'conflict',
    status: 409,
  },
  INTERNAL: {
    meaning: 'A bug in Longhaul.',
    retry: 'operator',
    operator: 'Report it with the run id; after a corrected version is deployed, retry the step.',
    exit: 'error',
    status: 500,
  },
  ABORTED: {
    meaning: 'An operator ended the parked run.',
    retry: 'never',
    operator: 'Replay the run once the reason given no longer applies.',
    exit: 'runFailed',
    status: 409,
  },
  CANCELLED: {
    meaning: 'The run was cancelled.',
    retry: 'never',
    operator: 'Replay the run to continue it.',
    exit: 'refused',
    status: 409,
  },
} as const satisfies Record<string, FailureKind>;
