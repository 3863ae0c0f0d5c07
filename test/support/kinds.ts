/**
 * An installation whose `train-and-deploy` has one step of each kind that no built-in pipeline has. `train.command` says, as
 * JSON and by step, what each is made from; a step that it leaves out is skipped.
 */
import { type Installation, installPipeline } from './installation.js';

const pipeline = `
import { preflightOf } from '../pipeline/preflight.js';
import { definePipeline } from '../steps/define.js';
import { call } from '../steps/call.js';
import { http } from '../steps/http.js';
import { job } from '../steps/domino/job.js';
import { pause } from '../steps/pause.js';
import { pipeline } from '../steps/pipeline.js';

const told = ({ train: { command } }) => JSON.parse(command);
const placed = (place, kind, name, needs = []) =>
  place(kind, { needs, if: (input) => name in told(input), with: (input) => told(input)[name] });

export const trainAndDeploy = definePipeline({
  name: 'train-and-deploy',
  workflow: 'trainAndDeploy',
  overlap: 'skip',
  preflight: preflightOf,
  steps: (place) => ({
    rest: placed(place, pause, 'rest'),
    ask: placed(place, http, 'ask'),
    make: placed(place, call, 'make'),
    train: place(job, {
      if: (input) => 'train' in told(input),
      with: (input) => ({
        ...{ project: input.project, command: told(input).train },
        ...{ logLines: 20, metrics: [], needed: undefined },
      }),
    }),
    report: placed(place, http, 'report', ['train']),
    child: placed(place, pipeline, 'child'),
  }),
  result: (_, outputs) => outputs,
});
`;

/** Installs it beside this one, and bundles it. */
export const installKinds = (): Promise<Installation> => installPipeline(pipeline);
