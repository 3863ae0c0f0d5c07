/** Names and ids, each built in this one place. */

/** Every workflow task of every pipeline. */
export const pipelinesQueue = 'pipelines';

/**
 * Activities of one connection, so that a worker needs only the credentials of the platforms that it reaches. The workers
 * that Temporal lists for the queue share the connection's rate.
 */
export const activitiesQueue = (connection: string): string => `activities.${connection}`;

/** Deliveries of events to other services. */
export const webhooksQueue = 'webhooks';

/** The Temporal workflow type of a delivery, and what every id of one begins with. */
export const deliveryWorkflow = 'deliverEvent';
export const deliveryPrefix = 'delivery.';

/** What keeps a model for one run in Temporal: its workflow type, of which there is no code, and how its ids begin. */
export const holdWorkflow = 'holdModel';
export const holdPrefix = 'hold.';

/** What keeps a run for one reset at a time, of which there is no code either. */
export const resetWorkflow = 'holdReset';
export const resetPrefix = 'reset.';

/** What undoes after a run's end: its workflow type, and how its ids begin. It is one for a run, so it is the run's lock too. */
export const cleanUpWorkflow = 'cleanUp';
/** Hands it more calls. */
export const moreToCleanSignalName = 'moreToClean';
export const cleanUpPrefix = 'cleanup.';

/** The id of an activity of a run while it is pending: Temporal tells of which step it is by nothing else. */
export const activityIdOf = (step: string, number: number): string => `${step}.${number}`;

/** The step of such an id. */
export const stepOfActivityId = (activityId: string): string => activityId.replace(/\.\d+$/, '');

/** All versions of the workflow code together, as Temporal names them. */
export const deploymentName = 'longhaul';

/** What an input says of the model that it makes. */
export interface ModelNames {
  readonly connection: string;
  readonly project: string;
  readonly register?: { readonly model: string } | undefined;
  readonly deploy?: { readonly modelApi: string } | undefined;
}

/** What one run at a time may have: the registered model, or else the model API; `null` for neither. */
export function holdKeyOf({ connection, project, register, deploy }: ModelNames): string | null {
  if (register) return `${connection}.model.${register.model}`;
  return deploy ? `${connection}.model-api.${project}.${deploy.modelApi}` : null;
}

/** `<connection>/<owner>/<project>/<model API or registered model>`; `null` for a training that keeps none. */
export function modelOf({ connection, project, register, deploy }: ModelNames): string | null {
  const name = deploy?.modelApi ?? register?.model;
  return name === undefined ? null : `${connection}/${project}/${name}`;
}

/** What a pipeline may be called. */
export const pipelineNamePattern = /^[a-z][a-z0-9-]{0,62}$/;

/** What a run key may look like: it becomes part of a URL and of a Temporal workflow id. */
export const runKeyPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** With what the keys begin that schedules and incoming webhooks make: no key of a caller may. */
const ownBeginning = '_';

/** A key in the space of schedules and webhooks: whoever starts runs cannot take it from them. */
export const ownKeyOf = (key: string): string => `${ownBeginning}${key}`;

/** Whether a run was started under such a key. */
export const hasOwnKey = (runId: string): boolean => runId.startsWith(`${pipelineOf(runId)}.${ownBeginning}`);

/** What the id of a run looks like, whoever started it. */
export const runIdPattern = new RegExp(
  `${pipelineNamePattern.source.slice(0, -1)}\\.${ownBeginning}?${runKeyPattern.source.slice(1)}`,
);

/** `<pipeline>.<key>`, which is also the Temporal workflow id. */
export const runIdOf = (pipeline: string, key: string): string => `${pipeline}.${key}`;

/** The pipeline that a run id names. */
export const pipelineOf = (runId: string): string => runId.split('.', 1)[0] ?? runId;

/** The part of an origin that is the run’s. */
export type RunOrigin = Pick<Origin, 'runId' | 'firstAttemptId' | 'attemptId'>;

/**
 * Where an effect comes from. It stays the same over activity retries, worker deaths, resets and replays, so
 * that the marker derived from it finds the effect again.
 */
export interface Origin {
  readonly runId: string;
  /** Temporal's run id of the run's first attempt. */
  readonly firstAttemptId: string;
  /** Of a step under `finally`, Temporal's run id of its attempt: each attempt does that work again. */
  readonly attemptId?: string;
  readonly step: string;
  /** 1, and one more each time an operator asks for a fresh effect. */
  readonly generation: number;
}
