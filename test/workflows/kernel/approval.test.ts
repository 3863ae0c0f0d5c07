/** Who may decide on what, and when, within an execution of the SDK. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Approval } from '../../../src/run/inputs/retrain-input.js';
import type { OpenQuestion } from '../../../src/run/legs.js';
import { digestOfSubject } from '../../../src/run/approvals/deployment-subject.js';
import { type Approvals, createApprovals } from '../../../src/workflows/kernel/approval.js';
import { Inside, beganAt } from '../inside.js';

afterEach(() => {
  jest.useRealTimers();
});

const subject = {
  ...{ connection: 'dev', project: 'ada/iris', deploys: { name: 'iris-api' } },
  trained: { jobId: 'j1', experimentRunId: null, revisionId: null },
};
const evidence = {
  ...{ model: 'iris', version: 3, metrics: { auc: 0.9 }, live: null, changed: [] },
  ...{ subject, lines: [] },
};
const digest = digestOfSubject(subject);
const hour = 3_600_000;
const at = (ms: number): string => new Date(Date.parse(beganAt) + ms).toISOString();

/** A run that was started by `ada`, and may ask. */
async function open({ before = {} }: { readonly before?: Readonly<Record<string, OpenQuestion>> } = {}) {
  const inside = new Inside();
  const announced: string[] = [];
  const said: string[] = [];
  const approvals: Approvals = createApprovals(
    ['ada'],
    (type) => Promise.resolve(void announced.push(type)),
    before,
  );
  await inside.call(() => {
    approvals.listen();
  });
  const resolvers: string[] = [];
  const outputs = new Map<string, unknown>();
  const ask = (spec: Partial<Approval> = {}, step = 'approve') =>
    inside.call(() => {
      const asked = approvals.ask({
        ...{ step, evidence, resolvers: () => resolvers },
        spec: { within: '2h', byStarter: true, ...spec },
        waiting: (waitingFor) => said.push(waitingFor),
      });
      asked.then(
        (output) => outputs.set(step, output),
        (error: unknown) => outputs.set(step, error),
      );
    });
  const decide = (more: object = {}) =>
    inside.update('decideApproval', {
      ...{ action: 'approve', actor: 'grace', names: ['grace'], reason: 'it is better', ...more },
    });
  return { inside, approvals, announced, said, resolvers, outputs, ask, decide };
}

const notAwaited = (message: string) => ({ type: 'APPROVAL_NOT_AWAITED', message });
const denied = (message: string) => ({ type: 'APPROVAL_DENIED', message });
const tooLate = notAwaited('the run awaits no approval, or it is too late for one');

describe('an approval', () => {
  it('waits for a decision, and comes to it with who, why and when', async () => {
    const { inside, approvals, announced, said, outputs, ask, decide } = await open();
    await ask();
    expect([announced, said]).toEqual([
      ['run.approval-requested'],
      [`an operator to approve until ${at(2 * hour)}`],
    ]);
    await inside.pass(hour);
    expect([outputs.size, approvals.isSpokenTo()]).toEqual([0, false]);
    expect(await decide({ action: 'reject', digest })).toBeNull();
    expect(outputs.get('approve')).toEqual({
      ...{ decision: 'rejected', by: 'grace', reason: 'it is better', at: at(hour) },
      ...{ subject, digest },
    });
    expect([approvals.open(), approvals.isSpokenTo()]).toEqual([{}, false]);
  });

  it('expires at its time, and is reminded of once', async () => {
    const { inside, approvals, announced, outputs, ask, decide } = await open();
    await ask({ remindAfter: '30m' });
    await inside.pass(hour / 2 - 1);
    expect(announced).toEqual(['run.approval-requested']);
    await inside.pass(1);
    expect(announced).toEqual(['run.approval-requested', 'run.approval-reminded']);
    expect(approvals.open()).toMatchObject({ approve: { isReminded: true } });
    await inside.pass(hour * 1.5 - 1);
    expect(outputs.size).toBe(0);
    await inside.pass(1);
    expect(outputs.get('approve')).toEqual({ decision: 'expired', at: at(2 * hour), subject, digest });
    expect([announced.length, approvals.open()]).toEqual([2, {}]);
    expect(await decide()).toEqual(tooLate);
  });

  it('says what is to be decided, and by whom where that is not anybody', async () => {
    const { approvals, said, outputs, ask, decide } = await open();
    await ask();
    expect(approvals.open()).toEqual({
      approve: { request: { ...evidence, digest, until: at(2 * hour) }, isReminded: false },
    });
    expect(await decide()).toBeNull();
    expect(outputs.get('approve')).toMatchObject({ decision: 'approved', by: 'grace' });
    await ask({ by: ['lead', 'ops'], byStarter: false }, 'again');
    expect(said.at(-1)).toBe(`lead or ops to approve until ${at(2 * hour)}`);
    expect(approvals.open()).toMatchObject({
      again: { request: { by: ['lead', 'ops'], byStarter: false } },
    });
    expect(await decide({ step: 'other' })).toEqual(tooLate);
  });

  it('is reminded of no more once it is decided', async () => {
    const { inside, announced, ask, decide } = await open();
    await ask({ remindAfter: '30m' });
    await decide();
    await inside.pass(2 * hour);
    expect(announced).toEqual(['run.approval-requested']);
  });

  it('that the leg before has asked for is not asked for again, and expires when it would have', async () => {
    const request = { ...evidence, digest, until: at(hour) };
    const before = { approve: { request, isReminded: true } };
    const { inside, approvals, announced, said, outputs, ask } = await open({ before });
    await ask({ remindAfter: '10m' });
    expect(approvals.open()).toEqual(before);
    await inside.pass(hour);
    expect(outputs.get('approve')).toMatchObject({ decision: 'expired', at: at(hour) });
    expect([announced, said]).toEqual([[], []]);
    await ask(); // the step is tried again
    expect(announced).toEqual(['run.approval-requested']);
  });

  it('is given up with the run, and none is asked for after that', async () => {
    const { inside, approvals, outputs, ask } = await open();
    await ask({}, 'first');
    await inside.call(() => {
      approvals.giveUp();
    });
    await ask({}, 'second');
    for (const step of ['first', 'second'])
      expect(outputs.get(step)).toMatchObject({
        name: 'CancelledFailure',
        message: 'the run comes to its end',
      });
  });
});

