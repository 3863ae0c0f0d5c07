/** What an attempt has left in one place goes on being undone where a replay has its step act in another one. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dominoActivities } from '../../../src/activities/domino/index.js';
import { markerOf } from '../../../src/activities/effect/attempt.js';
import { createForesight } from '../../../src/activities/replay/foresight.js';
import { cutOffIn, goingOn } from '../../../src/activities/replay/going-on.js';
import { planReplay } from '../../../src/activities/replay/replay-plan.js';
import { ubiopsActivities } from '../../../src/activities/ubiops/index.js';
import type { UndoCall } from '../../../src/run/undoing/effect.js';
import { keyOf } from '../../../src/run/undoing/undoing.js';
import type { AttemptRecord, PlannedStep, ReplayRequest } from '../../../src/run/replays/replays.js';
import type { Json, Step } from '../../../src/run/steps.js';
import { type DeploymentStepSpec, deployment } from '../../../src/steps/ubiops/deployment.js';
import { environment as ubiopsEnvironment } from '../../../src/steps/ubiops/environment.js';
import { revision as ubiopsRevision } from '../../../src/steps/ubiops/revision.js';
import { attemptRecord, cutOff, finished } from '../../support/attempt-record.js';
import { documentOf } from '../../support/documents.js';
import { undoCall } from '../../support/undo-call.js';
import { type Setting, openSetting, planOn, tried } from '../retraining-stage.js';
import { type ServingSetting, openServing } from '../ubiops/serving-setting.js';
import { alone } from '../ubiops/setting.js';

const stepIn = (steps: readonly PlannedStep[], name: string): PlannedStep | undefined =>
  steps.find((one) => one.name === name);
/** The calls, by what they undo and where. */
const said = (calls: readonly UndoCall[]) =>
  calls.map(({ target, origin: { step, generation }, leftBy }) => ({ ...target, step, generation, leftBy }));

