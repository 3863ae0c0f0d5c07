/**
 * What a plan says is what is done: random pipelines fail at random places, are edited at random and replayed; the
 * ledger of the platform is held against the plan. `LONGHAUL_REPLAY_CASES` sets how many, `LONGHAUL_REPLAY_SEED` which.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import fc from 'fast-check';
import { LonghaulError, type ReplayPlan, type ReplayRequest, type Run } from '../../src/client.js';
import type { Json } from '../../src/run/steps.js';
import { type Stage, createStage, until } from '../support/stage.js';

const cases = Number(process.env['LONGHAUL_REPLAY_CASES'] ?? 16);
const seed = Number(process.env['LONGHAUL_REPLAY_SEED'] ?? 20_261_121);

const speed = 240;
const stages: Stage[] = [];
/** The output of a training that an operator may supply, by stage. */
const trained = new Map<Stage, Json>();
beforeAll(async () => {
  for (let index = 0; index < 2; index += 1) stages.push(await createStage({ speed, seed: index + 1 }));
  await Promise.all(
    stages.map(async (stage) => {
      await stage.startWorker();
      const input = {
        connection: stage.connection,
        project: 'ada/iris',
        train: { command: 'python train.py' },
      };
      const { runId } = await stage.client.start('train-and-deploy', input, { key: 'trained' });
      const { steps } = await stage.client.wait(runId, { timeoutMs: 90_000 });
      const state = steps.find(({ name }) => name === 'train')?.state;
      trained.set(stage, state?.status === 'succeeded' ? state.output : null);
    }),
  );
});
afterAll(() => Promise.all(stages.map((stage) => stage.close())));

const endpoints = {
  environment: 'environments.create',
  revision: 'environments.createRevision',
  train: 'jobs.start',
  register: 'registeredModels.register',
  deploy: 'modelApis.create',
} as const;
const made = ['environment', 'revision', 'train', 'register', 'deploy'] as const;

const seldom = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const anyCase = fc.record({
  /** How much of the pipeline there is. */
  parts: fc.record({
    revision: fc.boolean(),
    gate: fc.boolean(),
    deploy: fc.boolean(),
  }),
  failure: fc.oneof(
    fc.record({ kind: fc.constantFrom('refused' as const, 'parked' as const), at: fc.constantFrom(...made) }),
    fc.record({
      kind: fc.constantFrom('cancelled' as const, 'terminated' as const),
      at: fc.constantFrom('build' as const, 'train' as const, 'deploy' as const),
    }),
    fc.record({
      kind: fc.constant('own' as const),
      at: fc.constantFrom('build' as const, 'train' as const, 'gate' as const),
    }),
  ),
  /** Whether what a terminated attempt has left running ends before the plan is made. */
  late: fc.boolean(),
  edit: fc.constantFrom(
    'none' as const,
    'title' as const,
    'dockerfile' as const,
    'tier' as const,
    'environment' as const,
    'description' as const,
  ),
  /** Which of the steps that were begun it begins at; mostly, the replay finds that out. */
  from: seldom(fc.integer({ min: 0, max: 6 })),
  fresh: seldom(fc.constantFrom('revision', 'train', 'deploy')),
  skip: seldom(fc.constantFrom('gate', 'train')),
});
type Case = typeof anyCase extends fc.Arbitrary<infer T> ? T : never;

describe('the plan of a replay', () => {
  it(
    'is what is done, for any pipeline, failure and edit',
    async () => {
      const all = [...fc.sample(anyCase, { numRuns: cases, seed }).entries()];
      const tally = { replayed: 0, refused: 0, planned: 0, repeated: 0 };
      const work = async (stage: Stage): Promise<void> => {
        // Each on the stage of its number: what a case finds there is the same whenever it is played.
        for (const [number, of] of all.filter(([index]) => index % stages.length === stages.indexOf(stage))) {
          const outcome = await play(stage, number, of).catch((error: unknown) => {
            throw new Error(`case ${number} of seed ${seed}: ${JSON.stringify(of)}`, { cause: error });
          });
          if (outcome === null) tally.refused += 1;
          else {
            tally.replayed += 1;
            tally.planned += outcome.planned;
            tally.repeated += outcome.repeated;
          }
        }
      };
      await Promise.all(stages.map(work));
      process.stderr.write(
        `replays: ${tally.replayed} of ${cases} cases (${tally.refused} refused), ${tally.planned} effects planned, all of them and no other done; ${tally.repeated} repeated\n`,
      );
      expect(tally.repeated).toBe(0);
      expect(tally.replayed).toBeGreaterThan(cases / 3);
    },
    60_000 + cases * 10_000,
  );
});

