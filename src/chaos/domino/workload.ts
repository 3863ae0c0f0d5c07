/** What is run on Domino under chaos: the built-in pipelines, and an input of the caller’s for one of them. */
import { z } from 'zod';
import type { PipelineName } from '../../run/inputs/inputs.js';
import type { Dice } from '../dice.js';
import { type Place, type Workload, type WorkloadRun, platformSpeed as speed } from '../workload.js';

/** The connection on which they act. */
const connections = [{ name: 'domino-chaos', platform: 'domino' }] as const;

/** In real time, as they take undisturbed. */
const times = { disturbedMs: 45_000, cancelledWithinMs: 14_000 };

/** Simulated seconds: builds of 4 s, jobs of 5 to 7 s, deployments of 2 to 3 s in real time; builds and jobs times `pace`. */
const durationsAt = (pace: number, jobPace: number) => ({
  build: [4 * speed * pace, 4 * speed * pace],
  queue: [10, 20],
  job: [150 * pace * jobPace, 210 * pace * jobPace],
  deploy: [60, 90],
});

/**
 * Runs of every shape: with each part there or left out, that succeed, fail, and are refused by their gate. What was made
 * twice must be stopped before it ends by itself, for which a slow machine needs a slower pace.
 */
export const builtInAt = (pace: number): Workload => ({
  ...{ connections, ...times },
  buildMs: 4_000 * pace,
  worldOf: (_connection, { secret, jobPace }) => ({
    user: 'ada',
    projects: [{ owner: 'ada', name: 'iris' }],
    environments: [{ name: 'Standard', image: 'registry.example/base:1', default: true }],
    hardwareTiers: [{ id: 'small-k8s', default: true }],
    durations: durationsAt(pace, jobPace),
    jobs: [
      { command: '--poor', status: 'Succeeded', stats: { accuracy: '0.5' } },
      { command: '--better', status: 'Succeeded', stats: { accuracy: '0.97' } },
      {
        command: '--chatty',
        status: 'Succeeded',
        stats: { accuracy: '0.95' },
        log: [`export KEY=${secret}`],
      },
    ],
    modelApis: [{ name: '^sick-', version: 2, status: 'Unreachable', afterMinutes: 0.5 }],
  }),
  plan(index, { dice, place, sharing }) {
    const group = `${place.prefix}-g${Math.floor(index / sharing.group)}`;
    const nameOf = (at: number): string => `${place.prefix}-${String(at).padStart(4, '0')}`;
    const naming = { name: nameOf(index), group, dice, place, of: (what: string) => `${what} ${index}` };
    const first = index - (index % sharing.group);
    const isPair = sharing.group > 1 && sharing.retrain < 1 && dice.chance(`pair ${group}`, 0.2);
    if (isPair && index === first) return leading(naming);
    if (isPair && index === first + 1) return following(naming, nameOf(first));
    return dice.chance(`retrains ${index}`, sharing.retrain) ? retraining(naming) : training(naming);
  },
});

export const builtInWorkload: Workload = builtInAt(1);

interface Naming {
  readonly name: string;
  readonly group: string;
  readonly dice: Dice;
  readonly place: Place;
  /** A question about this very run. */
  readonly of: (what: string) => string;
}

type End = 'well' | 'job fails' | 'gate refuses' | 'build fails';

const codeOf: Readonly<Record<End, string>> = {
  well: 'succeeded',
  'job fails': 'JOB_FAILED',
  'gate refuses': 'GATE_REFUSED',
  'build fails': 'BUILD_FAILED',
};

function training({ name, group, dice, place, of }: Naming): WorkloadRun {
  const end = dice.pick<End>(of('end'), [
    ...(['well', 'well', 'well', 'well', 'well', 'well', 'well', 'well'] as const),
    ...(['job fails', 'gate refuses', 'build fails'] as const),
  ]);
  // One build that fails in a shared environment would fail for all who ask for the same content.
  const isAlone = end === 'build fails' || dice.chance(of('alone'), 0.3);
  const [environment, model] = isAlone
    ? [`env-${name}`, `model-${name}`]
    : [`env-${group}`, `model-${group}`];
  const content = dice.chance(of('content'), 0.5) ? name : group;
  const deploys = dice.chance(of('deploys'), 0.7);
  const isTaken = place.taken !== null && dice.chance(of('taken'), 0.08);
  const words = [
    '--run',
    name,
    ...(end === 'gate refuses' ? ['--poor'] : []),
    ...(end === 'well' && dice.chance(of('chatty'), 0.1) ? ['--chatty'] : []),
  ];
  return {
    key: name,
    pipeline: 'train-and-deploy',
    input: {
      connection: place.connection,
      project: place.project,
      environment: {
        name: isTaken ? place.taken : environment,
        base: { image: 'registry.example/base:1' },
      },
      revision: { dockerfile: `RUN install ${content}${end === 'build fails' ? '\nRUN false' : ''}` },
      train: { command: `python train.py ${words.join(' ')}${end === 'job fails' ? ' && exit 1' : ''}` },
      gate: { conditions: ['accuracy >= 0.9'] },
      register: { model },
      ...(deploys && { deploy: { modelApi: `api-${isAlone ? name : group}` } }),
      cleanup: isAlone && dice.chance(of('cleanup'), 0.5),
    },
    ends: [isTaken ? 'parked CONFLICT' : codeOf[end]],
  };
}

