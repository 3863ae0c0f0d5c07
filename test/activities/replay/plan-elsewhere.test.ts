/** Plans of steps on another connection than that of their run, made by looking at two simulators over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dominoActivities } from '../../../src/activities/domino/index.js';
import { markerOf } from '../../../src/activities/effect/attempt.js';
import { createForesight } from '../../../src/activities/replay/foresight.js';
import { planReplay, planStepHere } from '../../../src/activities/replay/replay-plan.js';
import type { AskElsewhere } from '../../../src/activities/replay/step-plan.js';
import type {
  AttemptRecord,
  ReplayPlan,
  ReplayRequest,
  StepPlanAsked,
} from '../../../src/run/replays/replays.js';
import type { Step, StepState } from '../../../src/run/steps.js';
import { documentOf } from '../../support/documents.js';
import { at, failed, job, step, succeeded } from '../attempt-steps.js';
import { type Setting, openSetting } from '../retraining-stage.js';

let setting: Setting;
beforeEach(async () => {
  setting = await openSetting();
});
afterEach(() => setting.close());

const record = (steps: readonly Step[], change: Partial<AttemptRecord> = {}): AttemptRecord => ({
  ...{ format: 'longhaul.attempt/1', runId: 'sweep.x', attemptId: 'a2', firstAttemptId: 'a1' },
  ...{ pipeline: 'sweep', connection: 'domino-test', inputDigest: 'd' },
  ...{ input: {}, trigger: { kind: 'cli' }, status: 'failed', startedAt: at },
  steps,
  ...change,
});
const actions = ({ steps }: ReplayPlan) =>
  Object.fromEntries(steps.map(({ name, action }) => [name, action]));

describe('a step on another connection', () => {
  let other: Setting;
  beforeEach(async () => {
    other = await openSetting();
  });
  afterEach(() => other.close());

  const two = (command = 'python score.py') =>
    documentOf(
      'domino-test',
      `  train: { uses: job, with: { project: ada/iris, command: python train.py } }
  score: { uses: job, connection: elsewhere, needs: train, with: { project: ada/iris, command: ${command} } }
  report: { uses: job, with: { project: ada/iris, command: [report, "\${{ steps.score.jobId }}"] } }
`,
      { name: 'sweep' },
    );
  /** As a worker of that connection plans it; what is asked crosses Temporal as JSON. */
  const asked: string[] = [];
  const elsewhere = async (of: StepPlanAsked) => {
    asked.push(of.step);
    const there = JSON.parse(JSON.stringify(of)) as StepPlanAsked;
    const planning = {
      record: current,
      request: there.request,
      foresight: createForesight(dominoActivities, other.deps),
    };
    const planned = await planStepHere(
      { ...planning, here: 'elsewhere', buildId: undefined, tried: 1 },
      there,
    );
    return { value: { planned: JSON.parse(JSON.stringify(planned)) as typeof planned } };
  };
  let current: AttemptRecord;
  const plan = (of: AttemptRecord, ask: AskElsewhere, request: Partial<ReplayRequest> = {}) => {
    asked.length = 0;
    current = of;
    return planReplay({
      ...{
        record: of,
        request: { runId: of.runId, ...request },
        foresight: createForesight(dominoActivities, setting.deps),
      },
      ...{ elsewhere: ask, buildId: undefined, tried: 1 },
    });
  };
  const marked = (name: string) =>
    markerOf({ runId: 'sweep.x', firstAttemptId: 'a1', step: name, generation: 1 });
  async function begun(state: StepState): Promise<AttemptRecord> {
    const trained = await setting.startJob({ runCommand: 'train', title: 'train' });
    const scored = await other.startJob({ runCommand: 'python score.py', title: `x ${marked('score')}` });
    await other.pass(200);
    const references = [{ kind: 'job' as const, id: scored }];
    const score = step('score', state.status === 'succeeded' ? succeeded(job(scored)) : state, {
      references,
    });
    const steps = [step('train', succeeded(job(trained))), score, step('report', failed)];
    return record(steps, { document: two(), input: {} });
  }

  it('is looked at there: what it has made is adopted, and those after it are made from that', async () => {
    const of = await begun(failed);
    const { steps, warnings } = await plan(of, elsewhere, { from: 'score' });
    expect(asked).toEqual(['score']);
    expect(steps.map(({ name, action }) => [name, action])).toEqual([
      ['train', 'reused'],
      ['score', 'adopted'],
      ['report', 'run'],
    ]);
    expect(warnings).toEqual([]);
  });

  it('is reused where it has finished', async () => {
    expect(actions(await plan(await begun(succeeded(null)), elsewhere))).toMatchObject({ score: 'reused' });
  });

  it('is planned without a look where nobody there answers, which is said', async () => {
    const silent: AskElsewhere = () => Promise.resolve({ missing: 'no worker read it in time' });
    const { steps, warnings } = await plan(await begun(failed), silent);
    expect(steps.find(({ name }) => name === 'score')).toMatchObject({ action: 'run' });
    expect(warnings).toContain('"score" is planned without a look at elsewhere: no worker read it in time');
  });

  it('stands in the way of the replay by what is said there, and, of a file, where nobody says anything', async () => {
    const refused: AskElsewhere = () =>
      Promise.resolve({ value: { refused: { code: 'PERMISSION_DENIED', message: 'not there' } } });
    const of = await begun(failed);
    await expect(plan(of, refused)).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    const silent: AskElsewhere = () => Promise.resolve({ missing: 'nobody' });
    await expect(plan(of, silent, { exported: of })).rejects.toMatchObject({ code: 'WORKER_SILENT' });
  });
});