/** `null` when the plan is refused, and then nothing was done. */
async function play(
  stage: Stage,
  number: number,
  of: Case,
): Promise<{ planned: number; repeated: number } | null> {
  const { client } = stage;
  const runId = await failed(stage, number, of);
  const request = requestOf(stage, await client.get(runId), of);
  // What is to be stopped must not end by itself between the plan and the deed.
  await stage.control('clock', { speed: 0.001 });
  const before = stage.simulator.ledger().length;
  let plan: ReplayPlan;
  try {
    plan = await client.replays.plan(request);
  } catch (error) {
    if (
      !(error instanceof LonghaulError) ||
      !['REPLAY_INVALID', 'REPLAY_REFUSED', 'INPUT_INVALID'].includes(error.code)
    )
      throw error;
    expect(done(stage, before)).toEqual([]);
    await stage.control('clock', { speed });
    return null;
  }
  expect(done(stage, before)).toEqual([]);
  await client.replays.apply(request, { plan: plan.hash, by: 'ada', reason: 'property' });
  await stage.control('clock', { speed });
  const run = await client.wait(runId, { timeoutMs: 90_000 });
  expect({ status: run.status, failure: run.failure }).toEqual({ status: 'succeeded' });
  const expected = [
    ...plan.steps.flatMap(({ cleans }) => cleans),
    ...plan.steps.flatMap(({ calls }) => calls),
  ].map(({ endpoint }) => endpoint);
  expect({ done: done(stage, before), plan: shown(plan) }).toEqual({ done: expected, plan: shown(plan) });
  return { planned: expected.length, repeated: repeated(stage, before, plan) };
}

const shown = ({ steps }: ReplayPlan): string[] =>
  steps.map(
    ({ name, action, why, calls }) =>
      `${name} ${action} (${why}) ${calls.map(({ endpoint }) => endpoint).join(' ')}`,
  );

/** The requests that have changed something, after a row of the ledger. */
const done = ({ simulator }: Stage, after: number): (string | null)[] =>
  simulator
    .ledger()
    .filter(({ seq, effects }) => seq > after && effects.length > 0)
    .map(({ endpoint }) => endpoint);

/** What was created again for a step that the plan takes over. */
function repeated({ simulator }: Stage, after: number, plan: ReplayPlan): number {
  const kept = plan.steps
    .filter(({ action }) => action === 'reused' || action === 'adopted')
    .map(({ name }) => name);
  const kinds: Readonly<Record<string, string>> = {
    environment: 'environment',
    revision: 'revision',
    train: 'job',
    register: 'modelVersion',
    deploy: 'modelApiVersion',
  };
  const created = simulator
    .ledger()
    .filter(({ seq }) => seq > after)
    .flatMap(({ effects }) => effects.filter(({ change }) => change === 'created'));
  return created.filter(({ kind }) => kept.some((name) => kinds[name] === kind)).length;
}