/** A model that is deployed, turns sick once its run has ended, and stays the one to beat. */
const leading = ({ name, group, place }: Naming): WorkloadRun => ({
  key: name,
  pipeline: 'train-and-deploy',
  input: {
    ...sharedParts(group, place),
    train: { command: `python train.py --run ${name}` },
    deploy: { modelApi: `api-${group}` },
  },
  ends: ['succeeded'],
});

/** A poorer model that must not replace it, whatever can be read of the live one. */
const following = ({ name, group, place }: Naming, key: string): WorkloadRun => ({
  key: name,
  pipeline: 'train-and-deploy',
  input: {
    ...sharedParts(group, place),
    train: { command: `python train.py --run ${name} --poor` },
    gate: { conditions: ['accuracy >= baseline'], baseline: 'live' },
    deploy: { modelApi: `api-${group}` },
  },
  ends: ['succeeded', 'GATE_REFUSED'],
  after: { key, ends: ['GATE_REFUSED'] },
});

const sharedParts = (group: string, { connection, project }: Place) => ({
  ...{ connection, project },
  environment: { name: `env-${group}`, base: { image: 'registry.example/base:1' } },
  revision: { dockerfile: `RUN install ${group}` },
  register: { model: `model-${group}` },
});

/** A model that is better than the live one or as good, deployed, watched, and taken back where it turns sick. */
function retraining({ name, group, dice, place, of }: Naming): WorkloadRun {
  const isSick = dice.chance(`sick ${group}`, 0.3);
  const words = ['--run', name, ...(dice.chance(of('better'), 0.5) ? ['--better'] : [])];
  return {
    key: name,
    pipeline: 'retrain',
    input: {
      connection: place.connection,
      project: place.project,
      train: { command: `python train.py ${words.join(' ')}` },
      compare: { metric: 'accuracy', tolerance: 0.1 },
      register: { model: `retrained-${group}` },
      deploy: {
        modelApi: `${isSick ? 'sick' : 'api'}-retrained-${group}`,
        environmentId: place.environmentId,
      },
      // One that turns sick before anybody has seen it serve never comes to serve.
      watch: { for: '3s', ...(isSick && { serveWithin: '30s' }) },
    },
    ends: isSick ? ['succeeded', 'DEPLOYMENT_TAKEN_BACK'] : ['succeeded'],
  };
}

const Named = z.looseObject({
  environment: z.looseObject({ name: z.string().optional(), adopt: z.boolean().optional() }).optional(),
  train: z.looseObject({ title: z.string().optional() }),
  register: z.looseObject({ model: z.string() }).optional(),
  deploy: z.looseObject({ modelApi: z.string(), description: z.string().optional() }).optional(),
});

/**
 * One input of a user’s, run again and again: it must be one that succeeds undisturbed. Names that it makes get an end
 * for each group of runs, so that groups do not wait for each other.
 */
export const workloadOf = (
  pipeline: PipelineName,
  input: Readonly<Record<string, unknown>>,
  world: string | undefined,
): Workload => ({
  ...{ connections, ...times },
  buildMs: null,
  isGiven: true,
  worldOf: () => world,
  plan: (index, { place, sharing }) => ({
    key: `${place.prefix}-${String(index).padStart(4, '0')}`,
    pipeline,
    input: grouped(input, place, `${place.prefix}-g${Math.floor(index / sharing.group)}`),
    ends: ['succeeded'],
  }),
});

/** Titles and descriptions of the user’s make way: the checks read there whose an object is. */
function grouped(input: Readonly<Record<string, unknown>>, { connection }: Place, group: string) {
  const { environment, train, register, deploy, ...rest } = Named.parse(input);
  const { title: _title, ...training } = train;
  const { description: _description, ...deployment } = deploy ?? { modelApi: '' };
  return {
    ...{ ...rest, connection, train: training },
    ...(environment && {
      environment:
        environment.name === undefined || environment.adopt === true
          ? environment
          : { ...environment, name: `${environment.name}-${group}` },
    }),
    ...(register && { register: { ...register, model: `${register.model}-${group}` } }),
    ...(deploy && { deploy: { ...deployment, modelApi: `${deploy.modelApi}-${group}` } }),
  };
}
