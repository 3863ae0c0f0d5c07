/**
 * An installation whose `train-and-deploy` is another pipeline: two trainings side by side; where the input deploys, two
 * approvals beside them; a gate on the first training; an early end where the input registers; and a job that waits for the
 * second training, which `train.within` is for.
 */
import { type Installation, installPipeline } from './installation.js';

const pipeline = `
import { preflightOf } from '../run/inputs/preflight.js';
import { definePipeline, defineStep } from '../steps/define.js';
import { job } from '../steps/domino/job.js';
import { gate } from '../steps/gate.js';

const running = (place, command, needs = []) =>
  place(job, {
    needs,
    with: ({ project, train: { within } }) => ({
      ...{ project, command, logLines: 20, metrics: [], needed: undefined },
      ...(command.includes('wide') && { within }),
    }),
  });

const enough = defineStep({
  kind: 'enough',
  holds: {},
  holdsBack: true,
  ends: () => ({ outcome: 'skipped', conclusion: 'one training is enough' }),
  perform: () => Promise.resolve({}),
});

const asking = (place, model) =>
  place(
    defineStep({
      kind: 'ask',
      asks: true,
      holds: {},
      perform: (step, subject) =>
        step.ask({ within: '10m', byStarter: true }, { model, version: 1, metrics: {}, live: null, changed: [], subject }),
    }),
    {
      if: (input) => input.deploy !== undefined,
      with: ({ connection, project }) => ({
        ...{ connection, project, deploys: { model } },
        trained: { jobId: 'j', experimentRunId: null, revisionId: null },
      }),
    },
  );

export const trainAndDeploy = definePipeline({
  name: 'train-and-deploy',
  workflow: 'trainAndDeploy',
  overlap: 'skip',
  preflights: (input) => [preflightOf(input)],
  steps: (place) => ({
    deep: running(place, 'python deep.py'),
    wide: running(place, 'python wide.py'),
    approve: asking(place, 'one'),
    signOff: asking(place, 'other'),
    gate: place(gate, {
      needs: ['deep'],
      if: (input) => input.gate !== undefined,
      with: ({ gate: { conditions } }, { deep: measured }) => ({ conditions, measured, baseline: null }),
    }),
    enough: place(enough, { needs: ['deep'], if: (input) => input.register !== undefined, with: () => ({}) }),
    last: running(place, 'python last.py', ['wide']),
  }),
  result: (_, outputs) => outputs,
});
`;

/** Installs it beside this one, and bundles it. */
export const installSideBySide = (): Promise<Installation> => installPipeline(pipeline);