describe('on Domino', () => {
  let setting: Setting;
  /** The environment `first`, which a person has made. */
  let there: string;
  beforeEach(async () => {
    setting = await openSetting();
    there = await make('first', 'by hand');
  });
  afterEach(() => setting.close());

  const make = async (name: string, description: string): Promise<string> => {
    const body = {
      ...{ name, description, image: 'python:3.12', addBaseDependencies: false },
      ...{ visibility: 'private' as const, summary: '', dockerfileInstructions: '' },
    };
    return (await setting.deps.domino.environments.create({ body })).environment.id;
  };
  const environment = { name: 'first', adopt: true, base: { image: 'python:3.12' } };
  const input = {
    ...{ connection: 'domino-test', project: 'ada/iris', environment },
    ...{ revision: { dockerfile: 'RUN true' }, train: { command: 'train' } },
  };
  const planOf = (of: AttemptRecord, request: Partial<ReplayRequest>) => planOn(setting, of, request);
  const left = async (of: AttemptRecord, set: Record<string, Json>, open: readonly UndoCall[] = []) => {
    const { steps } = await planOf(of, { set });
    return { steps, calls: goingOn(of, steps, { cutOff: cutOffIn(of), open }) };
  };
  const environmentOutput = {
    environmentId: '',
    name: 'iris',
    image: null,
    revisionId: 'r0',
    created: false,
  };
  const terminated = (...steps: readonly Step[]): AttemptRecord =>
    attemptRecord([finished('environment', { ...environmentOutput, environmentId: there }), ...steps], {
      status: 'terminated',
      input,
    });
  const ownBuild = () => ({ undo: 'cancelBuild', environmentId: there, step: 'revision', generation: 1 });

  it('a revision that may still be added to the environment of before is looked for', async () => {
    const of = terminated(cutOff('revision'));
    expect((await left(of, {})).calls).toEqual([]);
    const { steps, calls } = await left(of, { 'environment.name': 'other' });
    expect(stepIn(steps, 'revision')).toMatchObject({ generation: 1, at: null });
    expect(said(calls)).toEqual([{ ...ownBuild(), leftBy: 'a2' }]);

    // What the new attempt has to undo of its own revision does not take its place.
    const [call] = calls;
    const own = undoCall('revision', { target: { undo: 'cancelBuild', environmentId: 'e9' } });
    expect(keyOf(call ?? own)).not.toBe(keyOf(own));

    // The attempt after that goes on with it, or leaves it too.
    const next = {
      ...of,
      ...{ attemptId: 'a3', input: { ...input, environment: { ...environment, name: 'other' } } },
      steps: [finished('environment', { ...environmentOutput, environmentId: 'e9' }), cutOff('revision')],
    };
    const back = await left(next, { 'environment.name': environment.name }, calls);
    expect(stepIn(back.steps, 'revision')?.at).toMatchObject({ environmentId: there });
    expect(said(back.calls)).toEqual([{ ...ownBuild(), environmentId: 'e9', leftBy: 'a3' }]);
    const third = await left(next, { 'environment.name': 'third' }, calls);
    expect(said(third.calls)).toEqual([
      { ...ownBuild(), environmentId: 'e9', leftBy: 'a3' },
      { ...ownBuild(), leftBy: 'a2' },
    ]);
  });

  it('a build that could not be cancelled is, where another revision is asked for', async () => {
    const target = { undo: 'cancelBuild', environmentId: there, revisionId: 'r9' };
    const open = [undoCall('build', { target, made: { id: 'r9' } })];
    const revision = { environmentId: there, revisionId: 'r9', number: 9, created: true };
    const of = {
      ...terminated(finished('revision', revision), cutOff('build')),
      status: 'cancelled',
    };
    const { calls } = await left(of as AttemptRecord, { 'revision.dockerfile': 'RUN other' }, open);
    expect(said(calls)).toEqual([{ ...target, step: 'build', generation: 1, leftBy: 'a2' }]);
  });

  it('an environment that may still be made is looked for under its marker, and what has another name has another one', async () => {
    const asked = { ...input, environment: { ...environment, name: 'mine', adopt: false }, cleanup: true };
    const of = attemptRecord([cutOff('environment')], { status: 'terminated', input: asked });
    expect((await left(of, {})).calls).toEqual([]);
    const { steps, calls } = await left(of, { 'environment.name': 'other' });
    expect(stepIn(steps, 'environment')).toMatchObject({ action: 'run', generation: 2 });
    expect(said(calls)).toEqual([
      { undo: 'archiveEnvironment', step: 'environment', generation: 1, leftBy: 'a2' },
    ]);
  });

  it('an environment that a name stands for again is not archived', async () => {
    const origin = { runId: 'train-and-deploy.x', firstAttemptId: 'a1', step: 'environment', generation: 1 };
    const asked = { ...input, environment: { ...environment, name: 'second' }, cleanup: true };
    const of = attemptRecord([{ ...cutOff('environment'), generation: 2 }], {
      attemptId: 'a3',
      input: asked,
    });
    const made = undoCall('environment', {
      origin,
      target: { undo: 'archiveEnvironment' },
      made: { id: there },
    });
    const { steps, calls } = await left(of, { 'environment.name': environment.name }, [
      { ...made, leftBy: 'a2' },
      { ...made, leftBy: 'a1', made: { id: 'e7' } },
    ]);
    expect(stepIn(steps, 'environment')).toMatchObject({ action: 'adopted', adopts: { id: there } });
    expect(calls).toMatchObject([{ leftBy: 'a1', made: { id: 'e7' } }]);
  });

  it('an environment that is named by its id now is not archived, whichever request has made it', async () => {
    const asked = { ...input, environment: { ...environment, name: 'mine', adopt: false }, cleanup: true };
    const of = attemptRecord([cutOff('environment')], { status: 'terminated', input: asked });
    const { calls } = await left(of, { environment: { id: there } });
    expect(calls).toMatchObject([
      { target: { undo: 'archiveEnvironment' }, made: { id: there }, keep: true },
    ]);
    const origin = { runId: 'train-and-deploy.x', firstAttemptId: 'a1', step: 'environment', generation: 1 };
    const late = await make('mine', markerOf(origin));
    const { archiveEnvironment } = dominoActivities.createEffects(setting.deps, alone);
    const archived = async (id: string) => {
      const { calls: open } = await left(of, { environment: { id } });
      const [{ target: _, leftBy: __, ...call } = undoCall('environment')] = open;
      return tried({ number: 1 }, () => archiveEnvironment(call));
    };
    expect(await archived(late)).toMatchObject({ undone: [] });
    expect(await archived(there)).toMatchObject({ undone: [{ kind: 'environment', id: late }] });
  });

  it('an environment of another name is the run’s own all the same, and archived with the rest', async () => {
    const origin = { runId: 'train-and-deploy.x', firstAttemptId: 'a1', step: 'environment' };
    const { environments } = setting.deps.domino;
    const makeAs = (name: string, generation: number) => make(name, markerOf({ ...origin, generation }));
    const [first, second] = [await makeAs('one', 1), await makeAs('two', 2)];
    const isArchived = async (environmentId: string) =>
      (await environments.get({ path: { environmentId } })).environment.archived;
    const archive = (generation: number) =>
      tried({ number: 1 }, () =>
        dominoActivities
          .createEffects(setting.deps, alone)
          .archiveEnvironment({ ...undoCall('environment', { origin: { ...origin, generation } }) }),
      );
    await archive(1);
    expect([await isArchived(first), await isArchived(second)]).toEqual([true, false]);
    const third = await makeAs('three', 1);
    await archive(2);
    expect([await isArchived(second), await isArchived(third)]).toEqual([true, true]);
  });

  it('an item of which an attempt before the last one has had another is made anew', async () => {
    const document = documentOf(
      'domino-test',
      `  train:
    uses: job
    each: "\${{ input.depths }}"
    with: { project: ada/iris, command: "python train.py \${{ item }}" }`,
      {
        name: 'sweep',
        more: 'input: { properties: { depths: { type: array, items: { type: number } } }, required: [depths] }',
      },
    );
    const of: AttemptRecord = {
      ...attemptRecord([], { runId: 'sweep.x', pipeline: 'sweep', document, input: { depths: [4] } }),
      ...{ begun: ['train.1'], steps: [cutOff('train'), { ...cutOff('train.0'), item: 4 }] },
    };
    const title = markerOf({ runId: 'sweep.x', firstAttemptId: 'a1', step: 'train.1', generation: 1 });
    await setting.startJob({ runCommand: 'python train.py 7', title });
    const planned = async (depth: number) =>
      stepIn((await planOf(of, { set: { depths: [4, depth] } })).steps, 'train.1');
    expect(await planned(7)).toMatchObject({ action: 'adopted', generation: 1 });
    expect(await planned(8)).toMatchObject({ action: 'run', generation: 2 });
  });

  it('what its own marker is on and is made of something else says so by the marker, whatever its text is', async () => {
    const origin = { runId: 'sweep.x', firstAttemptId: 'a1', step: 'train', generation: 1 };
    const marker = markerOf(origin);
    await setting.startJob({ runCommand: 'python train.py 7', title: marker });
    const effect = { connection: 'domino-test', origin, begunBefore: true };
    const spec = { project: 'ada/iris', command: 'python train.py 8', title: 'train' };
    const foresight = createForesight(dominoActivities, setting.deps);
    await expect(
      foresight.foresee((effects) => effects.ensureJob({ ...effect, ...spec })),
    ).rejects.toMatchObject({ code: 'CONFLICT', marker });
  });
});