describe('a decision', () => {
  it('is refused where none is awaited, and where one was made before', async () => {
    const { ask, decide } = await open();
    expect(await decide()).toEqual(tooLate);
    await ask();
    expect(await decide()).toBeNull();
    expect(await decide({ action: 'reject' })).toEqual(
      notAwaited('it was decided before: grace chose to approve'),
    );
  });

  it('is refused on something else than what the person was shown', async () => {
    const { ask, decide } = await open();
    await ask();
    expect(await decide({ digest: 'other' })).toEqual(
      notAwaited('what is to be decided is not what you were shown any more: look at it again'),
    );
  });

  it.each([
    { actor: ' ', reason: 'good' },
    { actor: 'grace', reason: '\n' },
  ])('needs an actor and a reason: %j', async (more) => {
    const { ask, decide } = await open();
    await ask();
    expect(await decide(more)).toEqual(denied('a decision needs an actor and a reason'));
  });

  it('is for those who are named, where any are', async () => {
    const { said, ask, decide } = await open();
    await ask({ by: ['group:leads', 'key:9'] });
    expect(said).toEqual([`group:leads or key:9 to approve until ${at(2 * hour)}`]);
    expect(await decide()).toEqual(denied('grace may not decide; group:leads, key:9 may'));
    expect(await decide({ names: ['grace', 'group:leads'] })).toBeNull();
  });

  it.each<[string, object]>([
    ['has started it', { actor: 'Ada' }],
    ['has a name in common with whoever has', { names: ['grace', 'ADA'] }],
    ['has an id in common with whoever has', { ids: ['ada'] }],
    ['has resolved one of its steps', { actor: 'turing' }],
    ['has reset it', { resetters: ['Grace'] }],
  ])('is not for whoever %s, where those are left out', async (_, more) => {
    const { resolvers, ask, decide } = await open();
    await ask({ byStarter: false });
    resolvers.push('turing');
    const { actor = 'grace' } = more as { actor?: string };
    expect(await decide(more)).toEqual(
      denied(
        `${actor} may not decide: whoever has started, triggered, replayed, reset or resolved the run, or has a name or id in common with them, may not`,
      ),
    );
    expect(await decide()).toBeNull();
  });

  it('is for whoever has started the run too, unless those are left out', async () => {
    const { ask, decide } = await open();
    await ask();
    expect(await decide({ actor: 'ada', names: ['ada'] })).toBeNull();
  });
});

describe('several approvals at once', () => {
  it('are told apart by their step, or by what they are for', async () => {
    const { outputs, ask, decide } = await open();
    await ask({}, 'first');
    await ask({}, 'second');
    expect(await decide()).toEqual(notAwaited('the run awaits several: name the step, "first" or "second"'));
    expect(await decide({ step: 'third' })).toEqual(
      notAwaited('the run awaits several: name the step, "first" or "second"'),
    );
    expect(await decide({ step: 'second' })).toBeNull();
    expect([...outputs.keys()]).toEqual(['second']);
    // One alone is left, so that nobody needs to name it.
    expect(await decide()).toBeNull();
    expect([...outputs.keys()]).toEqual(['second', 'first']);
  });

  it('are told apart by the digest where each is for something else', async () => {
    const { outputs, ask, decide } = await open();
    await ask({}, 'first');
    await ask({}, 'second');
    expect(await decide({ digest })).toBeNull();
    expect([...outputs.keys()]).toEqual(['first']);
  });
});
