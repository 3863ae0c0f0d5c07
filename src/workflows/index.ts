/** The entry of the workflow bundle: every workflow, under its Temporal workflow type. */
export { buildEnvironment } from './build-environment.js';
export { campaign } from './campaign/campaign.js';
export { cleanUp } from './clean-up.js';
export { connection } from './connection.js';
export { deliverEvent } from './deliver-event.js';
export { planStep } from './plan-step.js';
export { planReplay, replayRun } from './kernel/replaying.js';
export { describeRun } from './describe-run.js';
export { lookUp } from './look-up.js';
export { lookAtConnection, readJobLog } from './read-connection.js';
export { lookout } from './lookout.js';
export { retrain } from './retrain.js';
export { runDocument } from './run-document.js';
export { trainAndDeploy } from './train-and-deploy.js';

// Temporal takes the stack of every promise that a run makes: as many frames as show where in the pipeline it waits.
Object.assign(Error, { stackTraceLimit: 6 });
