/** Which ids are those of runs: other workflows have ids of the same form. */
import { cleanUpPrefix, deliveryPrefix, holdPrefix, pipelineOf, resetPrefix, runIdPattern } from './ids.js';
import { preflightPrefix } from './inputs/preflight.js';
import { planPrefix, planStepPrefix, replayPrefix } from './replays/replays.js';
import { describeRunPrefix } from './run-facts.js';

const others: readonly string[] = [
  ...[cleanUpPrefix, deliveryPrefix, holdPrefix, resetPrefix, preflightPrefix, planStepPrefix],
  ...[planPrefix, replayPrefix, describeRunPrefix, 'campaign.', 'connection.'],
].map((prefix) => prefix.slice(0, -1));

/** Whether ids of other workflows begin with a name, which can therefore be that of no pipeline. */
export const isTaken = (pipeline: string): boolean => others.includes(pipeline);

/** Whether an id can be that of a run. */
export const isRunId = (id: string): boolean => runIdPattern.test(id) && !isTaken(pipelineOf(id));