describe('on UbiOps', () => {
  let setting: ServingSetting;
  beforeEach(async () => (setting = await openServing('v2.1', '', { undoMs: 5_000 })));
  afterEach(() => setting.close());

  const origin = { runId: 'serve.x', firstAttemptId: 'a1', step: 'deploy', generation: 1 };
  const spec: DeploymentStepSpec = {
    ...{ project: 'iris', deployment: 'species', input: 'plain', output: 'plain', variables: { SEED: '1' } },
    ...{ settings: { environment: 'python3-12' }, files: { 'deployment.py': 'pass' } },
    ...{ promote: true, needed: undefined },
  };
  const document = documentOf(
    'ubiops-test',
    `  deploy:
    uses: deployment
    with:
      project: iris
      deployment: "\${{ input.to }}"
      input: plain
      output: plain
      environment: python3-12
      files: { deployment.py: pass }
      variables: { SEED: "\${{ input.seed }}" }`,
    {
      name: 'serve',
      more: 'input: { properties: { to: { type: string }, seed: { type: string } }, required: [to, seed] }',
    },
  );
  const recordOf = (deploy: Step, change: Partial<AttemptRecord> = {}): AttemptRecord => ({
    ...attemptRecord([], { runId: 'serve.x', pipeline: 'serve', status: 'terminated' }),
    ...{ document, connection: 'ubiops-test', input: { to: 'species', seed: '1' }, steps: [deploy] },
    ...change,
  });
  const left = async (of: AttemptRecord, set: Record<string, Json>, open: readonly UndoCall[] = []) => {
    const { steps } = await planReplay({
      record: of,
      request: { runId: of.runId, set },
      foresight: createForesight(ubiopsActivities, setting.deps),
      buildId: undefined,
      tried: 1,
    });
    const [deploy] = steps;
    return { deploy, calls: goingOn(of, steps, { cutOff: cutOffIn(of), open }) };
  };
  const waiting = (version: string): Step =>
    cutOff('deploy', { kind: 'deployment', id: 'species' }, { kind: 'deploymentVersion', id: version });
  const takenBack = { undo: 'takeBackVersion', project: 'iris', deployment: 'species' };

  it('a version that is half made goes where another one is asked for, or another deployment', async () => {
    const { version } = await deployment.perform(setting.step({ origin }), { ...spec, promote: false });
    const of = recordOf(waiting(version));
    expect(await left(of, {})).toMatchObject({ deploy: { generation: 1 }, calls: [] });
    for (const set of [{ seed: '2' }, { to: 'genus' }]) {
      const { deploy, calls } = await left(of, set);
      expect(deploy).toMatchObject({ generation: 2 });
      expect(calls).toMatchObject([{ origin: { generation: 1 }, leftBy: 'a2' }]);
      // What serves is not taken back where the next one takes its place.
      const isReplaced = deploy?.at?.['deployment'] === 'species';
      expect(calls[0]?.target).toEqual({ ...takenBack, ...(isReplaced && { untilReplaced: true }) });
    }
  });

  it('a version that may still be made is looked for in the deployment of before', async () => {
    const { calls } = await left(recordOf(cutOff('deploy')), { to: 'genus' });
    expect(said(calls)).toEqual([{ ...takenBack, step: 'deploy', generation: 1, leftBy: 'a2' }]);
  });

  it('what has finished and serves is not stopped before the next version serves', async () => {
    const output = await deployment.perform(setting.step({ origin }), spec);
    const { deploy, calls } = await left(recordOf(finished('deploy', output)), { seed: '2' });
    expect(deploy).toMatchObject({ action: 'run', cleans: [], generation: 2 });
    expect(calls).toEqual([]);
  });

  it('a version that is asked for again is taken over, and is the run’s own', async () => {
    const { version } = await deployment.perform(setting.step({ origin }), { ...spec, promote: false });
    const of = recordOf(
      { ...cutOff('deploy'), generation: 2 },
      { attemptId: 'a3', input: { to: 'species', seed: '2' } },
    );
    const open = [undoCall('deploy', { origin, target: takenBack, made: { id: version }, leftBy: 'a2' })];
    const { deploy, calls } = await left(of, { seed: '1' }, open);
    expect(deploy).toMatchObject({ generation: 3, cleans: [], adopts: { id: version } });
    expect(calls.map(({ leftBy }) => leftBy)).toEqual(['a3']);

    const third = { ...origin, generation: 3 };
    const again = await deployment.perform(setting.step({ origin: third }), { ...spec, promote: false });
    expect(again).toMatchObject({ version, created: true });
  });

  it('a version of an attempt before is no other one’s to take back', async () => {
    const { version } = await deployment.perform(setting.step({ origin }), spec);
    const { effect, effects } = setting.step({ origin: { ...origin, generation: 2 } });
    const { undone } = await effects.takeBackVersion({ ...effect, ...takenBack, previous: version });
    expect(undone).toEqual([]);
  });

  it('a build of a revision that is edited is cancelled, and goes on where it is asked for again', async () => {
    const files = `{ requirements.txt: "\${{ input.packages }}" }`;
    const building = documentOf(
      'ubiops-test',
      `  environment: { uses: environment, with: { project: iris, name: training, base: python3-12 } }
  revision: { uses: revision, with: { environment: "\${{ steps.environment }}", files: ${files} } }
  build: { uses: build, with: { revision: "\${{ steps.revision }}" } }`,
      { name: 'pack', more: 'input: { properties: { packages: { type: string } }, required: [packages] }' },
    );
    const at = (step: string) => setting.step({ origin: { ...origin, runId: 'pack.x', step } });
    const made = await ubiopsEnvironment.perform(at('environment'), {
      ...{ project: 'iris', name: 'training', base: 'python3-12' },
    });
    const source = { files: { 'requirements.txt': 'pandas' } };
    const added = await ubiopsRevision.perform(at('revision'), { environment: made, source });
    const of = attemptRecord([finished('environment', made), finished('revision', added), cutOff('build')], {
      ...{ runId: 'pack.x', pipeline: 'pack', connection: 'ubiops-test', document: building },
      ...{ status: 'terminated', input: { packages: 'pandas' } },
    });
    expect((await left(of, {})).calls).toEqual([]);
    const { calls } = await left(of, { packages: 'numpy' });
    expect(calls).toMatchObject([
      { target: { undo: 'cancelEnvironmentBuild' }, made: { id: added.buildId }, leftBy: 'a2' },
    ]);
    const { effects } = at('build');
    const undone = await Promise.all(
      calls.map(({ target: { undo: _, ...place }, ...call }) =>
        effects.cancelEnvironmentBuild({ ...call, ...place, project: 'iris', environment: 'training' }),
      ),
    );
    expect(undone).toMatchObject([{ undone: [{ kind: 'build', id: added.buildId }] }]);
  });

  it('an environment of another name is deleted with the rest of a run', async () => {
    const made = [];
    for (const [name, generation] of [
      ['first', 1],
      ['second', 2],
    ] as const)
      made.push(
        await ubiopsEnvironment.perform(
          setting.step({ origin: { ...origin, step: 'environment', generation } }),
          { project: 'iris', name, base: 'python3-12' },
        ),
      );
    expect(made.map(({ created }) => created)).toEqual([true, true]);
    const { effect, effects } = setting.step({ origin: { ...origin, step: 'environment', generation: 2 } });
    const { undone } = await effects.archiveUnusedEnvironment({
      ...{ ...effect, project: 'iris', environment: 'second', made: { id: 'second' } },
    });
    expect(undone.map(({ id }) => id).sort()).toEqual(['first', 'second']);
  });
});
