/** What is run on UbiOps under chaos: a document that builds, trains, judges, deploys and asks, in both dialects. */
import { checkDocument } from '../../documents/pipeline/check.js';
import type { PipelineDocument } from '../../run/documents/documents.js';
import {
  type StagedConnection,
  type Workload,
  type WorkloadRun,
  platformSpeed as speed,
} from '../workload.js';

const connections = [
  { name: 'ubiops-chaos', platform: 'ubiops' },
  { name: 'ubiops-chaos-v2', platform: 'ubiops', dialect: 'v2' },
] as const satisfies Workload['connections'];

/** A request by somebody else to what runs deploy. */
export const sampleOf = (note: string) => ({ question: 'by hand', note });

const textFor = (connection: string): string => `
longhaul: pipeline/v1
pipeline: serve
connection: ${connection}
input:
  properties:
    name: { type: string, description: Of the environment and the deployment. }
    requirements: { type: string }
    experiment: { type: string }
    quality: { enum: [good, poor, broken] }
    deploys: { type: boolean }
    model: { type: string, description: Versions of the same are one. }
    question: { type: string }
  required: [name, requirements, experiment, quality, deploys, model, question]
steps:
  environment: { uses: environment, with: { project: iris, name: '\${{ input.name }}', base: python3-12 } }
  revision:
    uses: revision
    with:
      environment: \${{ steps.environment }}
      files: { requirements.txt: '\${{ input.requirements }}' }
  build: { uses: build, with: { revision: '\${{ steps.revision }}' } }
  train:
    uses: training-run
    with:
      project: iris
      experiment: \${{ input.experiment }}
      environment: \${{ steps.build }}
      code: ubiops-file://default/train.py
      parameters: { quality: '\${{ input.quality }}' }
  gate: { uses: gate, with: { job: '\${{ steps.train }}', conditions: [accuracy >= 0.9] } }
  deploy:
    uses: deployment
    if: \${{ input.deploys }}
    needs: [gate]
    with:
      project: iris
      deployment: \${{ input.name }}
      input: { question: string, note: string }
      output: { question: string }
      environment: \${{ steps.build }}
      files: { deployment.py: 'class Deployment: pass' }
      variables: { MODEL: '\${{ input.model }}' }
  ask:
    uses: request
    with:
      project: iris
      deployment: \${{ steps.deploy }}
      data: { question: '\${{ input.question }}', note: '\${{ run.id }}' }
      marker: note
`;

function documentOn({ name }: StagedConnection): PipelineDocument {
  const file = 'serve.yaml';
  const of = { platformOf: () => 'ubiops', dialectOf: () => null, methodsOf: () => null };
  const checked = checkDocument(textFor(name), { file, ...of });
  if (checked.ok) return checked.document;
  throw new Error(checked.faults.map(({ line, message }) => `${file}:${line} ${message}`).join('\n'));
}

const [first, second] = connections;
const documents = [documentOn(first), documentOn(second)] as const;

type End = 'well' | 'build fails' | 'training fails' | 'gate refuses' | 'request fails';

const codeOf: Readonly<Record<End, string>> = {
  well: 'succeeded',
  'build fails': 'BUILD_FAILED',
  'training fails': 'JOB_FAILED',
  'gate refuses': 'GATE_REFUSED',
  'request fails': 'JOB_FAILED',
};

/** Real milliseconds of every build of an environment. */
const buildMs = 4_000;
const simulated = (ms: number): number => (ms / 1_000) * speed;

/** Requests of 5 to 7 s in real time, times `jobPace`; packages of 2 to 3 s. */
const worldAt = (secret: string, jobPace: number) => ({
  user: 'ada@example.com',
  projects: [{ name: 'iris' }],
  baseEnvironments: [{ name: 'python3-12', displayName: 'Python 3.12' }],
  instanceTypes: [{ name: '512mb' }],
  durations: {
    queue: [simulated(1_000), simulated(1_000)],
    build: [simulated(buildMs - 1_000), simulated(buildMs - 1_000)],
    package: [simulated(1_000), simulated(2_000)],
    pending: [5, 10],
    request: [150 * jobPace, 210 * jobPace],
    training: [150 * jobPace, 210 * jobPace],
  },
  builds: [{ package: '^does-not-exist', error: 'No matching distribution found for does-not-exist' }],
  requests: [
    training({ input: 'broken', status: 'failed', error: 'ValueError: no data' }),
    training({ input: 'poor', result: { artifact: null, metadata: {}, metrics: { accuracy: 0.5 } } }),
    { deployment: '.', input: 'broken question', status: 'failed', error: 'ValueError: no question' },
    { deployment: '.', input: 'chatty', result: { question: 'answered' }, log: [`export KEY=${secret}`] },
  ],
});

const training = (rule: object) => ({ deployment: '^training-base-deployment$', ...rule });

/** Runs that share an environment and a deployment, some of them also what these are made of. */
export const ubiopsWorkload: Workload = {
  ...{ connections, buildMs, disturbedMs: 120_000, cancelledWithinMs: 40_000 },
  worldOf: (_connection, { secret, jobPace }) => worldAt(secret, jobPace),
  plan(index, { dice, place: { prefix }, sharing }): WorkloadRun {
    const key = `${prefix}-${String(index).padStart(4, '0')}`;
    const group = `${prefix}-g${Math.floor(index / sharing.group)}`;
    const of = (what: string): string => `${what} ${index}`;
    const end = dice.pick<End>(of('end'), [
      ...(['well', 'well', 'well', 'well', 'well', 'well', 'well', 'well'] as const),
      ...(['build fails', 'training fails', 'gate refuses', 'request fails'] as const),
    ]);
    // One build that fails in a shared environment would fail for all who ask for the same content.
    const isAlone = end === 'build fails' || dice.chance(of('alone'), 0.3);
    const name = isAlone ? key : group;
    const pipeline = dice.pick(`dialect ${group}`, documents);
    // Without tags, an environment has one content: another one takes its place, and fails who waits for the first.
    const mayDiffer = isAlone || pipeline === documents[1];
    const content = mayDiffer && dice.chance(of('content'), 0.5) ? key : group;
    const chatty = dice.chance(of('chatty'), 0.1) ? 'chatty ' : '';
    return {
      ...{ key, pipeline },
      input: {
        name,
        requirements: `${end === 'build fails' ? 'does-not-exist' : 'numpy'}==1\n# ${content}\n`,
        experiment: `${name}-${content}`.slice(-60),
        quality: end === 'training fails' ? 'broken' : end === 'gate refuses' ? 'poor' : 'good',
        deploys: end === 'request fails' || dice.chance(of('deploys'), 0.7),
        model: dice.chance(of('model'), 0.6) ? key : group,
        question: `${chatty}${end === 'request fails' ? 'broken question' : 'question'}`,
      },
      ends: [codeOf[end]],
    };
  },
};