/** A run that has come to the end, or the halt, that the case asks for. */
async function failed(stage: Stage, number: number, of: Case): Promise<string> {
  const { client } = stage;
  const { kind, at } = of.failure;
  if (kind === 'refused' || kind === 'parked')
    await stage.inject({
      endpoint: endpoints[at],
      kind: 'status',
      status: kind === 'refused' ? 400 : 403,
      body: { errors: ['quota exceeded'] },
    });
  const { runId } = await client.start('train-and-deploy', inputOf(stage, number, of), {
    key: `case-${number}`,
  });
  if (kind === 'cancelled' || kind === 'terminated') {
    const isThere = ({ steps, endedAt }: Run): boolean =>
      endedAt !== undefined || steps.some(({ name, state }) => name === at && state.status === 'waiting');
    const run = await until(client, runId, isThere).catch(() => client.get(runId));
    if (run.endedAt === undefined && kind === 'cancelled') await client.cancel(runId, { reason: 'property' });
    if (run.endedAt === undefined && kind === 'terminated') await terminate(stage, runId);
    if (of.late && kind === 'terminated') await stage.control('clock', { advanceSeconds: 3_600 });
  }
  if (kind === 'parked')
    await until(client, runId, ({ status, endedAt }) => status === 'parked' || endedAt !== undefined);
  else await client.wait(runId, { timeoutMs: 90_000 });
  await fetch(new URL('/_simulator/faults', stage.simulator.url), { method: 'DELETE' });
  return runId;
}

async function terminate({ temporalAddress, namespace }: Stage, runId: string): Promise<void> {
  const connection = await Connection.connect({ address: temporalAddress });
  try {
    await new Client({ connection, namespace }).workflow.getHandle(runId).terminate('property');
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error; // it has ended meanwhile, as it may
  } finally {
    await connection.close();
  }
}

function inputOf(stage: Stage, number: number, { parts, failure }: Case) {
  const fails = (at: string): boolean => failure.kind === 'own' && failure.at === at;
  const asked = (name: string): boolean => failure.at === name;
  const hasRevision = parts.revision || asked('revision') || fails('build');
  return {
    connection: stage.connection,
    project: 'ada/iris',
    // Most find an environment that an earlier case has made; one that does not build is left to nobody else.
    environment: {
      name: fails('build') ? `broken-${number}` : `environment-${number % 8}`,
      base: { image: 'registry.example/base:1' },
    },
    ...(hasRevision && { revision: { dockerfile: fails('build') ? 'RUN false' : `RUN echo ${number}` } }),
    train: { command: fails('train') ? 'exit 1' : 'python train.py' },
    ...((parts.gate || asked('gate')) && {
      gate: { conditions: [fails('gate') ? 'accuracy >= 0.99' : 'accuracy >= 0.9'] },
    }),
    ...((parts.deploy || asked('register') || asked('deploy')) && { register: { model: `model-${number}` } }),
    ...((parts.deploy || asked('deploy')) && { deploy: { modelApi: `api-${number}` } }),
  };
}

/** What is the pipeline's own failure is corrected; the rest is as the case has it. */
function requestOf(
  stage: Stage,
  { runId, steps }: Run,
  { parts, failure, edit, from, fresh, skip }: Case,
): ReplayRequest {
  const isAsked = (name: string): boolean =>
    steps.some((step) => step.name === name && step.state.status !== 'skipped') && parts.deploy;
  const begun = steps.filter(({ state }) => state.status !== 'pending' && state.status !== 'skipped');
  const set: Record<string, Json> = {
    ...(failure.kind === 'own' && failure.at === 'build' && { 'revision.dockerfile': 'RUN echo corrected' }),
    ...(failure.kind === 'own' && failure.at === 'train' && { 'train.command': 'python train.py --right' }),
    ...(failure.kind === 'own' && failure.at === 'gate' && { 'gate.conditions.0': 'accuracy >= 0.5' }),
    ...(edit === 'title' && { 'train.title': 'another title' }),
    ...(edit === 'dockerfile' && { 'revision.dockerfile': 'RUN echo edited' }),
    ...(edit === 'environment' && { 'environment.name': 'another-environment' }),
    ...(edit === 'tier' && { 'train.hardwareTier': 'gpu-small-k8s' }),
    ...(edit === 'description' && isAsked('register') && { 'register.description': 'edited' }),
  };
  return {
    runId,
    ...(Object.keys(set).length > 0 && { set }),
    ...(from !== undefined && { from: begun[from % begun.length]?.name }),
    ...(fresh !== undefined && { fresh: [fresh] }),
    ...(skip !== undefined && { skip: { [skip]: skip === 'train' ? (trained.get(stage) ?? null) : null } }),
  };
}
